/* start.c - tare start: see lifecycle.h, and src/init/gate.c for the other side. */
#include "container/explain.h"
#include "container/found.h"
#include "container/lifehooks.h"
#include "container/listener.h"
#include "container/notify.h"
#include "container/program_file.h"
#include "container/talk.h"

#include "base/fd.h"
#include "base/trace.h"
#include "sys/pidfd.h"
#include "sys/procstat.h"
#include "sys/scm.h"

#include <errno.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ERROR_CODE CODE_CONTAINER_STATUS

struct start {
	struct found *found;
	struct talk talk;
	const volatile struct gate_page *page; /* the container's process writes to it */
	const char *notify_socket;
	struct notify notify;
	bool announced; /* it has said that what is left is the filter and execve */
	struct error *err;
};

static int check_status(const struct found *found, struct error *err)
{
	switch (found->status) {
	case OCI_STATUS_CREATED:
		break;
	case OCI_STATUS_STOPPED:
		return error_set(err, EINVAL, NULL, "cannot start a container that has stopped");
	case OCI_STATUS_RUNNING:
		return error_set(err, EINVAL, NULL, "cannot start an already running container");
	case OCI_STATUS_CREATING:
	case OCI_STATUS_PAUSED:
		return error_set(err, EINVAL, NULL, "cannot start a container in the %s state",
				 oci_status_name(found->status));
	}
	if (found->cgroup && cgroup_is_frozen(found->cgroup))
		return error_set(err, EINVAL, NULL, "cannot start a container in the paused state");
	return 0;
}

/* A page that both of us see: its errno arrives under any seccomp filter. */
static int open_gate(struct start *start)
{
	owned_fd page = (int)syscall(SYS_memfd_create, "tare-start", MFD_CLOEXEC);
	const uint32_t traced = trace_enabled();
	void *at;
	int rc;

	if (page < 0 || ftruncate(page, sizeof(struct gate_page)) < 0 ||
	    pwrite(page, &traced, sizeof(traced), offsetof(struct gate_page, traced)) < 0)
		return -errno;
	at = mmap(NULL, sizeof(struct gate_page), PROT_READ, MAP_SHARED, page, 0);
	if (at == MAP_FAILED)
		return -errno;
	start->page = at;
	rc = state_connect(&start->found->state);
	if (rc < 0)
		return rc;
	start->talk.host = rc;
	return scm_send(start->talk.host, "s", 1, &page, 1);
}

/* With a pid namespace of others the program gets a process of its own at the very end. */
static int take_successor(struct start *start, pid_t pid)
{
	struct oci_record *record = start->found->record;
	struct procstat stat;
	int rc = procstat_read(pid, &stat);

	if (rc < 0)
		return error_sys(start->err, -rc, "read", NULL, "cannot find the process %d",
				 (int)pid);
	record->pid = pid;
	record->start_time = stat.start_time;
	return state_save(&start->found->state, record, start->err);
}

/* Whoever hears that start has failed finds it stopped. */
static void await_end(const struct start *start)
{
	(void)pidfd_await_end(start->found->pidfd,
			      CONTAINER_DEATH_MS); /* else it hangs in the kernel */
}

static int explain(struct start *start, const struct report *report)
{
	struct oci_config *config;
	int rc = state_load_config(&start->found->state, &start->found->arena, &config, start->err);

	if (rc < 0)
		return rc;
	rc = explain_start(report, config, start->err);
	program_file_explain(start->found->record->rootfs, config->process, start->err);
	await_end(start);
	return rc;
}

/* A container whose calls nobody answers is of no use: it ends. */
static int send_listener(struct start *start, int fd)
{
	struct listener_of of = { .record = start->found->record,
				  .status = OCI_STATUS_CREATED,
				  .pid = start->found->record->pid };
	struct oci_config *config;
	int rc = state_load_config(&start->found->state, &start->found->arena, &config, start->err);

	if (rc == 0 && (fd < 0 || !config->linux || !config->linux->seccomp))
		rc = error_set(start->err, EBADMSG, NULL, "tare-init sent no seccomp listener");
	of.config = config;
	if (rc == 0)
		rc = listener_send(&of, fd, start->err);
	if (rc == 0 && talk_go(&start->talk) < 0)
		return 1; /* it has ended; the end of file will tell */
	if (rc < 0) {
		(void)pidfd_signal(start->found->pidfd, SIGKILL); /* it may have ended by itself */
		await_end(start);
	}
	return rc < 0 ? rc : 1;
}

/* 1: go on listening. */
static int handle(struct start *start, const struct report *report, int fd)
{
	switch (report->kind) {
	case REPORT_EXECUTING:
		start->announced = true;
		return 1;
	case REPORT_PID:
		return take_successor(start, (pid_t)report->value) < 0 ? -EIO : 1;
	case REPORT_LISTENER:
		return send_listener(start, fd);
	case REPORT_FAILED:
		return explain(start, report);
	default:
		return error_set(start->err, EBADMSG, NULL, "tare-init said something unknown");
	}
}

static int explain_end(struct start *start)
{
	struct report report = { .kind = REPORT_FAILED,
				 .step_kind = start->page ? start->page->step_kind : 0,
				 .errnum = start->page ? start->page->exec_errno : 0 };
	struct oci_config *config;

	if (report.errnum > 0)
		return explain(start, &report);
	if (start->announced)
		return 0;
	await_end(start);
	if (state_load_config(&start->found->state, &start->found->arena, &config, start->err) ==
		0 &&
	    !config->process)
		return error_set(start->err, EINVAL, "/process",
				 "the config has no process to start");
	return error_set(start->err, ECHILD, NULL,
			 "the container's process ended before the program was executed");
}

/* Until the end of file, which comes with the exec or with its death. */
static int listen_to_it(struct start *start)
{
	struct report report;
	int rc, fd = FD_NONE;

	for (;;) {
		rc = talk_receive(&start->talk, &report, &fd);
		if (rc == 0)
			return explain_end(start);
		if (rc < 0)
			return error_sys(start->err, -rc, "recvmsg", NULL,
					 "cannot understand tare-init");
		rc = handle(start, &report, fd);
		close_fd(&fd);
		if (rc <= 0)
			return rc;
	}
}

/* What the container's process has noted of its own steps becomes part of the trace. */
static void trace_inside(const struct start *start)
{
	const uint64_t now = trace_now();
	struct gate_page page;
	uint32_t count;

	if (!trace_enabled() || !start->page)
		return;
	page = *(const struct gate_page *)(uintptr_t)start->page;
	count = page.timed < GATE_TIMES ? page.timed : GATE_TIMES;
	for (uint32_t i = 0; i < count; i++) {
		const struct gate_time *t = &page.times[i];
		const bool failed = i + 1 == count && t->kind == page.step_kind;
		char origin[GATE_ORIGIN];

		(void)snprintf(origin, sizeof(origin), "%.*s", GATE_ORIGIN - 1, t->origin);
		trace_add(&(struct trace_event){ .track = "tare-init",
						 .name = program_step_title(t->kind),
						 .origin = origin,
						 .start = t->time.start,
						 .end = t->time.end ? t->time.end : now,
						 .result = failed ? page.exec_errno : 0 });
	}
}

static int run(struct start *start)
{
	int rc = check_status(start->found, start->err);
	uint64_t began;

	if (rc == 0 && start->notify_socket)
		rc = notify_open(&start->notify, start->found->state.dir, start->notify_socket,
				 start->err);
	if (rc < 0)
		return rc;
	began = trace_now();
	rc = trace_host("open the gate", began, open_gate(start));
	if (rc == -ECONNREFUSED || rc == -ECONNRESET || rc == -ENOENT || rc == -EPIPE)
		return error_set(start->err, EINVAL, NULL,
				 "cannot start an already running container");
	if (rc < 0)
		return error_sys(start->err, -rc, "connect", NULL, "cannot reach the container");
	began = trace_now();
	rc = trace_host("follow the helper", began, listen_to_it(start));
	trace_inside(start);
	return rc;
}

/* A failure stops the container (runtime.md, "Lifecycle", step 9). */
static int run_poststart(struct start *start)
{
	struct found *found = start->found;
	struct oci_config *config;
	const uint64_t began = trace_now();
	int rc = state_load_config(&found->state, &found->arena, &config, start->err);

	if (rc == 0)
		rc = lifehooks_run_poststart(found->record, config, start->err);
	(void)trace_host("run the poststart hooks", began, rc);
	if (rc < 0) {
		(void)pidfd_signal(found->pidfd, SIGKILL); /* it may have ended by itself */
		await_end(start);
	}
	return rc;
}

/* Others may work on the container meanwhile. */
static int wait_until_ready(struct start *start)
{
	const uint64_t began = trace_now();

	state_unlock(&start->found->state);
	return trace_host("wait until it is ready", began,
			  notify_wait(&start->notify, start->found->pidfd,
				      start->found->record->pid, start->err));
}

int container_start(const struct container_name *name, const char *notify_socket, struct error *err)
{
	struct found found;
	struct start start = { .found = &found,
			       .talk = { FD_NONE, FD_NONE },
			       .notify_socket = notify_socket,
			       .notify = NOTIFY_NONE,
			       .err = err };
	const uint64_t began = trace_now();
	int rc = trace_host("find the container", began, found_open(&found, name, true, err));

	if (rc < 0)
		return rc;
	rc = run(&start);
	if (rc == 0)
		rc = run_poststart(&start);
	if (rc == 0)
		rc = wait_until_ready(&start);
	notify_close(&start.notify);
	talk_close(&start.talk);
	if (start.page)
		(void)munmap((void *)(uintptr_t)start.page, sizeof(struct gate_page));
	found_close(&found);
	return rc;
}
