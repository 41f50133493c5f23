/*
 * floor_exec.c - what a further process in a container costs the kernel: the work of `tare exec`
 * with the default spec, straight through system calls.
 *
 *   floor_exec PID v1|v2|none PROGRAM [ARGUMENT...]
 *
 * PID: the container's first process. The counterpart of floor.c; no state, no config, no checks.
 */
#include "floor.h"
#include "sys/vclone.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { HIERARCHIES = 16 };

static struct {
	char **argv;
	int pidfd;
	int cgroup;             /* v2: the directory to clone into, or -1 */
	int tasks[HIERARCHIES]; /* v1: their tasks, open */
	int count;
} run = { .cgroup = -1 };

/* One line of /proc/PID/cgroup, "3:pids:/x" or "0::/x": the way in, if it is of that version. */
static void open_cgroup(char *line, bool v2)
{
	char *name = strchr(line, ':') + 1, *at = strchr(name, ':');
	char path[640];

	*at++ = '\0';
	at[strcspn(at, "\n")] = '\0';
	if ((name[0] == '\0') != v2)
		return;
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s%s%s%s", v2 ? "" : "/",
		       strncmp(name, "name=", 5) == 0 ? name + 5 : name, at, v2 ? "" : "/tasks");
	if (v2)
		run.cgroup = MUST(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	else
		run.tasks[run.count++] = MUST(open(path, O_WRONLY | O_CLOEXEC));
}

static void find_cgroups(const char *pid, bool v2)
{
	char line[512], path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%s/cgroup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		open_cgroup(line, v2);
	if (file)
		(void)fclose(file);
}

static _Noreturn void inside(void *unused)
{
	static char *environment[] = { (char *)"PATH=/bin", NULL };

	(void)unused;
	for (int i = 0; i < run.count; i++)
		MUST(write(run.tasks[i], "0", 1));
	MUST(setns(run.pidfd, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET));
	floor_privileges();
	(void)execve(run.argv[0], run.argv, environment);
	die("execve");
}

int main(int argc, char **argv)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int status, pid;

	if (argc < 4) {
		dprintf(2, "usage: floor_exec PID v1|v2|none PROGRAM [ARGUMENT...]\n");
		return 98;
	}
	run.argv = argv + 3;
	run.pidfd = MUST(syscall(SYS_pidfd_open, atoi(argv[1]), 0));
	if (strcmp(argv[2], "none") != 0)
		find_cgroups(argv[1], strcmp(argv[2], "v2") == 0);
	if (run.cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)run.cgroup;
	}
	MUST(setns(run.pidfd, CLONE_NEWPID)); /* for the one that is born now */
	pid = MUST(vclone(&args, inside, NULL));
	MUST(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
