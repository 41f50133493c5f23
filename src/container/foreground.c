/* foreground.c - see foreground.h. */
#include "container/foreground.h"

#include "base/fd.h"
#include "container/foreground_proxy.h"
#include "sys/pidfd.h"
#include "sys/signals.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERROR_CODE CODE_FOREGROUND

int foreground_prepare(struct foreground *fg, sigset_t *old_mask, struct error *err)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t watched;

	fg->signals = FD_NONE;
	if (fg->subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1UL) < 0)
		return error_sys(err, errno, "prctl", NULL, "cannot become a subreaper");
	/* Ignored by the caller, it would make the kernel reap the container, status and all. */
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGCHLD, &action, NULL) < 0)
		return error_sys(err, errno, "rt_sigaction", NULL, "cannot watch for SIGCHLD");
	signals_forwardable(&watched);
	(void)sigaddset(&watched, SIGCHLD);
	(void)sigaddset(&watched, SIGWINCH);
	fg->signals = signals_open(&watched, old_mask, err);
	return fg->signals < 0 ? fg->signals : 0;
}

void foreground_finish(struct foreground *fg)
{
	close_fd(&fg->signals);
}

/*
 * Reap whatever was adopted from the container; its own process is left for pidfd_wait(). Should
 * that be the first to be found, the rest does not matter: tare leaves too.
 */
static void reap_orphans(pid_t keep)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
			return;
		if (info.si_pid == 0 || info.si_pid == keep)
			return;
		(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG | __WALL);
	}
}

static int take_signals(struct foreground *fg, const struct foreground_proxy *proxy,
			struct error *err)
{
	int signal;

	while ((signal = signals_next(fg->signals)) > 0) {
		if (signal == SIGCHLD) {
			reap_orphans(fg->pid);
		} else if (signal == SIGWINCH) {
			foreground_proxy_resize(proxy);
		} else {
			if (signal == SIGCONT)
				foreground_proxy_resume(proxy);
			/*
			 * Refused only when the process has just ended. That a first process
			 * without a handler ignores it is the kernel's rule for pid namespaces.
			 */
			(void)pidfd_signal(fg->pidfd, signal);
		}
	}
	return signal < 0 ? error_sys(err, -signal, "read", NULL, "cannot read signals") : 0;
}

/*
 * poll(), not select(): descriptors may be above 1023. Who waits to write looks again each second:
 * that a terminal has room is not always told (foreground_proxy_move()).
 */
static int wait_events(struct pollfd *fds, nfds_t count, struct error *err)
{
	int timeout = -1;

	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].fd >= 0 && fds[i].events & POLLOUT)
			timeout = 1000;
	}
	while (poll(fds, count, timeout) < 0) {
		if (errno != EINTR)
			return error_sys(err, errno, "poll", NULL,
					 "cannot wait for the container's process");
	}
	return 0;
}

/* What is supervised stays this process, which stays with the container. */
static int take_notice(struct foreground *fg, const struct pollfd *poll_fd, struct error *err)
{
	return poll_fd->revents ? notify_take(fg->notify, getpid(), err) : 0;
}

static int follow(struct foreground *fg, struct foreground_proxy *proxy, struct error *err)
{
	struct pollfd fds[3 + FOREGROUND_PROXY_FDS];
	int r;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = fg->signals, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = fg->pidfd, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = fg->notify ? fg->notify->inside : FD_NONE,
					  .events = POLLIN };
		foreground_proxy_poll(proxy, fds + 3);
		r = wait_events(fds, 3 + FOREGROUND_PROXY_FDS, err);
		if (r == 0 && fds[0].revents)
			r = take_signals(fg, proxy, err);
		if (r == 0)
			r = take_notice(fg, &fds[2], err);
		if (r < 0)
			return r;
		foreground_proxy_move(proxy, fds + 3);
		if (fds[1].revents)
			return 0;
	}
}

static bool ends_a_program(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/*
 * The process has ended; write what is left of its output. There is nobody to forward a signal to
 * any more: one that asks for an end is meant for us, who may be waiting for a stuck reader.
 */
static int finish_output(struct foreground *fg, struct foreground_proxy *proxy, struct error *err)
{
	struct pollfd fds[1 + FOREGROUND_PROXY_FDS];
	int signal;
	int r;

	foreground_proxy_end(proxy);
	while (foreground_proxy_pending(proxy)) {
		fds[0] = (struct pollfd){ .fd = fg->signals, .events = POLLIN };
		foreground_proxy_poll(proxy, fds + 1);
		r = wait_events(fds, 1 + FOREGROUND_PROXY_FDS, err);
		if (r < 0)
			return r;
		while ((signal = signals_next(fg->signals)) > 0) {
			if (ends_a_program(signal))
				return 0;
		}
		if (signal < 0)
			return error_sys(err, -signal, "read", NULL, "cannot read signals");
		foreground_proxy_move(proxy, fds + 1);
	}
	if (proxy->output.failed)
		return error_sys(err, proxy->output.failed, "write", NULL,
				 "cannot write the container's output to stdout");
	return 0;
}

int foreground_wait(struct foreground *fg, int *exit_status, struct error *err)
{
	__attribute__((cleanup(foreground_proxy_stop))) struct foreground_proxy proxy;
	int r;

	*exit_status = -1;
	r = foreground_proxy_start(&proxy, fg->console, err);
	if (r == 0)
		r = follow(fg, &proxy, err);
	if (r < 0)
		return r;
	r = pidfd_wait(fg->pidfd, exit_status);
	if (r < 0)
		return error_sys(err, -r, "waitid", NULL,
				 "cannot learn how the container's process ended");
	return finish_output(fg, &proxy, err);
}
