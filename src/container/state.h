/*
 * state.h - the directory of a container under the state root (/run/tare/ID).
 *
 * mkdir of it decides who owns an id; an exclusive lock on it who may change the container. What
 * is going to be created is written there before it is created, so that it can be cleaned up
 * whatever happens in between. In it: record.json (tare's journal: lines of JSON, of which the last
 * whole one counts), config.json (as it was read), making (until it is made), waiting (locked by
 * the container's process until start), start (the socket it listens on).
 */
#ifndef TARE_CONTAINER_STATE_H
#define TARE_CONTAINER_STATE_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"
#include "ocispec/read.h"

enum { STATE_RECORD_VERSION = 1 };

struct state {
	int root;    /* the state root */
	int dir;     /* of this container; holds the lock */
	int journal; /* the record, of whoever made it */
	char id[256];
};

/* Take the id: makes the root (0700) if need be, and the directory, locked. -EEXIST: it is taken.
 */
int state_create(struct state *state, const char *root, const char *id,
		 struct error *err) MUST_CHECK;

/* Open the directory of an existing container, unlocked. -ENOENT: "container does not exist". */
int state_open(struct state *state, const char *root, const char *id, struct error *err) MUST_CHECK;

/* Wait (10 s at most) until no other tare works on this container, then keep others out. */
int state_lock(struct state *state, struct error *err) MUST_CHECK;
void state_unlock(struct state *state);

/* Is some tare at work on this container? */
bool state_is_locked(const struct state *state);

/* The journal: whoever reads it meanwhile finds the old record or the new one, never half of one.
 */
int state_save(struct state *state, const struct oci_record *record, struct error *err) MUST_CHECK;
int state_load(const struct state *state, struct arena *arena, struct oci_record **record,
	       struct error *err) MUST_CHECK;

/*
 * A container is being made until its maker says that it is not; a maker that was killed leaves it
 * so until its process has ended.
 */
int state_set_made(const struct state *state, struct error *err) MUST_CHECK;
bool state_is_being_made(const struct state *state);

/* A copy of the config, for what comes later and must not depend on the bundle. */
int state_save_config(const struct state *state, struct oci_text text,
		      struct error *err) MUST_CHECK;
int state_load_config(const struct state *state, struct arena *arena, struct oci_config **config,
		      struct error *err) MUST_CHECK;

/*
 * The gate of a container that is being created: a listening socket, and a locked file whose lock
 * lasts as long as the container's process holds it. Owned descriptors.
 */
int state_make_gate(const struct state *state, int *listener, int *lock,
		    struct error *err) MUST_CHECK;
bool state_is_waiting(const struct state *state);

/* A connection to the gate, or -errno: -ECONNREFUSED if nobody listens any more. */
int state_connect(const struct state *state) MUST_CHECK;

/* Remove the directory and everything in it. Needs no room to write. */
int state_remove(struct state *state, struct error *err) MUST_CHECK;

void state_close(struct state *state);

#endif
