/* foreground_relay.c - see foreground_relay.h. */
#include "container/foreground_relay.h"

#include "base/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

void foreground_relay_init(struct foreground_relay *relay, int from, int to)
{
	relay->from = from;
	relay->to = to;
	relay->dry = false;
	relay->failed = 0;
	relay->head = 0;
	relay->used = 0;
	relay->total = 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_transient(int errnum)
{
	return errnum == EAGAIN || errnum == EINTR;
}

short foreground_relay_wants_read(const struct foreground_relay *relay)
{
	return relay->from >= 0 && relay->used < FOREGROUND_RING ? POLLIN : 0;
}

short foreground_relay_wants_write(const struct foreground_relay *relay)
{
	return relay->to >= 0 && relay->used > 0 ? POLLOUT : 0;
}

void foreground_relay_fill(struct foreground_relay *relay)
{
	size_t tail = (relay->head + relay->used) % FOREGROUND_RING;
	size_t room = smaller(FOREGROUND_RING - relay->used, FOREGROUND_RING - tail);
	ssize_t got;

	if (!foreground_relay_wants_read(relay))
		return;
	got = read(relay->from, relay->ring + tail, room);
	relay->dry = got <= 0;
	if (got == 0 || (got < 0 && !is_transient(errno)))
		relay->from = FD_NONE; /* end-of-file, or a terminal that has hung up */
	if (got <= 0)
		return;
	relay->total += (size_t)got;
	if (relay->to >= 0)
		relay->used += (size_t)got;
}

/* Nobody reads any more. The writer must not notice: keep reading, throw away. */
static void lose_reader(struct foreground_relay *relay, int errnum)
{
	if (errnum != EPIPE && errnum != EIO)
		relay->failed = errnum;
	relay->to = FD_NONE;
	relay->used = 0;
}

void foreground_relay_flush(struct foreground_relay *relay)
{
	/*
	 * PIPE_BUF: after POLLOUT a pipe takes that much at once, so that the write does not wait
	 * even where the descriptor is a blocking one.
	 */
	size_t size = smaller(smaller(relay->used, PIPE_BUF), FOREGROUND_RING - relay->head);
	ssize_t put;

	if (!foreground_relay_wants_write(relay))
		return;
	put = write(relay->to, relay->ring + relay->head, size);
	if (put < 0) {
		if (!is_transient(errno))
			lose_reader(relay, errno);
		return;
	}
	relay->head = (relay->head + (size_t)put) % FOREGROUND_RING;
	relay->used -= (size_t)put;
}
