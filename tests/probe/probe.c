/*
 * probe.c - a static program that the integration tests run inside a container, for what busybox
 * cannot do: bare system calls, the ids of a set-user-ID program, clocks.
 *
 *   probe call NUMBER [ARG...]   "ok RESULT" or "errno NUMBER" of a system call
 *   probe trap NUMBER [ARG...]   the same, with a handler that says "SIGSYS NUMBER-OF-THE-CALL"
 *   probe ids                    real, effective and saved uid
 *   probe attributes FILE...     "FILE NAME HEX" of each extended attribute, links not followed
 *   probe notify MESSAGE...      datagrams to $NOTIFY_SOCKET
 *   probe clocks                 seconds of CLOCK_MONOTONIC and CLOCK_BOOTTIME
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "SIGSYS %d\n", info->si_syscall);

	(void)signal;
	(void)context;
	if (len > 0 && write(STDOUT_FILENO, text, (size_t)len) < 0)
		_exit(2);
	_exit(0);
}

static int call(int argc, char **argv)
{
	long args[7] = { 0 };
	long result;

	for (int i = 0; i < argc && i < 7; i++)
		args[i] = (long)strtoull(argv[i], NULL, 0);
	result = syscall(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	if (result < 0)
		printf("errno %d\n", errno);
	else
		printf("ok %ld\n", result);
	return 0;
}

static int trap(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGSYS, &action, NULL) < 0)
		return 2;
	return call(argc, argv);
}

static int ids(void)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) < 0)
		return 2;
	printf("%u %u %u\n", real, effective, saved);
	return 0;
}

static int attributes(const char *file)
{
	char names[4096], value[4096];
	ssize_t size = llistxattr(file, names, sizeof(names));

	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		const ssize_t len = lgetxattr(file, names + at, value, sizeof(value));

		printf("%s %s ", file, names + at);
		for (ssize_t i = 0; i < len; i++)
			printf("%02x", (unsigned char)value[i]);
		puts("");
	}
	return size < 0 ? 2 : 0;
}

static int all_attributes(char **files)
{
	while (*files) {
		if (attributes(*files++) != 0)
			return 2;
	}
	return 0;
}

static int notify(char **messages)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (!name) {
		puts("no NOTIFY_SOCKET");
		return 0;
	}
	strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
	for (; *messages; messages++) {
		if (sendto(fd, *messages, strlen(*messages), 0, (struct sockaddr *)&address,
			   sizeof(address)) < 0)
			printf("errno %d\n", errno);
	}
	return 0;
}

static int clocks(void)
{
	struct timespec monotonic, boottime;

	if (clock_gettime(CLOCK_MONOTONIC, &monotonic) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &boottime) < 0)
		return 2;
	printf("%ld %ld\n", (long)monotonic.tv_sec, (long)boottime.tv_sec);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "call") == 0)
		return call(argc - 2, argv + 2);
	if (strcmp(what, "trap") == 0)
		return trap(argc - 2, argv + 2);
	if (strcmp(what, "ids") == 0)
		return ids();
	if (strcmp(what, "attributes") == 0)
		return all_attributes(argv + 2);
	if (strcmp(what, "notify") == 0)
		return notify(argv + 2);
	if (strcmp(what, "clocks") == 0)
		return clocks();
	return 2;
}
