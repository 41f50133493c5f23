/*
 * notify.h - NOTIFY_SOCKET: "I am ready" from the container to whoever supervises us
 * (sd_notify(3)).
 *
 * The container has a socket of its own at /run/notify, out of the state directory: the host's
 * would let it say anything about us. Of what arrives there READY=1 is passed on, with the pid that
 * is to be supervised from then on.
 */
#ifndef TARE_CONTAINER_NOTIFY_H
#define TARE_CONTAINER_NOTIFY_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

#define NOTIFY_DIRECTORY "notify"      /* in the state directory; bound, read-only */
#define NOTIFY_SOCKET    "notify.sock" /* in it */

struct notify {
	int inside; /* what the container writes to, until it has said that it is ready */
	int host;   /* connected to the supervisor */
};

#define NOTIFY_NONE                                                                                \
	{                                                                                          \
		.inside = -EBADF, .host = -EBADF                                                   \
	}

/* create: the directory that will be bound. */
int notify_prepare(int state_dir, struct error *err) MUST_CHECK;

/*
 * Before the program runs: connect to `host` (a path, or an abstract name behind '@') and bind the
 * container's socket. A container that was created without one has none: nothing is done then.
 */
int notify_open(struct notify *notify, int state_dir, const char *host,
		struct error *err) MUST_CHECK;

/* Something has arrived in `inside`: pass it on if it is READY=1, with this pid. Does not wait. */
int notify_take(struct notify *notify, pid_t pid, struct error *err) MUST_CHECK;

/*
 * Until it is ready, or has ended; then until the supervisor has taken note, 30 seconds at most:
 * our own end must not come first.
 */
int notify_wait(struct notify *notify, int pidfd, pid_t pid, struct error *err) MUST_CHECK;

void notify_close(struct notify *notify);

#endif
