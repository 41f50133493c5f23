/*
 * state.h - the directory of a container under the state root (/run/tare/ID).
 *
 * mkdir of it decides who owns an id. What is going to be created is written there before it is
 * created, so that it can be cleaned up whatever happens in between.
 */
#ifndef TARE_CONTAINER_STATE_H
#define TARE_CONTAINER_STATE_H

#include "base/error.h"
#include "ocispec/config.h"

struct state {
	int root; /* the state root */
	int dir;  /* of this container */
	char id[256];
};

/* Take the id: makes the root (0700) if need be, and the directory. -EEXIST: it is taken. */
int state_create(struct state *state, const char *root, const char *id,
		 struct error *err) MUST_CHECK;

/* Write state.json: to a new file, then renamed, so that nobody reads half of one. */
int state_write(const struct state *state, const struct oci_state *content,
		struct error *err) MUST_CHECK;

/* Remove the directory and everything in it. */
int state_remove(struct state *state, struct error *err) MUST_CHECK;

void state_close(struct state *state);

#endif
