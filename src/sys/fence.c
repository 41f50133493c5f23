/* fence.c - see fence.h. */
#include "sys/fence.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR_CODE CODE_DESCRIPTORS

/*
 * A closed standard stream would be taken by the first file that is opened, and the container, or
 * a message meant for stderr, would write to it. Not close-on-exec: it is the program's stream.
 */
static int open_standard_streams(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int opened;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		opened = open("/dev/null", O_RDWR | O_NOCTTY);
		if (opened < 0)
			return error_sys(
			    err, errno, "open", NULL,
			    "file descriptor %d is closed and /dev/null cannot be opened", fd);
	}
	return 0;
}

static int check_preserved(unsigned count, struct error *err)
{
	if (count > INT_MAX - 3)
		return error_set(err, EINVAL, NULL, "there cannot be %u descriptors to preserve",
				 count);
	for (int fd = 3; fd < 3 + (int)count; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return error_set(err, EBADF, NULL,
					 "file descriptor %d is to be preserved but is not open",
					 fd);
	}
	return 0;
}

static int raise_limit(struct fence *saved, struct error *err)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, &saved->nofile) < 0)
		return error_sys(err, errno, "prlimit64", NULL, "cannot read RLIMIT_NOFILE");
	raised = saved->nofile;
	raised.rlim_cur = raised.rlim_max;
	/*
	 * Refused when fs.nr_open was lowered below the hard limit. Nothing is lost by that: a
	 * bundle that needs more descriptors than there are will say so (EMFILE).
	 */
	(void)setrlimit(RLIMIT_NOFILE, &raised);
	return 0;
}

static int set_signal(int signal, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	(void)sigemptyset(&action.sa_mask);
	return sigaction(signal, &action, NULL) < 0 ? -errno : 0;
}

int fence_start(unsigned preserve_fds, struct fence *saved, struct error *err)
{
	int r = open_standard_streams(err);

	if (r == 0)
		r = check_preserved(preserve_fds, err);
	if (r < 0)
		return r;
	if (syscall(SYS_close_range, 3 + preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_sys(err, errno, "close_range", NULL,
				 "cannot keep inherited file descriptors out of the container");
	r = raise_limit(saved, err);
	if (r < 0)
		return r;
	/* A reader that goes away (a log pipe, an engine) is EPIPE, not the end in mid-work. */
	r = set_signal(SIGPIPE, SIG_IGN);
	/* A caller that ignored it would have the kernel reap our children before we have asked. */
	if (r == 0)
		r = set_signal(SIGCHLD, SIG_DFL);
	return r < 0 ? error_sys(err, -r, "rt_sigaction", NULL, "cannot set up signals") : 0;
}

int fence_undo(const struct fence *saved)
{
	if (setrlimit(RLIMIT_NOFILE, &saved->nofile) < 0)
		return -errno;
	return set_signal(SIGPIPE, SIG_DFL);
}
