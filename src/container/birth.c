/* birth.c - see birth.h. */
#include "container/birth.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "container/explain.h"
#include "container/idmap.h"
#include "container/lifehooks.h"
#include "container/listener.h"
#include "container/program_file.h"
#include "ocispec/map.h"
#include "sys/pidfd.h"
#include "sys/procfs.h"
#include "sys/procstat.h"
#include "sys/scm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define ERROR_CODE CODE_HELPER

int birth_write_maps(struct create *c)
{
	const struct program_host *host = &c->program.host;

	return idmap_write(c->foreground.pid, &c->facts, host->uid_map, host->gid_map, c->err);
}

bool birth_has_maps(const struct create *c)
{
	return c->program.host.uid_map != NULL;
}

int birth_enter_inner(struct create *c)
{
	return cgroup_enter_inner(c->cgroup, c->foreground.pid, c->err);
}

bool birth_enters_inner(const struct create *c)
{
	return c->cgroup && cgroup_has_inner(c->cgroup);
}

int birth_set_oom_score(struct create *c)
{
	char text[16];
	int rc = text_format(text, sizeof(text), "%d", c->program.host.oom_score_adj);

	if (rc >= 0)
		rc = procfs_write(c->foreground.pid, "oom_score_adj", text);
	if (rc < 0) {
		rc = error_sys(c->err, -rc, "write", "/process/oomScoreAdj",
			       "cannot set the OOM score adjustment to %s", text);
		error_add_hint(c->err, "going below one's own value needs CAP_SYS_RESOURCE");
	}
	return rc;
}

bool birth_has_oom_score(const struct create *c)
{
	return c->program.host.has_oom_score_adj;
}

int birth_raise_limits(struct create *c)
{
	for (struct step *s = program_first(&c->program); s; s = program_next(&c->program, s)) {
		const struct step_rlimit *step = (const void *)s;
		const int resource = (int)step->resource;
		struct rlimit now;

		if (s->kind != STEP_RLIMIT ||
		    prlimit(c->foreground.pid, resource, NULL, &now) < 0 ||
		    now.rlim_max >= step->hard)
			continue;
		now.rlim_max = step->hard;
		if (prlimit(c->foreground.pid, resource, &now, NULL) < 0)
			return error_sys(c->err, errno, "prlimit64", program_origin(&c->program, s),
					 "cannot raise a hard limit to %llu",
					 (unsigned long long)step->hard);
	}
	return 0;
}

bool birth_raises_limits(const struct create *c)
{
	const struct oci_process *process = c->bundle.config->process;

	return c->program.host.uid_map && process && process->rlimits.count > 0 &&
	       c->facts.privileged;
}

/* A helper that is gone will be noticed, and explained, by birth_follow(). */
int birth_go(struct create *c)
{
	int rc = talk_go(&c->talk);

	if (rc < 0 && rc != -EPIPE && rc != -ECONNRESET)
		return error_sys(c->err, -rc, "send", NULL, "cannot talk to tare-init");
	return 0;
}

bool birth_awaits(const struct create *c)
{
	return c->program.host.awaits;
}

bool birth_awaits_limits(const struct create *c)
{
	return c->program.host.awaits_limits;
}

/* The helper has put a process into a pid namespace of others and goes itself. */
static int take_successor(struct create *c, const struct report *report, int *pidfd)
{
	if (*pidfd < 0 || report->value <= 0)
		return error_set(c->err, EBADMSG, NULL, "tare-init sent no process");
	(void)waitpid(c->foreground.pid, NULL, __WALL);
	close_fd(&c->foreground.pidfd);
	c->foreground.pid = (pid_t)report->value;
	c->foreground.pidfd = take_fd(pidfd);
	c->successor_known = true;
	return birth_go(c); /* it waits until we know of it */
}

static const char *current_step(const struct create *c)
{
	const struct step *step = explain_step(&c->program, c->shared->current);

	return step ? program_step_title(step->kind) : "start tare-init";
}

/* End-of-file without a word: what does the kernel say about its end? */
static int explain_death(struct create *c)
{
	const struct oci_linux *linux = c->bundle.config->linux;
	const struct oci_memory *memory =
	    linux && linux->resources ? linux->resources->memory : NULL;
	uint64_t kills = 0;
	int status, rc;

	rc = pidfd_wait(c->foreground.pidfd, &status);
	if (rc < 0)
		return error_sys(c->err, -rc, "waitid", NULL, "cannot learn how tare-init ended");
	c->exit_status = status;
	if (status == 128 + SIGKILL && c->cgroup && cgroup_oom_kills(c->cgroup, &kills) == 0 &&
	    kills > 0) {
		rc = error_set(
		    c->err, ENOMEM, "/linux/resources/memory/limit",
		    "killed by the OOM killer while starting, at the step \"%s\": the memory "
		    "limit of %lld bytes is too small for start-up",
		    current_step(c), memory ? (long long)memory->limit : -1LL);
		error_add_hint(c->err, "raise the limit");
		return rc;
	}
	if (status > 128)
		return error_set(c->err, ECHILD, NULL,
				 "tare-init was killed by signal %d at the step \"%s\"",
				 status - 128, current_step(c));
	return error_set(c->err, ECHILD, NULL, "tare-init ended with status %d at the step \"%s\"",
			 status, current_step(c));
}

/* A further process sees the container's mounts, too: of its file nothing is known here. */
static int explain_failure(struct create *c, const struct report *report)
{
	int rc = explain_report(&c->program, report, c->err);

	if (!c->compile.exec)
		program_file_explain(c->record.rootfs, c->bundle.config->process, c->err);
	return rc;
}

static int exec_failed(struct create *c)
{
	struct report report = { .kind = REPORT_FAILED,
				 .step = c->shared->current,
				 .errnum = c->shared->exec_errno };

	return explain_failure(c, &report);
}

/* To the agent, as soon as the pid of the process is known. */
static int send_listener(struct create *c, pid_t pid)
{
	struct oci_record record = c->record;
	const struct listener_of of = { .config = c->bundle.config,
					.record = &record,
					.status = c->compile.exec ? OCI_STATUS_RUNNING
								  : OCI_STATUS_CREATING,
					.pid = pid };
	int rc;

	if (!c->compile.exec)
		record.pid = pid;
	rc = listener_send(&of, c->listener, c->err);
	close_fd(&c->listener);
	return rc;
}

static int take_listener(struct create *c, int *fd)
{
	int rc;

	close_fd(&c->listener);
	c->listener = take_fd(fd);
	if (c->listener < 0)
		return error_set(c->err, EBADMSG, NULL, "tare-init sent no seccomp listener");
	if (c->program.host.has_successor && !c->successor_known)
		return 0;
	rc = send_listener(c, c->foreground.pid);
	return rc < 0 ? rc : birth_go(c);
}

/* One report. 1: go on; 0: the container is created. */
static int handle(struct create *c, const struct report *report, int *fd, bool *executing)
{
	int rc;

	switch (report->kind) {
	case REPORT_CONSOLE:
		close_fd(&c->foreground.console);
		c->foreground.console = take_fd(fd);
		return 1;
	case REPORT_PID:
		/* first, as the filter may trap how the helper ends */
		rc = c->listener >= 0 ? send_listener(c, (pid_t)report->value) : 0;
		if (rc == 0)
			rc = take_successor(c, report, fd);
		return rc < 0 ? rc : 1;
	case REPORT_READY:
		return 0;
	case REPORT_REACHED: /* only before the change of root: see compile/hooks.c */
		rc = lifehooks_run_create(c);
		if (rc == 0)
			rc = birth_go(c);
		return rc < 0 ? rc : 1;
	case REPORT_EXECUTING:
		*executing = true;
		return 1;
	case REPORT_LISTENER:
		rc = take_listener(c, fd);
		return rc < 0 ? rc : 1;
	case REPORT_FAILED:
		return explain_failure(c, report);
	default:
		return error_set(c->err, EBADMSG, NULL, "tare-init said something unknown");
	}
}

/*
 * The process that will take the helper's place holds the socket too: the helper's end alone is no
 * end of file. False if it ended without having named its successor, who then ends with our socket.
 */
static bool wait_for_word(struct create *c)
{
	struct pollfd fds[2] = { { .fd = c->talk.host, .events = POLLIN },
				 { .fd = c->foreground.pidfd, .events = POLLIN } };
	int n;

	if (!c->program.host.has_successor || c->successor_known)
		return true;
	do
		n = poll(fds, 2, -1);
	while (n < 0 && errno == EINTR);
	/* Its last word may have come after the look at the socket and before that at its end. */
	return n < 0 || fds[0].revents != 0 || poll(fds, 1, 0) != 0;
}

static int follow(struct create *c)
{
	struct report report;
	bool executing = false;
	int rc, fd = FD_NONE;

	for (;;) {
		rc = wait_for_word(c) ? talk_receive(&c->talk, &report, &fd) : 0;
		if (rc < 0)
			return error_sys(c->err, -rc, "recvmsg", NULL,
					 "cannot understand tare-init");
		if (rc == 0)
			break;
		rc = handle(c, &report, &fd, &executing);
		close_fd(&fd);
		if (rc <= 0)
			return rc;
	}
	if (c->shared->exec_errno)
		return exec_failed(c);
	return executing ? 0 : explain_death(c);
}

/* The helper's own clock readings become part of the trace. */
static void trace_inside(struct create *c)
{
	const struct program_time *times =
	    (const void *)((const char *)c->shared + c->shared->times);
	uint64_t now = trace_now();

	if (!trace_enabled() || !c->shared->times)
		return;
	for (struct step *s = program_first(&c->program); s; s = program_next(&c->program, s)) {
		const struct program_time *t = &times[s->index];
		char object[512];
		struct trace_event event = { .track = "tare-init",
					     .name = program_step_title(s->kind),
					     .object = explain_object(&c->program, s, object,
								      sizeof(object)),
					     .origin = program_origin(&c->program, s),
					     .start = t->start,
					     .end = t->end ? t->end : now };

		if (program_offset(&c->program, s) == c->shared->current)
			event.result = c->shared->exec_errno;

		if (t->start)
			trace_add(&event);
	}
}

int birth_follow(struct create *c)
{
	int rc = follow(c);

	trace_inside(c);
	return rc;
}

int birth_make_gate(struct create *c)
{
	struct step *s = program_first(&c->program);
	int listener = FD_NONE, lock = FD_NONE, rc;

	while (s && s->kind != STEP_GATE)
		s = program_next(&c->program, s);
	if (!s)
		return 0;
	rc = state_make_gate(&c->state, &listener, &lock, c->err);
	/* owned by the program from now on, like the other files */
	((struct step_gate *)(void *)s)->listener = listener;
	((struct step_gate *)(void *)s)->lock = lock;
	return rc;
}

bool birth_waits_for_start(const struct create *c)
{
	return !c->options->run;
}

int birth_note(struct create *c)
{
	struct procstat stat;
	int rc = procstat_read(c->foreground.pid, &stat);

	if (rc < 0)
		return error_sys(c->err, -rc, "read", NULL, "cannot read /proc/%d/stat",
				 (int)c->foreground.pid);
	c->noted = c->foreground.pid;
	c->record.has_pid = c->record.has_start_time = true;
	c->record.pid = c->foreground.pid;
	c->record.start_time = stat.start_time;
	c->record.has_own_pid_namespace = true;
	c->record.own_pid_namespace = c->program.host.clone_flags & CLONE_NEWPID;
	if (!c->program.host.has_mount_namespace)
		c->record.unmount = c->record.rootfs;
	rc = lifehooks_tell(c);
	return rc < 0 ? rc : state_save(&c->state, &c->record, c->err);
}

int birth_run_poststart(struct create *c)
{
	return lifehooks_run_poststart(&c->record, c->bundle.config, c->err);
}

bool birth_runs(const struct create *c)
{
	return c->options->run;
}

/* The container, if it ever was, has gone: after its cgroup, before its id is free again. */
void birth_run_poststop(struct create *c)
{
	if (c->noted > 0)
		lifehooks_run_poststop(&c->record, c->bundle.config, &c->report->log);
}

bool birth_has_successor(const struct create *c)
{
	return c->noted != c->foreground.pid;
}

int birth_set_made(struct create *c)
{
	return state_set_made(&c->state, c->err);
}

/* The engine may accept only after we have ended: connecting and sending is all. */
static int send_to(const char *path, const char *text, int fd)
{
	owned_fd sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc;

	if (sock < 0)
		return -errno;
	rc = text_format(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (rc < 0)
		return rc;
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return scm_send(sock, text, strlen(text), &fd, 1);
}

int birth_send_console(struct create *c)
{
	int rc = send_to(c->options->console_socket, "/dev/ptmx", c->foreground.console);

	if (rc < 0)
		return error_sys(c->err, -rc, "connect", "/process/terminal",
				 "cannot hand the terminal to the console socket %s",
				 c->options->console_socket);
	close_fd(&c->foreground.console);
	return 0;
}

bool birth_sends_console(const struct create *c)
{
	return c->options->console_socket != NULL;
}

static const char *pidfd_receiver(const struct create *c)
{
	/* it is about the container's process, not about those of exec */
	return c->compile.exec
		   ? NULL
		   : oci_map_get(&c->bundle.config->annotations, "run.oci.pidfd_receiver");
}

static int send_pidfd_to(struct create *c, const char *path, const char *pointer)
{
	int rc = path ? send_to(path, "pidfd", c->foreground.pidfd) : 0;

	return rc < 0 ? error_sys(c->err, -rc, "connect", pointer,
				  "cannot hand the pidfd to the socket %s", path)
		      : 0;
}

int birth_send_pidfd(struct create *c)
{
	int rc = send_pidfd_to(c, c->options->pidfd_socket, NULL);

	return rc < 0 ? rc
		      : send_pidfd_to(c, pidfd_receiver(c), "/annotations/run.oci.pidfd_receiver");
}

bool birth_sends_pidfd(const struct create *c)
{
	return c->options->pidfd_socket || pidfd_receiver(c);
}

/* To a new name and renamed: whoever waits for the file never reads half of it. */
static int write_file(const char *path, const char *temporary, const char *text)
{
	owned_fd fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t n;
	int rc = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n != (ssize_t)strlen(text))
		rc = n < 0 ? -errno : -ENOSPC;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlink(temporary);
	return rc;
}

int birth_write_pid_file(struct create *c)
{
	const char *path = c->options->pid_file, *slash = strrchr(path, '/');
	char temporary[4096], text[16];
	int rc = text_format(temporary, sizeof(temporary), "%.*s.%s.%d",
			     slash ? (int)(slash - path + 1) : 0, path, slash ? slash + 1 : path,
			     (int)getpid());

	if (rc >= 0)
		rc = text_format(text, sizeof(text), "%d", (int)c->foreground.pid);
	if (rc >= 0)
		rc = write_file(path, temporary, text);
	if (rc < 0)
		return error_sys(c->err, -rc, "open", NULL, "cannot write the pid file %s", path);
	return 0;
}

bool birth_has_pid_file(const struct create *c)
{
	return c->options->pid_file != NULL;
}

void birth_kill(struct create *c)
{
	int status;

	if (c->foreground.pid <= 0 || c->exit_status >= 0)
		return;
	/* it may have ended by itself; the wait tells */
	(void)pidfd_signal(c->foreground.pidfd, SIGKILL);
	if (pidfd_wait(c->foreground.pidfd, &status) == 0)
		c->exit_status = status;
}

void birth_unmount(struct create *c)
{
	struct step *s = program_first(&c->program);

	if (c->program.host.has_mount_namespace)
		return;
	for (; s; s = program_next(&c->program, s)) {
		const struct step_root *root = (const void *)s;

		if (s->kind == STEP_ROOT)
			(void)umount2(program_text(&c->program, root->path), MNT_DETACH);
	}
}

/* After a run that worked the file stays, as with runc. */
void birth_remove_pid_file(struct create *c)
{
	if (c->exit_status < 0)
		(void)unlink(c->options->pid_file);
}
