/*
 * resctrl.c - run a command on a directory that behaves like resctrl, on a machine that has none.
 *
 *   resctrl ROOT COMMAND...
 *
 * The command is traced, and what the kernel does by itself there is done for it: a directory that
 * it makes in ROOT is filled before mkdir returns (tasks, schemata, mon_groups; below mon_groups
 * tasks alone), and one that it removes is emptied before. Nobody else is traced. The exit status
 * is the command's (128 + signal).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/ptrace.h and sys/ptrace.h do not go together */
struct call_info {
	unsigned char op;
	unsigned char pad[3];
	unsigned int arch;
	unsigned long long pointers[2];
	union {
		struct {
			unsigned long long nr;
			unsigned long long args[6];
		} entry;
		struct {
			long long value;
			unsigned char failed;
		} exit;
	};
};

enum { ENTRY = 1, EXIT = 2, TROUBLE = 4 };

static char made[PATH_MAX]; /* the directory of a mkdir that has begun, or "" */

static void die(const char *what)
{
	fprintf(stderr, "resctrl: %s: %s\n", what, strerrorname_np(errno));
	exit(TROUBLE);
}

/* The path of (dirfd, name) as the command means it. */
static bool read_path(pid_t pid, const struct call_info *info, char path[PATH_MAX])
{
	char name[PATH_MAX / 2] = "", link[64], dir[PATH_MAX / 2];
	struct iovec to = { name, sizeof(name) - 1 };
	struct iovec from = { (void *)(unsigned long)info->entry.args[1], sizeof(name) - 1 };
	ssize_t len;

	/* up to the end of the page that the name begins in, if not more */
	if (process_vm_readv(pid, &to, 1, &from, 1, 0) <= 0) {
		from.iov_len = 4096 - info->entry.args[1] % 4096;
		if (process_vm_readv(pid, &to, 1, &from, 1, 0) <= 0)
			return false;
	}
	if (name[0] == '/') {
		snprintf(path, PATH_MAX, "%s", name);
		return true;
	}
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, (int)info->entry.args[0]);
	len = readlink(link, dir, sizeof(dir) - 1);
	if (len < 0)
		return false;
	dir[len] = '\0';
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return true;
}

static bool is_in(const char *root, const char *path)
{
	const size_t len = strlen(root);

	return strncmp(path, root, len) == 0 && path[len] == '/';
}

static void make_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%.2000s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		die(path);
	close(fd);
}

static void fill(const char *dir)
{
	char path[PATH_MAX];

	make_file(dir, "tasks");
	if (strstr(dir, "/mon_groups/"))
		return;
	make_file(dir, "schemata");
	snprintf(path, sizeof(path), "%.2000s/mon_groups", dir);
	if (mkdir(path, 0755) < 0)
		die(path);
}

static void empty(const char *dir)
{
	static const char *const names[] = { "tasks", "schemata", "mon_groups" };
	char path[PATH_MAX];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%.2000s/%s", dir, names[i]);
		(void)remove(path);
	}
}

static void look(pid_t pid, const char *root)
{
	struct call_info info = { 0 };
	char path[PATH_MAX];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0)
		return;
	if (info.op == ENTRY) {
		made[0] = '\0';
		if (info.entry.nr == SYS_mkdirat && read_path(pid, &info, path) &&
		    is_in(root, path))
			snprintf(made, sizeof(made), "%s", path);
		if (info.entry.nr == SYS_unlinkat && info.entry.args[2] & AT_REMOVEDIR &&
		    read_path(pid, &info, path) && is_in(root, path))
			empty(path);
	} else if (info.op == EXIT && made[0]) {
		if (!info.exit.failed)
			fill(made);
		made[0] = '\0';
	}
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	if (argc < 3)
		return TROUBLE;
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0L, NULL, NULL);
		raise(SIGSTOP);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork");
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)PTRACE_O_TRACESYSGOOD);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	while (waitpid(pid, &status, __WALL) == pid) {
		long signal = 0;

		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			look(pid, argv[1]);
		else if (WSTOPSIG(status) != SIGTRAP)
			signal = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)signal);
	}
	return TROUBLE;
}
