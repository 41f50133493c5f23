/*
 * foreground_proxy.h - the terminal of a container in the foreground, joined to our own stdio.
 *
 * stdin goes to the master side of the container's terminal, what comes from there to stdout;
 * our own terminal is in raw mode meanwhile. Without a console every function does nothing.
 */
#ifndef TARE_CONTAINER_FOREGROUND_PROXY_H
#define TARE_CONTAINER_FOREGROUND_PROXY_H

#include "base/error.h"
#include "container/foreground_relay.h"
#include "sys/tty.h"

#include <poll.h>

enum { FOREGROUND_PROXY_FDS = 3 }; /* of pollfds: stdin, console, stdout */

struct foreground_proxy {
	int console; /* borrowed master, or FD_NONE */
	int slave;   /* owned: while it is open, the master never sees a hang-up */
	int in;      /* owned: stdin and stdout as opened for this */
	int out;
	struct tty_raw raw;
	struct foreground_relay input;
	struct foreground_relay output;
};

/* `console` may be FD_NONE. After a failure, too, foreground_proxy_stop() is to be called. */
int foreground_proxy_start(struct foreground_proxy *proxy, int console,
			   struct error *err) MUST_CHECK;

/* Restore the terminal and close what was opened. Fits __attribute__((cleanup)). */
void foreground_proxy_stop(struct foreground_proxy *proxy);

/* Say what to wait for, and do what poll() found possible. */
void foreground_proxy_poll(const struct foreground_proxy *proxy, struct pollfd *fds);
void foreground_proxy_move(struct foreground_proxy *proxy, const struct pollfd *fds);

/* Give the container's terminal the size of ours. */
void foreground_proxy_resize(const struct foreground_proxy *proxy);

/* tare was stopped and goes on: a shell may have changed modes and size in between. */
void foreground_proxy_resume(const struct foreground_proxy *proxy);

/* The container has ended: takes no more input. What is left of its output can still be read. */
void foreground_proxy_end(struct foreground_proxy *proxy);

/* After that: read on, and true as long as some of the output waits for stdout. */
bool foreground_proxy_pending(struct foreground_proxy *proxy);

#endif
