/*
 * timer.c - runs commands in turn, many times, and prints how long each took.
 *
 *   timer ROUNDS WARM-UP -- COMMAND... [+ COMMAND...] [-- COMMAND... [+ ...]]...
 *
 * Each `--` begins an entry (a runtime), each `+` the next command of its chain (create + start
 * + ...). Every round runs all entries once, each a whole chain, beginning with another one each
 * time, so that whatever else the machine does hits all of them alike. Prints a line per command
 * and round: ENTRY COMMAND NANOSECONDS. The measured time is from vfork to the reaped child, in a
 * small static program: a Python parent would add a millisecond. A command that fails ends it all
 * with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ENTRIES = 16, CHAIN = 8 };

static char **commands[ENTRIES][CHAIN];
static int lengths[ENTRIES];
static int entries;

static uint64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int run(char **argv)
{
	int status = 0;
	const pid_t pid = vfork();

	if (pid == 0) {
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (status == 0)
		return 0;
	fprintf(stderr, "timer: %s %s failed: wait status %#x\n", argv[0], argv[1] ? argv[1] : "",
		(unsigned)status);
	return -1;
}

static int run_entry(int entry, int report)
{
	for (int i = 0; i < lengths[entry]; i++) {
		const uint64_t begun = now();

		if (run(commands[entry][i]) < 0)
			return -1;
		if (report)
			printf("%d %d %llu\n", entry, i, (unsigned long long)(now() - begun));
	}
	return 0;
}

static int parse(char **argv)
{
	for (; *argv; argv++) {
		const int next = strcmp(*argv, "+") == 0;

		if (strcmp(*argv, "--") != 0 && !next)
			continue;
		if (!next && ++entries > ENTRIES)
			return -1;
		if (entries == 0 || lengths[entries - 1] == CHAIN)
			return -1;
		*argv = NULL; /* ends the command before it */
		commands[entries - 1][lengths[entries - 1]++] = argv + 1;
	}
	return entries > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	const long rounds = argc > 4 ? strtol(argv[1], NULL, 10) : 0;
	const long warm_up = argc > 4 ? strtol(argv[2], NULL, 10) : 0;
	const int out = fcntl(1, F_DUPFD_CLOEXEC, 3);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (rounds < 1 || parse(argv + 3) < 0) {
		fprintf(stderr,
			"usage: timer ROUNDS WARM-UP -- COMMAND... [+ COMMAND...] [-- ...]\n");
		return 2;
	}
	/* what the commands print is not wanted; stdout of ours is kept aside */
	if (out < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || !(stdout = fdopen(out, "w")))
		return 2;
	for (long i = 0; i < rounds + warm_up; i++) {
		for (int k = 0; k < entries; k++)
			if (run_entry((int)((k + i) % entries), i >= warm_up) < 0)
				return 1;
	}
	return fclose(stdout) == 0 ? 0 : 1;
}
