/*
 * found.h - a container that exists: its record, and what the kernel says of it.
 */
#ifndef TARE_CONTAINER_FOUND_H
#define TARE_CONTAINER_FOUND_H

#include "cgroup/cgroup.h"
#include "container/lifecycle.h"
#include "container/state.h"

/* A killed process ends within that, or it hangs in the kernel. */
enum { CONTAINER_DEATH_MS = 10000 };

struct found {
	struct state state;
	struct arena arena;
	struct oci_record *record; /* NULL: there is a directory, and no readable record in it */
	struct cgroup *cgroup;     /* NULL: it was not asked for, or the record is unreadable */
	int pidfd;                 /* of its process if that is alive; else FD_NONE */
	enum oci_status status;    /* derived; of the moment */
};

/*
 * Find the container and derive its status. With `lock` the state is locked first, so that the
 * status stays true for what this tare does next. -ENOENT: "container does not exist".
 */
int found_open(struct found *found, const struct container_name *name, bool lock,
	       struct error *err) MUST_CHECK;

/* The same for who asks only for the status: `cgroup` is NULL. Nothing is locked. */
int found_open_status(struct found *found, const struct container_name *name,
		      struct error *err) MUST_CHECK;

/* For cleaning up: a record that cannot be read is no error, record is NULL then. */
int found_open_debris(struct found *found, const struct container_name *name,
		      struct error *err) MUST_CHECK;

/*
 * Has the container a cgroup of its own? If not, the error says why: it was created without one,
 * none could be made, or others have removed it.
 */
int found_needs_cgroup(const struct found *found, const struct container_name *name,
		       struct error *err) MUST_CHECK;

void found_close(struct found *found);

#endif
