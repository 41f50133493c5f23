/* enter.c - see enter.h. */
#include "container/enter.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_EXEC

static const struct {
	uint64_t flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mnt" },        { CLONE_NEWPID, "pid" },
	{ CLONE_NEWNET, "net" },   { CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWTIME, "time" }, { CLONE_NEWCGROUP, "cgroup" },
};

static int open_namespaces(pid_t pid, struct error *err)
{
	char path[32] = "/proc/self/ns";
	int fd;

	if (pid > 0)
		(void)snprintf(path, sizeof(path), "/proc/%d/ns", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : error_sys(err, errno, "open", NULL, "cannot open %s", path);
}

/* The links are compared as text, "net:[4026531840]": to follow them costs more. */
static int is_same(int theirs, int ours, const char *name, struct error *err)
{
	char a[64], b[64];
	const ssize_t len = readlinkat(theirs, name, a, sizeof(a));

	if (len < 0)
		return error_sys(err, errno, "readlinkat", NULL,
				 "cannot look at the %s namespace of the container", name);
	if (readlinkat(ours, name, b, sizeof(b)) < 0)
		return error_sys(err, errno, "readlinkat", NULL,
				 "cannot look at our own namespaces");
	return memcmp(a, b, (size_t)len) == 0;
}

static int compare_namespaces(int theirs, int ours, uint64_t *flags, struct error *err)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		const int same = is_same(theirs, ours, namespaces[i].name, err);

		if (same < 0)
			return same;
		if (!same)
			*flags |= namespaces[i].flag;
	}
	return 0;
}

int enter_find_namespaces(pid_t pid, uint64_t *flags, struct error *err)
{
	int theirs = open_namespaces(pid, err);
	int ours = theirs < 0 ? theirs : open_namespaces(0, err);
	int rc = ours < 0 ? ours : compare_namespaces(theirs, ours, flags, err);

	close_fd(&theirs);
	close_fd(&ours);
	return rc;
}

int enter_open_process(const struct program *program, int pidfd, struct error *err)
{
	for (struct step *s = program_first(program); s; s = program_next(program, s)) {
		int fd;

		if (s->kind != STEP_ENTER)
			continue;
		fd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return error_sys(err, errno, "fcntl", NULL,
					 "cannot pass on the container's pidfd");
		((struct step_enter *)(void *)s)->process = fd;
	}
	return 0;
}
