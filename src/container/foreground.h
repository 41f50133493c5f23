/*
 * foreground.h - stay with a container's process until it ends (tare run, tare exec).
 *
 * Forwards signals, proxies the terminal and its size, reaps orphans (subreaper), and returns
 * the exit status as runc does: the program's own, or 128 + signal.
 */
#ifndef TARE_CONTAINER_FOREGROUND_H
#define TARE_CONTAINER_FOREGROUND_H

#include "base/error.h"
#include "container/notify.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct foreground {
	pid_t pid;
	int pidfd;             /* borrowed */
	int console;           /* borrowed: master side of the container's terminal, or FD_NONE */
	int signals;           /* owned by foreground_prepare() and foreground_finish() */
	struct notify *notify; /* borrowed: what the container says to our supervisor; or NULL */
	bool subreaper; /* adopt and reap what the container leaves behind (not --no-subreaper) */
};

#define FOREGROUND_NONE                                                                            \
	{                                                                                          \
		.pidfd = -EBADF, .console = -EBADF, .signals = -EBADF                              \
	}

/*
 * Before the container is cloned: block the signals that will be forwarded, so that none is lost
 * in between, and open the signalfd. Only fg->subreaper is read. Gives the caller's old mask, for
 * hooks and other children; the container's own process starts with an empty mask anyway.
 *
 * The signals stay blocked after foreground_wait(), so that a second ^C does not break into the
 * removal of the container.
 */
int foreground_prepare(struct foreground *fg, sigset_t *old_mask, struct error *err) MUST_CHECK;

/*
 * Run until the process ends and reap it. *exit_status is 0..255. What it wrote to its terminal
 * has then been written to stdout, unless the reader is gone. The terminal is restored in any
 * case. Sets O_NONBLOCK on the console, never on the standard streams.
 *
 * On an error the process may live on, unless *exit_status is not negative: then it has ended,
 * and what failed is the writing of its output (a full disk).
 */
int foreground_wait(struct foreground *fg, int *exit_status, struct error *err) MUST_CHECK;

/* Close the signalfd. Fits __attribute__((cleanup)). */
void foreground_finish(struct foreground *fg);

#endif
