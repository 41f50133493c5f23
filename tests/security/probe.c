/*
 * probe.c - looks around inside a container and tries what it should not be able to do.
 *
 *   probe fds              the open descriptors, one a line, without help of /proc
 *   probe cwd              "inside" or "outside": what the working directory leads to
 *   probe read PATH...     open each for reading: "PATH ok" or "PATH ERRNO"
 *   probe write PATH...    the same for writing
 *   probe flags PATH...    is what is seen there mounted read-only? "PATH ro" or "PATH rw"
 *   probe undo PATH...     every way to make a mount writable, or to be rid of it
 *   probe spy SECONDS SECRET  watch /proc for processes on their way into our pid namespace, and
 *                          try to get at what they can do, or at the file SECRET of the host; ends
 *                          at SIGTERM, too
 *
 * Static, since an image may have no libc; no shell either where /bin is hostile.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FD_LIMIT = 1 << 20, UP = 64, BEHIND = 8, AHEAD = 32, HELD = 8 };

/* From <sys/mount.h>, which does not go together with <linux/mount.h> everywhere. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);

static const char *errno_name(int number)
{
	return number == 0 ? "ok" : strerrorname_np(number);
}

static int probe_fds(void)
{
	for (int fd = 0; fd < FD_LIMIT; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	}
	return 0;
}

/* getcwd(2) itself: the kernel says "(unreachable)" where libc would say ENOENT. */
static int probe_cwd(void)
{
	struct stat here, root;
	char path[4096];
	long len = syscall(SYS_getcwd, path, sizeof(path));

	for (int i = 0; i < UP; i++) {
		if (chdir("..") < 0)
			break;
	}
	if (stat(".", &here) < 0 || stat("/", &root) < 0)
		return 1;
	puts(len > 0 && path[0] == '/' && here.st_dev == root.st_dev && here.st_ino == root.st_ino
		 ? "inside"
		 : "outside");
	return 0;
}

static int probe_open(char **paths, int flags)
{
	for (; *paths; paths++) {
		int fd = open(*paths, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		printf("%s %s\n", *paths, errno_name(fd < 0 ? errno : 0));
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static int probe_flags(char **paths)
{
	struct statvfs fs;

	for (; *paths; paths++) {
		if (statvfs(*paths, &fs) == 0)
			printf("%s %s\n", *paths, fs.f_flag & ST_RDONLY ? "ro" : "rw");
	}
	return 0;
}

static void say(const char *path, const char *attempt, long rc)
{
	printf("%s %s %s\n", path, attempt, errno_name(rc < 0 ? errno : 0));
}

static int probe_undo(char **paths)
{
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
	const unsigned long remount = 32, bind = 4096;

	for (; *paths; paths++) {
		const char *path = *paths;

		say(path, "remount", mount(NULL, path, NULL, remount | bind, NULL));
		say(path, "setattr",
		    syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &writable,
			    sizeof(writable)));
		say(path, "clone", syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE));
		say(path, "tmpfs", mount("tmpfs", path, "tmpfs", 0, NULL));
		say(path, "unmount", umount2(path, 2));
	}
	return 0;
}

/* ---- spy */

/* A number of /proc/PID/status, 0 if there is none. */
static uint64_t status_field(pid_t pid, const char *name)
{
	char path[64], line[256];
	uint64_t value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 16);
	}
	if (file)
		fclose(file);
	return value;
}

/* What it did, to show that it was at work: a newcomer, one of them seized, a memfd in our hands.
 */
static struct {
	unsigned long seen, seized, held;
} spied;

static volatile sig_atomic_t spy_is_over;

static void spy_end(int number)
{
	(void)number;
	spy_is_over = 1;
}

static void found(pid_t pid, const char *what, const char *which)
{
	printf("caught %d: %s %s\n", pid, what, which);
	fflush(stdout);
}

/* Capabilities that the process has, and we have not. */
static uint64_t spy_more(pid_t pid)
{
	static uint64_t own;

	if (own == 0)
		own = status_field(getpid(), "CapPrm:");
	return status_field(pid, "CapPrm:") & ~own;
}

/* Under our hand (stopped, or its memory open to write), can it do more than we? */
static void spy_seize(pid_t pid)
{
	char path[64];
	int fd, status;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && spy_more(pid) != 0)
		found(pid, "memory of a process with more capabilities", "");
	if (fd >= 0)
		close(fd);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		spied.seized++;
		if (spy_more(pid) != 0)
			found(pid, "seized a process with more capabilities", "");
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* Sockets, pipes and what lives in memory is the helper's own business; a file of the host is not.
 */
static void spy_descriptors(pid_t pid)
{
	char path[64], target[256];
	ssize_t len;

	for (int n = 3; n < 16; n++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, n);
		len = readlink(path, target, sizeof(target) - 1);
		target[len < 0 ? 0 : len] = '\0';
		if (target[0] == '/' && strncmp(target, "/memfd:", 7) != 0)
			found(pid, "a descriptor of", target);
	}
}

/*
 * Only what lives in memory is written to, since a seal shows only then. If this program wins
 * against a file of the host, that it could be opened is proof enough: the file may well be the
 * machine's own.
 */
static bool spy_may_write(const char *path)
{
	char target[256];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool may = fd >= 0;

	target[len < 0 ? 0 : len] = '\0';
	if (strncmp(target, "/memfd:", 7) == 0)
		may = may && write(fd, "x", 1) > 0;
	if (fd >= 0)
		close(fd);
	return may;
}

/*
 * The program of a process, by a descriptor that outlives it: while it runs nobody may write to it,
 * later somebody might (CVE-2019-5736). A file of our own root is fair game.
 */
static void spy_program(pid_t pid)
{
	static int held[HELD];
	static unsigned count; /* of all that there were; the last HELD are kept */
	char path[64], target[256];
	struct stat program, root;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &program) == 0 && stat("/", &root) == 0 &&
	    program.st_dev != root.st_dev) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		target[len < 0 ? 0 : len] = '\0';
		if (strncmp(target, "/memfd:", 7) != 0)
			found(pid, "a program of the host:", target);
		if (count >= HELD)
			close(held[count % HELD]);
		held[count++ % HELD] = fd;
		spied.held++;
	} else if (fd >= 0) {
		close(fd);
	}
	for (unsigned i = 0; i < HELD && i < count; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", held[i]);
		if (spy_may_write(path))
			found(pid, "may write to a program that is held", "");
	}
}

/* Does a directory of the process lead to the secret of the host? Is its program a host's file? */
static void spy_files(pid_t pid, const char *secret)
{
	static const char *const ways[] = { "root", "cwd", "cwd/..", "cwd/../../../../../.." };
	char path[512];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s%s", pid, ways[i], secret);
		if (access(path, F_OK) == 0)
			found(pid, "a way to the host by", ways[i]);
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (spy_may_write(path)) /* a running program is ETXTBSY, unless it is no file */
		found(pid, "may write to the program", "");
	spy_descriptors(pid);
	spy_program(pid);
}

/* Ids are given out in order: the next newcomers are just behind the latest one. */
static int probe_spy(int seconds, const char *secret)
{
	pid_t latest = getpid();
	time_t end = time(NULL) + seconds;
	struct sigaction action = { .sa_handler = spy_end };

	sigaction(SIGTERM, &action, NULL);
	puts("watching");
	fflush(stdout);
	while (time(NULL) < end && !spy_is_over) {
		for (pid_t pid = latest - BEHIND; pid < latest + AHEAD; pid++) {
			if (pid <= getpid() || kill(pid, 0) < 0)
				continue;
			if (pid > latest) {
				latest = pid;
				spied.seen++;
			}
			spy_files(pid, secret);
			spy_seize(pid);
		}
	}
	printf("seen %lu\nseized %lu\nheld %lu\n", spied.seen, spied.seized, spied.held);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "fds") == 0)
		return probe_fds();
	if (strcmp(what, "cwd") == 0)
		return probe_cwd();
	if (strcmp(what, "read") == 0)
		return probe_open(argv + 2, O_RDONLY);
	if (strcmp(what, "write") == 0)
		return probe_open(argv + 2, O_WRONLY);
	if (strcmp(what, "flags") == 0)
		return probe_flags(argv + 2);
	if (strcmp(what, "undo") == 0)
		return probe_undo(argv + 2);
	if (strcmp(what, "spy") == 0 && argc == 4)
		return probe_spy(atoi(argv[2]), argv[3]);
	fprintf(stderr, "probe: what?\n");
	return 2;
}
