/* tty.c - see tty.h. */
#include "sys/tty.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ERROR_CODE CODE_FOREGROUND

/* What ends tare by its own fault; everything else that could is blocked and forwarded. */
static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };

#define CRASHES (sizeof(crashes) / sizeof(crashes[0]))

/* For the handler, which is told nothing but the signal. Raw mode is used once per process. */
static const struct tty_raw *volatile in_raw;
static struct sigaction before[CRASHES];

static int set_modes(int fd, const struct termios *modes)
{
	int r;

	/* TCSANOW: draining first would wait for a terminal that is stopped with ^S. */
	do
		r = tcsetattr(fd, TCSANOW, modes);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/*
 * True if the terminal is the controlling one and another job has it now: a shell gave it to that
 * job, with modes of its own, which are not to be touched. Async-signal-safe.
 */
static bool in_background(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group > 0 && group != getpgrp();
}

static void forget_crashes(void)
{
	for (size_t i = 0; i < CRASHES; i++)
		(void)sigaction(crashes[i], &before[i], NULL);
}

/*
 * Restore the terminal, then let the signal do what it would have done: a fault strikes again
 * when the handler returns; a signal that was sent has to be sent again.
 */
static void restore_and_crash(int signal, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	(void)context;
	if (in_raw && !in_background(in_raw->fd))
		(void)tcsetattr(in_raw->fd, TCSANOW, &in_raw->saved);
	forget_crashes();
	if (info->si_code <= 0)
		(void)raise(signal);
	errno = saved_errno;
}

static void watch_crashes(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = restore_and_crash;
	/* ONSTACK: the crash may be an overflow of the stack, if somebody has set up another. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	(void)sigfillset(&action.sa_mask);
	for (size_t i = 0; i < CRASHES; i++)
		(void)sigaction(crashes[i], &action, &before[i]);
}

int tty_raw_begin(struct tty_raw *raw, int fd, struct error *err)
{
	int r;

	raw->fd = FD_NONE;
	if (tcgetattr(fd, &raw->saved) < 0) {
		if (errno == EIO)
			return 0;
		return error_sys(err, errno, "ioctl", NULL, "cannot read the terminal's modes");
	}
	raw->raw = raw->saved;
	cfmakeraw(&raw->raw);
	raw->fd = fd;
	in_raw = raw;
	watch_crashes();
	r = set_modes(fd, &raw->raw);
	if (r < 0) {
		tty_raw_end(raw);
		if (r == -EIO)
			return 0;
		return error_sys(err, -r, "ioctl", NULL, "cannot put the terminal in raw mode");
	}
	return 0;
}

void tty_raw_again(const struct tty_raw *raw)
{
	if (raw->fd >= 0 && !in_background(raw->fd))
		(void)set_modes(raw->fd, &raw->raw);
}

void tty_raw_end(struct tty_raw *raw)
{
	if (raw->fd < 0)
		return;
	if (!in_background(raw->fd))
		(void)set_modes(raw->fd, &raw->saved);
	in_raw = NULL;
	forget_crashes();
	raw->fd = FD_NONE;
}

bool tty_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) < 0)
		return false;
	/* 0 x 0 is a terminal that was never told: not a size to impose on a program. */
	if (size.ws_row == 0 && size.ws_col == 0)
		return false;
	return ioctl(to, TIOCSWINSZ, &size) == 0;
}

int tty_open_peer(int master, struct error *err)
{
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return error_sys(err, errno, "ioctl", NULL,
				 "cannot open the other end of the container's terminal");
	return fd;
}
