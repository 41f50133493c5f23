/* process.c - rules on /process, without user and capabilities. */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* execve(2) takes no string of more than 32 pages, with its NUL (MAX_ARG_STRLEN). */
#define STRING_MAX (32 * 4096 - 1)

void check_process_args(const struct check *check)
{
	const struct oci_strings *args = &check->process->args;

	if (args->count == 0) {
		problem_hint(finding_error(check, "/process/args", "there is no program to run"),
			     "add \"args\": [\"sh\"], for instance");
		return;
	}
	if (args->items[0] && !*args->items[0])
		finding_error(check, "/process/args/0", /* engines make 127 of these words */
			      "exec: \"\": executable file not found in $PATH: the name is empty");
	for (size_t i = 0; i < args->count; i++) {
		if (args->items[i] && strlen(args->items[i]) > STRING_MAX)
			finding_error(check, AT("/process/args/%zu", i),
				      "the argument has %zu bytes, the kernel takes at most %d",
				      strlen(args->items[i]), STRING_MAX);
	}
}

void check_process_cwd(const struct check *check)
{
	const char *cwd = check->process->cwd;

	if (cwd && !names_is_absolute(cwd))
		problem_hint(finding_error(check, "/process/cwd",
					   "the working directory is %s, not an absolute path",
					   QUOTE(cwd)),
			     "write \"/\" for the root of the container");
}

void check_process_env(const struct check *check)
{
	const struct oci_strings *env = &check->process->env;

	for (size_t i = 0; i < env->count; i++) {
		const char *entry = env->items[i];

		if (!entry)
			continue;
		if (!strchr(entry, '='))
			problem_hint(finding_error(check, AT("/process/env/%zu", i),
						   "%s is not of the form NAME=value",
						   QUOTE(entry)),
				     "write NAME= for an empty value");
		else if (*entry == '=')
			finding_error(check, AT("/process/env/%zu", i),
				      "%s has no name before the \"=\"", QUOTE(entry));
		if (strlen(entry) > STRING_MAX)
			finding_error(check, AT("/process/env/%zu", i),
				      "the variable has %zu bytes, the kernel takes at most %d",
				      strlen(entry), STRING_MAX);
	}
}

static void process_console_side(const struct check *check, uint64_t value, const char *side)
{
	if (value > USHRT_MAX)
		finding_error(check, AT("/process/consoleSize/%s", side),
			      "a terminal has no more than %d lines or columns, not %" PRIu64,
			      USHRT_MAX, value);
}

void check_process_console(const struct check *check)
{
	const struct oci_box *size = check->process->console_size;

	if (!size || !check->process->terminal)
		return; /* without a terminal the size does not matter */
	process_console_side(check, size->height, "height");
	process_console_side(check, size->width, "width");
}

static const char *const process_rlimit_names[] = {
	"RLIMIT_AS",     "RLIMIT_CORE",   "RLIMIT_CPU",        "RLIMIT_DATA",
	"RLIMIT_FSIZE",  "RLIMIT_LOCKS",  "RLIMIT_MEMLOCK",    "RLIMIT_MSGQUEUE",
	"RLIMIT_NICE",   "RLIMIT_NOFILE", "RLIMIT_NPROC",      "RLIMIT_RSS",
	"RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
};
#define RLIMIT_COUNT (sizeof(process_rlimit_names) / sizeof(process_rlimit_names[0]))

static size_t process_rlimit_find(const char *name)
{
	size_t i = 0;

	while (i < RLIMIT_COUNT && strcmp(process_rlimit_names[i], name) != 0)
		i++;
	return i;
}

static void process_rlimit_unknown(const struct check *check, const char *name, size_t index)
{
	struct nearest guess = { .word = name };

	for (size_t i = 0; i < RLIMIT_COUNT; i++)
		nearest_offer(&guess, process_rlimit_names[i]);
	finding_hint_guess(finding_error(check, AT("/process/rlimits/%zu/type", index),
					 "Linux has no limit called %s", QUOTE(name)),
			   &guess);
}

void check_process_rlimits(const struct check *check)
{
	const struct oci_rlimit_list *list = &check->process->rlimits;
	bool seen[RLIMIT_COUNT + 1] = { false };

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_rlimit *limit = &list->items[i];
		size_t which;

		if (limit->has_soft && limit->has_hard && limit->soft > limit->hard)
			finding_error(check, AT("/process/rlimits/%zu/soft", i),
				      "the soft limit %" PRIu64 " is above the hard limit %" PRIu64,
				      limit->soft, limit->hard);
		if (!limit->type)
			continue;
		which = process_rlimit_find(limit->type);
		if (which == RLIMIT_COUNT)
			process_rlimit_unknown(check, limit->type, i);
		else if (seen[which])
			finding_error(check, AT("/process/rlimits/%zu/type", i),
				      "%s is in the list already: each limit can be set once",
				      limit->type);
		seen[which] = true;
	}
}

void check_process_oom_score(const struct check *check)
{
	int32_t score = check->process->oom_score_adj;

	if (score < -1000 || score > 1000)
		finding_error(check, "/process/oomScoreAdj",
			      "%d is out of range: -1000 (never killed) to 1000 (killed first)",
			      score);
}

static void process_deadline(const struct check *check, const struct oci_scheduler *s)
{
	uint64_t period = s->period ? s->period : s->deadline;

	if (s->policy != OCI_SCHEDULER_POLICY_DEADLINE) {
		if (s->runtime || s->deadline || s->period)
			finding_error(check, "/process/scheduler",
				      "runtime, deadline and period are for SCHED_DEADLINE only");
		return;
	}
	/* sched(7): 1024 ns <= runtime <= deadline <= period < 2^63 ns */
	if (s->runtime < 1024 || s->runtime > s->deadline || s->deadline > period ||
	    period > INT64_MAX)
		finding_error(check, "/process/scheduler",
			      "SCHED_DEADLINE needs 1024 ns <= runtime <= deadline <= period");
}

/*
 * The kernel lets nobody clone under SCHED_DEADLINE (EAGAIN), and some things that tare-init does
 * when the policy is set take that. With the flag the clone gets the usual policy.
 */
static void process_deadline_clone(const struct check *check, const struct oci_scheduler *s)
{
	const struct oci_hooks *hooks = check->config->hooks;
	const struct oci_namespace *pid = names_namespace(check, OCI_NAMESPACE_PID);
	const char *what = NULL;

	for (size_t i = 0; i < s->flags.count; i++) {
		if (s->flags.items[i] == OCI_SCHEDULER_FLAG_RESET_ON_FORK)
			return;
	}
	if (hooks && hooks->start_container.count > 0)
		what = "a startContainer hook takes";
	else if (pid && names_is_set(pid->path))
		what = "joining a pid namespace takes";
	else if (names_notifies(check))
		what = "SCMP_ACT_NOTIFY takes";
	if (what)
		problem_hint(finding_error(check, "/process/scheduler/flags",
					   "the kernel makes no process or thread from one under "
					   "SCHED_DEADLINE, which %s",
					   what),
			     "add SCHED_FLAG_RESET_ON_FORK: then new ones have the usual policy");
}

void check_process_scheduler(const struct check *check)
{
	const struct oci_scheduler *s = check->process->scheduler;
	bool real_time;

	if (!s || !s->has_policy)
		return;
	real_time = s->policy == OCI_SCHEDULER_POLICY_FIFO || s->policy == OCI_SCHEDULER_POLICY_RR;
	if (s->nice < -20 || s->nice > 19)
		finding_error(check, "/process/scheduler/nice",
			      "a nice value lies between -20 and 19, not %d", s->nice);
	if (real_time && (s->priority < 1 || s->priority > 99))
		finding_error(check, "/process/scheduler/priority",
			      "%s needs a priority of 1 to 99, not %d",
			      oci_scheduler_policy_name(s->policy), s->priority);
	else if (!real_time && s->priority)
		finding_error(check, "/process/scheduler/priority",
			      "only SCHED_FIFO and SCHED_RR have a priority, %s has none",
			      oci_scheduler_policy_name(s->policy));
	process_deadline(check, s);
	if (s->policy == OCI_SCHEDULER_POLICY_DEADLINE)
		process_deadline_clone(check, s);
}

void check_process_io_priority(const struct check *check)
{
	const struct oci_io_priority *io = check->process->io_priority;

	if (io && (io->priority < 0 || io->priority > 7))
		finding_error(check, "/process/ioPriority/priority",
			      "%d is out of range: 0 (first) to 7 (last)", io->priority);
}

static void process_cpu_list(const struct check *check, const char *list, const char *when)
{
	if (names_is_set(list) && !names_is_number_list(list))
		finding_error(check, AT("/process/execCPUAffinity/%s", when),
			      "%s is not a list of CPUs such as \"0-3,7\"", QUOTE(list));
}

void check_process_affinity(const struct check *check)
{
	const struct oci_exec_cpu_affinity *affinity = check->process->exec_cpu_affinity;

	if (!affinity)
		return;
	process_cpu_list(check, affinity->initial, "initial");
	process_cpu_list(check, affinity->final, "final");
}
