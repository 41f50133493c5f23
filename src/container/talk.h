/*
 * talk.h - tare's side of the conversation with tare-init (include/tare/program.h).
 */
#ifndef TARE_CONTAINER_TALK_H
#define TARE_CONTAINER_TALK_H

#include "base/error.h"
#include "tare/program.h"

struct talk {
	int host;   /* our end */
	int helper; /* the end that tare-init inherits; closed here after the clone */
};

int talk_open(struct talk *talk, struct error *err) MUST_CHECK;
void talk_close(struct talk *talk);

/* Answer an await. 0, or -errno: -EPIPE if the helper is gone, which talk_receive() will tell. */
int talk_go(const struct talk *talk) MUST_CHECK;

/*
 * The next report, and the descriptor that came with it (owned) or FD_NONE. 1 for a report, 0 for
 * end-of-file, or -errno. What comes from the other side is judged: a malformed report is -EBADMSG.
 */
int talk_receive(const struct talk *talk, struct report *report, int *fd) MUST_CHECK;

#endif
