/* schedule.c - see schedule.h. The kernel's numbers are those of its user-space headers. */
#include "compile/schedule.h"
#include "base/numbers.h"

#include <errno.h>

static const uint64_t policies[] = {
	[OCI_SCHEDULER_POLICY_OTHER] = 0,    [OCI_SCHEDULER_POLICY_FIFO] = 1,
	[OCI_SCHEDULER_POLICY_RR] = 2,       [OCI_SCHEDULER_POLICY_BATCH] = 3,
	[OCI_SCHEDULER_POLICY_ISO] = 4,      [OCI_SCHEDULER_POLICY_IDLE] = 5,
	[OCI_SCHEDULER_POLICY_DEADLINE] = 6,
};

static const uint64_t scheduler_flags[] = {
	[OCI_SCHEDULER_FLAG_RESET_ON_FORK] = 0x01,  [OCI_SCHEDULER_FLAG_RECLAIM] = 0x02,
	[OCI_SCHEDULER_FLAG_DL_OVERRUN] = 0x04,     [OCI_SCHEDULER_FLAG_KEEP_POLICY] = 0x08,
	[OCI_SCHEDULER_FLAG_KEEP_PARAMS] = 0x10,    [OCI_SCHEDULER_FLAG_UTIL_CLAMP_MIN] = 0x20,
	[OCI_SCHEDULER_FLAG_UTIL_CLAMP_MAX] = 0x40,
};

static const uint64_t io_classes[] = {
	[OCI_IO_PRIORITY_CLASS_RT] = 1,
	[OCI_IO_PRIORITY_CLASS_BE] = 2,
	[OCI_IO_PRIORITY_CLASS_IDLE] = 3,
};

static const uint64_t memory_modes[] = {
	[OCI_MEMORY_POLICY_MODE_DEFAULT] = 0,
	[OCI_MEMORY_POLICY_MODE_PREFERRED] = 1,
	[OCI_MEMORY_POLICY_MODE_BIND] = 2,
	[OCI_MEMORY_POLICY_MODE_INTERLEAVE] = 3,
	[OCI_MEMORY_POLICY_MODE_LOCAL] = 4,
	[OCI_MEMORY_POLICY_MODE_PREFERRED_MANY] = 5,
	[OCI_MEMORY_POLICY_MODE_WEIGHTED_INTERLEAVE] = 6,
};

static const uint64_t memory_flags[] = {
	[OCI_MEMORY_POLICY_FLAG_NUMA_BALANCING] = 1u << 13,
	[OCI_MEMORY_POLICY_FLAG_RELATIVE_NODES] = 1u << 14,
	[OCI_MEMORY_POLICY_FLAG_STATIC_NODES] = 1u << 15,
};

static void emit_scheduler(struct compile *c, const struct oci_scheduler *scheduler)
{
	struct step_scheduler *step = program_add(c->program, STEP_SCHEDULER, "/process/scheduler");

	step->policy = policies[scheduler->policy];
	for (size_t i = 0; i < scheduler->flags.count; i++)
		step->flags |= scheduler_flags[scheduler->flags.items[i]];
	step->nice = (uint64_t)(int64_t)scheduler->nice;
	step->priority = (uint64_t)(int64_t)scheduler->priority;
	step->runtime = scheduler->runtime;
	step->deadline = scheduler->deadline;
	step->period = scheduler->period;
}

static void emit_io_priority(struct compile *c, const struct oci_io_priority *io)
{
	struct step_io_priority *step =
	    program_add(c->program, STEP_IO_PRIORITY, "/process/ioPriority");

	step->class = io_classes[io->class];
	step->priority = (uint64_t)io->priority;
}

/* A list of numbers as a bit mask, in the step that was just added. */
static int add_mask(struct compile *c, const char *list, const char *pointer,
		    struct program_ref *out)
{
	uint64_t words[NUMBERS_WORDS];
	const int count = numbers_read(list, words);

	if (count < 0)
		return error_set(c->err, EINVAL, pointer,
				 "\"%.64s\" is not a list of numbers from 0 to %d", list,
				 NUMBERS_MAX - 1);
	*out = program_data(c->program, words, (size_t)count * sizeof(words[0]));
	return 0;
}

/*
 * Which CPUs exec's process runs on, once it is in the container's cgroup. Where only the CPUs
 * before that are given, it gets all that its cpuset has, as if none had been chosen.
 */
static int emit_affinity(struct compile *c, const struct oci_exec_cpu_affinity *affinity)
{
	const bool final = affinity->final && affinity->final[0] != '\0';
	const char *list = final ? affinity->final : "all";
	const char *pointer =
	    final ? "/process/execCPUAffinity/final" : "/process/execCPUAffinity/initial";
	struct step_affinity *step;
	struct program_ref mask;
	int rc;

	if (!final && !(affinity->initial && affinity->initial[0] != '\0'))
		return 0;
	c->program->host.initial_cpus = affinity->initial;
	step = program_add(c->program, STEP_AFFINITY, pointer);
	step->cpus = program_str(c->program, list);
	rc = add_mask(c, list, pointer, &mask);
	if (rc == 0)
		step->mask = mask;
	return rc;
}

static int emit_memory_policy(struct compile *c, const struct oci_memory_policy *policy)
{
	struct step_memory_policy *step =
	    program_add(c->program, STEP_MEMORY_POLICY, "/linux/memoryPolicy");

	step->mode = memory_modes[policy->mode];
	for (size_t i = 0; i < policy->flags.count; i++)
		step->mode |= memory_flags[policy->flags.items[i]];
	if (!policy->nodes || policy->nodes[0] == '\0')
		return 0;
	return add_mask(c, policy->nodes, "/linux/memoryPolicy/nodes", &step->nodes);
}

static void emit_personality(struct compile *c, const struct oci_personality *personality)
{
	struct step_personality *step =
	    program_add(c->program, STEP_PERSONALITY, "/linux/personality/domain");

	/* PER_LINUX and PER_LINUX32 of sys/personality.h */
	step->persona = personality->domain == OCI_PERSONALITY_DOMAIN_LINUX32 ? 8 : 0;
}

int schedule_emit(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	const struct oci_memory_policy *policy = c->linux->memory_policy;
	int rc = 0;

	if (process->scheduler && process->scheduler->has_policy)
		emit_scheduler(c, process->scheduler);
	if (process->io_priority && process->io_priority->has_class)
		emit_io_priority(c, process->io_priority);
	if (c->linux->personality && c->linux->personality->has_domain)
		emit_personality(c, c->linux->personality);
	if (policy && policy->has_mode)
		rc = emit_memory_policy(c, policy);
	if (rc == 0 && c->options->exec && process->exec_cpu_affinity)
		rc = emit_affinity(c, process->exec_cpu_affinity);
	return rc;
}
