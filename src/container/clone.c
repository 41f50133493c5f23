/*
 * clone.c - see clone.h.
 *
 * The children here share our memory until they execute or exit (sys/vclone.h): they allocate
 * nothing, and tell what went wrong by writing into struct birth.
 */
#include "container/clone.h"
#include "base/fd.h"
#include "base/text.h"
#include "sys/vclone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ERROR_CODE CODE_PROCESS

enum stage { STAGE_CLONE, STAGE_JOIN, STAGE_CAPABILITIES, STAGE_PASS, STAGE_EXEC };

struct birth {
	const struct clone_request *request;
	int joins[8]; /* descriptors of the namespaces that are entered by path */
	char argument[3][16];
	int pidfd;
	int pid;
	/* what failed, written by a child */
	int errnum;
	enum stage stage;
	size_t join; /* which one */
};

static __attribute__((noreturn)) void die(struct birth *birth, enum stage stage, int errnum)
{
	birth->stage = stage;
	birth->errnum = errnum;
	_exit(127);
}

/*
 * The first exec in a new user namespace, before there are id maps, drops all capabilities of an
 * unmapped user but the ambient ones.
 */
static int keep_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	if (syscall(SYS_capset, &header, data) < 0)
		return -errno;
	for (int cap = 0; cap < 64; cap++) {
		if (data[cap / 32].permitted & 1u << cap % 32 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

static int pass(int fd)
{
	return fd >= 0 && fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
}

/* What the program refers to must survive the exec; tare-init marks it close-on-exec again. */
static int pass_all(const struct clone_request *request)
{
	int rc = pass(request->program_fd);

	if (rc == 0)
		rc = pass(request->socket);
	for (struct step *s = program_first(request->program); rc == 0 && s;
	     s = program_next(request->program, s)) {
		const struct program_field *field = program_fields(s->kind);
		const int64_t *value = (const void *)(s + 1);

		for (; rc == 0 && field->name; field++, value++) {
			if (field->kind == FIELD_FD)
				rc = pass((int)*value);
		}
	}
	return rc;
}

static __attribute__((noreturn)) void run_init(void *arg)
{
	struct birth *birth = arg;
	const struct clone_request *request = birth->request;
	char name[] = "tare-init";
	char *argv[] = { name, birth->argument[0], birth->argument[1], birth->argument[2], NULL };
	char *environment[] = { NULL };
	int rc = 0;

	if (request->program->host.clone_flags & CLONE_NEWUSER ||
	    request->program->host.join_count > 0)
		rc = keep_capabilities();
	if (rc < 0)
		die(birth, STAGE_CAPABILITIES, -rc);
	rc = pass_all(request);
	if (rc < 0)
		die(birth, STAGE_PASS, -rc);
	(void)syscall(SYS_execveat, request->helper, "", argv, environment, AT_EMPTY_PATH);
	die(birth, STAGE_EXEC, errno);
}

static int clone_helper(struct birth *birth, uint64_t more_flags)
{
	const struct clone_request *request = birth->request;
	struct clone_args args = {
		.flags = request->program->host.clone_flags | CLONE_PIDFD | more_flags,
		.pidfd = (uint64_t)(uintptr_t)&birth->pidfd,
	};

	if (!(more_flags & CLONE_PARENT)) /* then it is the parent's own */
		args.exit_signal = SIGCHLD;
	if (request->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)request->cgroup;
	}
	return request->apart ? vclone_apart(&args, run_init, birth)
			      : vclone(&args, run_init, birth);
}

/*
 * Enter the namespaces by path. Those of other owners first: once in the user namespace we may
 * not enter them any more. A user without privileges may enter them only afterwards.
 */
static int join_all(struct birth *birth, bool after_user)
{
	const struct program_host *host = &birth->request->program->host;

	for (size_t i = 0; i < host->join_count; i++) {
		birth->join = i;
		if (host->joins[i].type == CLONE_NEWUSER || birth->joins[i] < 0)
			continue;
		if (setns(birth->joins[i], (int)host->joins[i].type) == 0)
			birth->joins[i] = FD_NONE;
		else if (errno != EPERM || after_user)
			return -errno;
	}
	return 0;
}

static int join_user(struct birth *birth)
{
	const struct program_host *host = &birth->request->program->host;

	for (size_t i = 0; i < host->join_count; i++) {
		birth->join = i;
		if (host->joins[i].type == CLONE_NEWUSER &&
		    setns(birth->joins[i], CLONE_NEWUSER) < 0)
			return -errno;
	}
	return 0;
}

static __attribute__((noreturn)) void run_joiner(void *arg)
{
	struct birth *birth = arg;
	int rc = join_all(birth, false);

	if (rc == 0)
		rc = join_user(birth);
	if (rc == 0)
		rc = join_all(birth, true);
	if (rc < 0)
		die(birth, STAGE_JOIN, -rc);
	birth->pid = clone_helper(birth, CLONE_PARENT);
	if (birth->pid < 0)
		die(birth, STAGE_CLONE, -birth->pid);
	_exit(0);
}

/*
 * The joiner has our descriptor table (the pidfd arrives in it), but not our namespaces; its
 * child is ours.
 */
static int clone_joiner(struct birth *birth)
{
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int pid = vclone(&args, run_joiner, birth);

	if (pid < 0)
		return pid;
	(void)waitpid(pid, NULL, 0);
	return birth->errnum ? -birth->errnum : birth->pid;
}

static int open_joins(struct birth *birth, struct error *err)
{
	const struct program_host *host = &birth->request->program->host;

	for (size_t i = 0; i < host->join_count; i++) {
		birth->joins[i] = open(host->joins[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (birth->joins[i] < 0)
			return error_sys(err, errno, "open", host->joins[i].pointer,
					 "cannot open the namespace %s", host->joins[i].path);
	}
	return 0;
}

static int describe(const struct birth *birth, int errnum, struct error *err)
{
	const struct program_host *host = &birth->request->program->host;
	const struct program_join *join = &host->joins[birth->join];
	int rc;

	switch (birth->stage) {
	case STAGE_JOIN:
		rc = error_sys(err, errnum, "setns", join->pointer, "cannot join the namespace %s",
			       join->path);
		if (errnum == EINVAL)
			error_add_hint(err, "is it a namespace of the type that is named?");
		return rc;
	case STAGE_CAPABILITIES:
		return error_sys(err, errnum, "capset", NULL,
				 "cannot keep capabilities in the new user namespace");
	case STAGE_PASS:
		return error_sys(err, errnum, "fcntl", NULL,
				 "cannot pass descriptors to tare-init");
	case STAGE_EXEC:
		return error_sys(err, errnum, "execveat", NULL, "cannot execute tare-init");
	case STAGE_CLONE:
		break;
	}
	rc = error_sys(err, errnum, "clone3", "/linux/namespaces",
		       "cannot create the container's process");
	if (errnum == EPERM && (host->clone_flags & CLONE_NEWUSER))
		error_refine(err, CODE_USER_NAMESPACES);
	return rc;
}

int clone_init(const struct clone_request *request, pid_t *pid, int *pidfd, struct error *err)
{
	const struct program_header *header = (const void *)request->program->base;
	struct birth birth = { .request = request, .pidfd = FD_NONE };
	int rc;

	for (size_t i = 0; i < 8; i++)
		birth.joins[i] = FD_NONE;
	(void)snprintf(birth.argument[0], sizeof(birth.argument[0]), "%d", request->program_fd);
	(void)snprintf(birth.argument[1], sizeof(birth.argument[1]), "%d", request->socket);
	(void)snprintf(birth.argument[2], sizeof(birth.argument[2]), "%u", header->size);
	rc = open_joins(&birth, err);
	if (rc == 0) {
		rc = request->program->host.join_count > 0 ? clone_joiner(&birth)
							   : clone_helper(&birth, 0);
		if (rc > 0 && birth.errnum) { /* it was born, but did not become tare-init */
			(void)waitpid(rc, NULL, __WALL);
			rc = -birth.errnum;
		}
		if (rc < 0)
			rc = describe(&birth, -rc, err);
	}
	for (size_t i = 0; i < request->program->host.join_count; i++)
		close_fd(&birth.joins[i]);
	if (rc < 0) {
		close_fd(&birth.pidfd);
		return rc;
	}
	*pid = rc;
	*pidfd = birth.pidfd;
	return 0;
}
