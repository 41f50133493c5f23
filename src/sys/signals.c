/* signals.c - see signals.h. */
#include "sys/signals.h"

#include "base/fd.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ERROR_CODE CODE_FOREGROUND

static const int not_forwarded[] = {
	/* Nobody can catch these. */
	SIGKILL,
	SIGSTOP,
	/* About tare's own children, sockets, output and window. */
	SIGCHLD,
	SIGURG,
	SIGPIPE,
	SIGWINCH,
	/*
	 * Raised by a fault of tare itself. Blocked, they would kill it before the terminal is
	 * restored. SIGABRT is not here: abort() unblocks it, and some use it to stop a program.
	 */
	SIGSEGV,
	SIGBUS,
	SIGFPE,
	SIGILL,
	SIGTRAP,
	SIGSYS,
	/*
	 * tare touched a terminal that belongs to another job. It has to stop until it is put in
	 * the foreground, as any job does: the container has no part in it. (SIGTSTP is forwarded,
	 * as runc does: the container sits in a session of its own, where ^Z does not reach it.)
	 */
	SIGTTIN,
	SIGTTOU,
};

/* nohup asks that a vanishing terminal end nothing; that holds for the container too. */
static bool hangup_is_ignored(void)
{
	struct sigaction action;

	return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_forwardable(sigset_t *set)
{
	(void)sigfillset(set);
	for (size_t i = 0; i < sizeof(not_forwarded) / sizeof(not_forwarded[0]); i++)
		(void)sigdelset(set, not_forwarded[i]);
	if (hangup_is_ignored())
		(void)sigdelset(set, SIGHUP);
}

int signals_open(const sigset_t *set, sigset_t *old_mask, struct error *err)
{
	owned_fd fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return error_sys(err, errno, "signalfd", NULL, "cannot open a signalfd");
	if (sigprocmask(SIG_BLOCK, set, old_mask) < 0)
		return error_sys(err, errno, "rt_sigprocmask", NULL, "cannot block signals");
	return take_fd(&fd);
}

int signals_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t got = read(fd, &info, sizeof(info));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return got == (ssize_t)sizeof(info) ? (int)info.ssi_signo : -EIO;
}
