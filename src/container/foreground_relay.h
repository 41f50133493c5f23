/*
 * foreground_relay.h - one direction of the terminal proxy: a bounded ring between two
 * descriptors, moved only when poll() says that something can move.
 */
#ifndef TARE_CONTAINER_FOREGROUND_RELAY_H
#define TARE_CONTAINER_FOREGROUND_RELAY_H

#include <stdbool.h>
#include <stddef.h>

enum { FOREGROUND_RING = 16384 };

struct foreground_relay {
	int from;   /* borrowed; FD_NONE once nothing more can be read */
	int to;     /* borrowed; FD_NONE once nobody reads: what comes is then thrown away */
	bool dry;   /* the last read found nothing */
	int failed; /* errno of a write that lost data although somebody may read; 0 otherwise */
	size_t head;
	size_t used;
	size_t total; /* bytes read so far */
	unsigned char ring[FOREGROUND_RING];
};

void foreground_relay_init(struct foreground_relay *relay, int from, int to);

/* The events worth waiting for, of poll(); 0 when that end cannot progress. */
short foreground_relay_wants_read(const struct foreground_relay *relay);
short foreground_relay_wants_write(const struct foreground_relay *relay);

/* One read into the ring, or one write out of it. */
void foreground_relay_fill(struct foreground_relay *relay);
void foreground_relay_flush(struct foreground_relay *relay);

#endif
