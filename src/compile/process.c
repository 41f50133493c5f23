/*
 * process.c - config.json's /process: from a privileged helper to the container's process.
 *
 * The order: what needs privileges comes before the privileges go; what could be in the way of the
 * program (descriptors, the filter) comes last. Each step's reason stands where it is emitted.
 */
#include "compile/compile.h"
#include "compile/environment.h"
#include "compile/labels.h"
#include "compile/schedule.h"
#include "compile/seccomp_cached.h"
#include "compile/seccomp_clock.h"
#include "compile/user.h"
#include "host/capabilities.h"
#include "ocispec/map.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* All paths at which execvp(3) would look, in order. */
static void emit_find(struct compile *c, const struct oci_process *process)
{
	struct step_find *step = program_add(c->program, STEP_FIND, "/process/args/0");
	const char *name = process->args.items[0], *path = environment_value(process, "PATH");
	const char **candidates;
	size_t count = 0, most = 1;

	step->name = program_str(c->program, name);
	if (strchr(name, '/')) {
		step->candidates = program_list(c->program, &name, 1);
		return;
	}
	if (!path)
		path = DEFAULT_PATH;
	for (const char *p = path; *p != '\0'; p++)
		most += *p == ':';
	candidates = arena_array(c->arena, most, sizeof(*candidates));
	c->out_of_memory |= !candidates;
	for (size_t len; candidates && count < most; path += len + 1) {
		len = strcspn(path, ":");
		candidates[count++] =
		    compile_format(c, "%.*s/%s", len ? (int)len : 1, len ? path : ".", name);
	}
	if (candidates)
		step->candidates = program_list(c->program, candidates, count);
}

static void emit_verify(struct compile *c, const struct user_caps *caps, bool no_new_privs)
{
	const struct oci_process *process = c->config->process;
	struct step_verify *step = program_add(c->program, STEP_VERIFY, NULL);

	step->uid = process->user ? process->user->uid : 0;
	step->gid = process->user ? process->user->gid : 0;
	step->effective = caps->effective;
	step->permitted = caps->permitted;
	step->inheritable = caps->inheritable;
	step->no_new_privs = no_new_privs;
}

static void emit_filter(struct compile *c, const struct seccomp_filter *filter)
{
	struct step_seccomp *step = program_add(
	    c->program, STEP_SECCOMP, c->given_filter ? SECCOMP_GIVEN_POINTER : "/linux/seccomp");

	step->filter =
	    program_data(c->program, filter->insns, filter->count * sizeof(*filter->insns));
	step->flags = filter->flags;
	step->notify = filter->wants_listener;
	step->no_clock = !seccomp_clock_is_free(filter);
}

static struct step_fence *emit_fence(struct compile *c)
{
	struct step_fence *step = program_add(c->program, STEP_FENCE, NULL);

	step->preserve = c->options->preserve_fds;
	step->now = true;
	return step;
}

static void emit_drop(struct compile *c, const struct user_caps *caps)
{
	struct step_drop_caps *drop =
	    program_add(c->program, STEP_DROP_CAPS, "/process/capabilities");

	drop->effective = caps->effective;
	drop->permitted = caps->permitted;
	drop->inheritable = caps->inheritable;
}

/*
 * Whoever appears in a pid namespace of others holds no privilege any more, and nothing that
 * could be taken through /proc (KERNEL.md, 13). The fence before it spares the gate's descriptors.
 */
static struct step_fence *emit_enter_pid(struct compile *c)
{
	const struct compile_namespace *pid = &c->namespaces[OCI_NAMESPACE_PID];
	struct step_fence *fence;

	if (!pid->path)
		return NULL;
	fence = emit_fence(c);
	program_add(c->program, STEP_ENTER_PID, pid->pointer);
	c->program->host.has_successor = true;
	return fence;
}

static void emit_gate(struct compile *c, struct step_fence *fence)
{
	struct step_gate *gate;

	program_add(c->program, STEP_READY, NULL);
	gate = program_add(c->program, STEP_GATE, NULL);
	gate->preserve = c->options->preserve_fds;
	if (fence)
		fence->gate = program_offset(c->program, gate);
}

/* `fence` is one that was put up before, and has to spare the gate's descriptors, or NULL. */
static void emit_ready(struct compile *c, struct step_fence *fence)
{
	if (!c->options->run)
		emit_gate(c, fence);
	compile_start_hooks(c);
	/* behind the hooks: it is for whatever is executed next */
	if (!c->namespaces[OCI_NAMESPACE_PID].path)
		labels_emit(c);
	/* before the filter, which may forbid all of this */
	(void)emit_fence(c);
	program_add(c->program, STEP_ANNOUNCE, NULL);
}

static void emit_session(struct compile *c)
{
	const bool terminal = c->config->process->terminal;
	struct step_session *step =
	    program_add(c->program, STEP_SESSION, terminal ? "/process/terminal" : NULL);

	step->terminal = terminal;
}

static bool has_filter(const struct compile *c)
{
	return c->profile || c->given_filter;
}

/* Without no_new_privs a filter needs CAP_SYS_ADMIN, which the process may not have. */
static bool borrows_admin(const struct compile *c, const struct user_caps *caps)
{
	return has_filter(c) && !c->config->process->no_new_privileges &&
	       !(caps->effective & 1ull << CAP_SYS_ADMIN);
}

static bool notifies(const struct compile *c)
{
	const struct oci_seccomp *seccomp = c->profile;

	for (size_t i = 0; seccomp && i < seccomp->syscalls.count; i++) {
		if (seccomp->syscalls.items[i].action == OCI_SECCOMP_ACTION_NOTIFY)
			return true;
	}
	return false;
}

/*
 * A filter that is loaded outside of the pid namespace that is to be joined cannot have a thread
 * send its listener: there are none across pid namespaces. A process made before does it.
 */
void compile_herald(struct compile *c)
{
	struct user_caps caps;

	if (!c->config->process || !notifies(c) || !c->namespaces[OCI_NAMESPACE_PID].path)
		return;
	user_read_caps(c, &caps);
	if (borrows_admin(c, &caps))
		program_add(c->program, STEP_HERALD, "/linux/seccomp/listenerPath");
}

static bool has_name(const struct oci_strings *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i], name) == 0)
			return true;
	}
	return false;
}

/* What tare-init calls under a filter that is loaded early, before the process has its pid. */
static int check_early(struct compile *c)
{
	static const char *const needed[] = { "capset", "clone", "close_range", "sendmsg" };
	static const struct oci_syscall_list none;
	const struct oci_syscall_list *calls = c->profile ? &c->profile->syscalls : &none;

	for (size_t i = 0; i < calls->count; i++) {
		const struct oci_syscall *call = &calls->items[i];

		for (size_t n = 0; n < sizeof(needed) / sizeof(needed[0]); n++) {
			if (call->action != OCI_SECCOMP_ACTION_NOTIFY ||
			    !has_name(&call->names, needed[n]))
				continue;
			error_set(c->err, EINVAL,
				  compile_format(c, "/linux/seccomp/syscalls/%zu/names", i),
				  "SCMP_ACT_NOTIFY cannot be used for %s where a pid namespace is "
				  "joined without noNewPrivileges: tare itself calls it before the "
				  "listener can be told the pid of the process",
				  needed[n]);
			error_add_hint(c->err, "set noNewPrivileges");
			return -EINVAL;
		}
	}
	return 0;
}

/*
 * Loading a filter needs no_new_privs or CAP_SYS_ADMIN. Without the former the latter is kept
 * until the filter is loaded, and dropped under it; the profile has to allow capset and execve.
 * Where a pid namespace is joined all of that comes before the last clone, and the rest of the way
 * is under the filter: whoever appears there has its final privileges, and its pid from create on.
 */
static void emit_last(struct compile *c, const struct user_caps *caps,
		      const struct seccomp_filter *filter, struct environment *environment)
{
	const struct oci_process *process = c->config->process;
	const uint64_t admin = 1ull << CAP_SYS_ADMIN;
	const bool borrow = borrows_admin(c, caps);
	const bool early = borrow && c->namespaces[OCI_NAMESPACE_PID].path;
	struct user_caps held = *caps;
	struct step_fence *fence;

	if (borrow) {
		held.effective |= admin;
		held.permitted |= admin;
	}
	user_emit_caps(c, &held);
	/* looked up with the rights that the process will have, and already at create */
	emit_find(c, process);
	if (!process->terminal)
		program_add(c->program, STEP_STREAMS, NULL);
	if (process->no_new_privileges)
		program_add(c->program, STEP_NO_NEW_PRIVS, "/process/noNewPrivileges");
	emit_verify(c, &held, process->no_new_privileges);
	if (c->namespaces[OCI_NAMESPACE_PID].path)
		labels_emit(c); /* a process can only label itself, and its child inherits it */
	if (early) {
		emit_filter(c, filter);
		emit_drop(c, caps);
	}
	fence = emit_enter_pid(c);
	environment_emit_listen(c, environment); /* after the last clone: it is about our pid */
	emit_session(c);
	emit_ready(c, fence);
	if (filter && !early)
		emit_filter(c, filter);
	if (borrow && !early)
		emit_drop(c, caps);
}

/* An annotation of crun: "0" is off. */
static int check_unknown(struct compile *c)
{
	const char *fail =
	    oci_map_get(&c->config->annotations, "run.oci.seccomp_fail_unknown_syscall");

	return fail && strcmp(fail, "0") != 0 ? seccomp_check_names(c->profile, c->err) : 0;
}

static int compile_filter(struct compile *c, struct seccomp_filter *filter)
{
	const struct seccomp_means means = { c->options->seccomp_cache, c->arena, c->log };
	int rc;

	if (c->given_filter)
		return seccomp_given(c->given_filter, c->linux->seccomp, &means, filter, c->err);
	rc = check_unknown(c);
	return rc < 0 ? rc : seccomp_compile_cached(c->profile, &means, filter, c->err);
}

int compile_process(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	struct seccomp_filter filter = { 0 };
	struct environment environment = { 0 };
	struct user_caps caps;
	int rc;

	if (!process) { /* may be created, but not started (runtime.md "Create") */
		if (!c->options->run)
			emit_gate(c, NULL);
		return 0;
	}
	if (has_filter(c)) {
		rc = compile_filter(c, &filter);
		if (rc < 0)
			return rc;
	}
	rc = schedule_emit(c);
	if (rc < 0)
		return rc;
	user_emit_rlimits(c);
	/* as root: passwd may be readable for root only */
	environment_emit_home(c, &environment);
	user_emit_ids(c, &caps);
	if (borrows_admin(c, &caps) && c->namespaces[OCI_NAMESPACE_PID].path) {
		rc = check_early(c);
		if (rc < 0)
			return rc;
	}
	emit_last(c, &caps, has_filter(c) ? &filter : NULL, &environment);
	environment_emit_exec(c, &environment);
	return 0;
}
