/*
 * exec.c - tare exec: see lifecycle.h.
 *
 * The second client of the compiler and of the host's rows. Everything privileged is done by the
 * helper while it is still outside of the container's pid namespace; who appears there is born
 * with its final privileges (KERNEL.md, sentences 12 to 16).
 */
#include "container/birth.h"
#include "container/delegation.h"
#include "container/enter.h"
#include "container/entrances.h"
#include "container/filter_cache.h"
#include "container/found.h"
#include "container/process_file.h"
#include "container/rdt.h"

#include "base/fd.h"
#include "base/numbers.h"
#include "base/trace.h"
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR_CODE CODE_EXEC

/* What exec knows beside struct create, which is its first member so that the rows find it. */
struct exec {
	struct create create;
	const struct container_exec *request;
	struct found found;
	struct oci_config config; /* the container's, with our process */
};

static struct exec *of(struct create *c)
{
	return (struct exec *)(void *)c;
}

static int check_status(const struct found *found, const struct container_exec *request,
			struct error *err)
{
	switch (found->status) {
	case OCI_STATUS_RUNNING:
	case OCI_STATUS_CREATED:
		return 0;
	case OCI_STATUS_PAUSED:
		if (request->ignore_paused)
			return 0;
		return error_set(
		    err, EBUSY, NULL,
		    "cannot exec in a paused container (use --ignore-paused to override)");
	case OCI_STATUS_STOPPED:
	case OCI_STATUS_CREATING:
		break;
	}
	return error_set(err, ESRCH, NULL, "cannot exec in a %s container",
			 oci_status_name(found->status));
}

static int choose_cgroup(struct exec *x)
{
	const struct oci_strings *wanted = &x->request->cgroups;
	int rc = 0;

	if (wanted->count > 0 && !x->create.cgroup)
		return error_set(x->create.err, ENODEV, NULL,
				 "the container has no cgroup, so there is none below it");
	for (size_t i = 0; rc == 0 && i < wanted->count; i++)
		rc = cgroup_descend(x->create.cgroup, wanted->items[i], x->create.err);
	return rc;
}

static int find(struct create *c)
{
	struct exec *x = of(c);
	struct oci_config *config;
	int rc = found_open(&x->found, &x->request->name, false, c->err);

	if (rc == 0)
		rc = check_status(&x->found, x->request, c->err);
	if (rc == 0)
		rc = state_load_config(&x->found.state, &c->arena, &config, c->err);
	if (rc != 0)
		return rc;
	x->config = *config;
	x->config.hooks = NULL; /* of the container, not of what joins it */
	c->record = *x->found.record;
	c->bundle.config = &x->config;
	c->bundle.arena = &c->arena;
	c->bundle.problems = &c->report->problems;
	c->bundle.path = x->found.record->bundle;
	c->bundle.name = "the process";
	c->cgroup = x->found.cgroup;
	x->found.cgroup = NULL; /* moved */
	if (c->cgroup)
		cgroup_follow(c->cgroup, (pid_t)c->record.pid, delegation_asked(config));
	return choose_cgroup(x);
}

static int read_process(struct create *c)
{
	struct exec *x = of(c);
	struct oci_process *process;
	int rc = process_file_make(x->request, x->config.process, &c->bundle, &process, c->err);

	if (rc < 0)
		return rc;
	x->config.process = process;
	return 0;
}

/* The container was made from the rest of this config: its mistakes are no news. */
static int check(struct create *c)
{
	struct problems *problems = &c->report->problems;

	check_spec(c->bundle.config, &c->facts, problems);
	if (problems->errors == 0)
		return create_check_terminal(c);
	return bundle_refuse(&c->bundle, c->err);
}

static int compile(struct create *c)
{
	struct exec *x = of(c);
	int rc = enter_find_namespaces(x->found.record->pid, &c->compile.enter, c->err);

	if (rc == 0)
		rc = entrances_find(c);
	if (rc < 0)
		return rc;
	create_fill_options(c);
	c->compile.id = x->request->name.id;
	c->compile.exec = true;
	c->compile.trace = trace_enabled();
	c->filters = filter_cache(&x->found.state.root);
	c->compile.seccomp_cache = &c->filters;
	return compile_exec(c->bundle.config, &c->compile, &c->program, c->err);
}

static int open_process(struct create *c)
{
	int rc = enter_open_process(&c->program, of(c)->found.pidfd, c->err);

	return rc < 0 ? rc : entrances_open(c);
}

/* Inherited by the helper: until it is in the container's cgroup it stays off other CPUs. */
static int choose_cpus(struct create *c)
{
	static const char pointer[] = "/process/execCPUAffinity/initial";
	uint64_t words[NUMBERS_WORDS];
	const int count = numbers_read(c->program.host.initial_cpus, words);

	if (count < 0)
		return error_set(c->err, EINVAL, pointer, "\"%s\" is not a list of CPUs",
				 c->program.host.initial_cpus);
	if (syscall(SYS_sched_setaffinity, 0, (size_t)count * sizeof(words[0]), words) < 0)
		return error_sys(c->err, errno, "sched_setaffinity", pointer,
				 "cannot run on the CPUs %s", c->program.host.initial_cpus);
	return 0;
}

static bool has_first_cpus(const struct create *c)
{
	return c->program.host.initial_cpus && c->program.host.initial_cpus[0] != '\0';
}

static const struct create_step steps[] = {
	{ "find the container", find, NULL, NULL, false },
	{ "ask the host", create_ask_host, NULL, NULL, false },
	{ "read the process", read_process, NULL, NULL, false },
	{ "check the process", check, NULL, NULL, false },
	{ "compile the program", compile, NULL, NULL, false },
	{ "open the process", open_process, create_close_files, NULL, false },
	{ "choose the first CPUs", choose_cpus, NULL, has_first_cpus, false },
	{ "block signals", create_block_signals, NULL, create_stays, false },
	{ "prepare the helper", create_prepare_helper, NULL, NULL, false },
	{ "clone the helper", create_clone_helper, birth_kill, NULL, false },

	/* Before it enters: afterwards it could not, or would be seen. */
	{ "enter the RDT group", rdt_enter, NULL, rdt_is_recorded, false },
	{ "set the OOM score", birth_set_oom_score, NULL, birth_has_oom_score, false },
	{ "let the helper go", birth_go, NULL, birth_awaits, false },

	{ "follow the helper", birth_follow, NULL, NULL, false },
	{ "hand over the terminal", birth_send_console, NULL, birth_sends_console, false },
	{ "hand over the pidfd", birth_send_pidfd, NULL, birth_sends_pidfd, false },
	{ "write the pid file", birth_write_pid_file, birth_remove_pid_file, birth_has_pid_file,
	  false },
	{ 0 },
};

int container_exec(const struct container_exec *request, struct container_report *report,
		   int *exit_status, struct error *err)
{
	struct container_options options = request->options;
	struct exec x = { .request = request };
	struct create *c = &x.create;
	int rc;

	options.run = true; /* there is no gate for it */
	create_init(c, &options, report, err);
	x.found.pidfd = x.found.state.dir = x.found.state.root = FD_NONE;
	x.found.state.journal = FD_NONE;
	c->table = steps;
	*exit_status = 0;
	rc = create_run(c);
	if (rc < 0) {
		create_undo(c);
	} else if (!request->options.detach) {
		rc = foreground_wait(&c->foreground, &c->exit_status, err);
		*exit_status = c->exit_status;
	}
	create_free(c);
	found_close(&x.found);
	return rc;
}
