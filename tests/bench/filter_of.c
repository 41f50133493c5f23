/*
 * filter_of.c - writes the seccomp filter of a running process, as raw BPF, to stdout: the floor
 * is measured with the very filter that the runtime attaches.
 *
 *   filter_of PID [INDEX]
 *
 * INDEX counts from the filter that was attached last (0). Needs CAP_SYS_ADMIN.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { INSTRUCTIONS = 4096 };

int main(int argc, char **argv)
{
	static struct sock_filter filter[INSTRUCTIONS];
	const pid_t pid = argc > 1 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	const long index = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	long count;

	if (pid <= 0 || ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 ||
	    waitpid(pid, NULL, __WALL) != pid) {
		fprintf(stderr, "filter_of: cannot attach: %s\n", strerror(errno));
		return 1;
	}
	count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, filter);
	if (count <= 0 || count > INSTRUCTIONS) {
		fprintf(stderr, "filter_of: no filter: %s\n", strerror(errno));
		return 1;
	}
	return fwrite(filter, sizeof(filter[0]), (size_t)count, stdout) == (size_t)count ? 0 : 1;
}
