/* enter.c - see enter.h. */
#include "container/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#define ERROR_CODE CODE_EXEC

static const struct {
	uint64_t flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mnt" },        { CLONE_NEWPID, "pid" },
	{ CLONE_NEWNET, "net" },   { CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWTIME, "time" }, { CLONE_NEWCGROUP, "cgroup" },
};

int enter_find_namespaces(pid_t pid, uint64_t *flags, struct error *err)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		struct stat theirs, ours;
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, namespaces[i].name);
		if (stat(path, &theirs) < 0)
			return error_sys(err, errno, "stat", NULL,
					 "cannot look at the %s namespace of the container",
					 namespaces[i].name);
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i].name);
		if (stat(path, &ours) < 0)
			return error_sys(err, errno, "stat", NULL,
					 "cannot look at our own namespaces");
		if (theirs.st_ino != ours.st_ino)
			*flags |= namespaces[i].flag;
	}
	return 0;
}

int enter_open_process(const struct program *program, int pidfd, struct error *err)
{
	struct step *s = program_first(program);
	int fd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return error_sys(err, errno, "fcntl", NULL, "cannot pass on the container's pidfd");
	while (s && s->kind != STEP_ENTER)
		s = program_next(program, s);
	if (s)
		((struct step_enter *)(void *)s)->process = fd;
	return 0;
}
