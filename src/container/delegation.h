/*
 * delegation.h - who may manage the container's cgroup, and where below it the container lives:
 * ownership by the config's mounts, run.oci.delegate-cgroup, run.oci.systemd.subgroup.
 */
#ifndef TARE_CONTAINER_DELEGATION_H
#define TARE_CONTAINER_DELEGATION_H

#include "container/create.h"

/* After the cgroup was made, before its first process. */
int delegation_make(struct create *c) MUST_CHECK;

/* Is a cgroup below the container's own asked for? */
bool delegation_asked(const struct oci_config *config);

/*
 * The cgroup below its scope that a container of systemd's is to live in, or NULL. Unlike with a
 * delegated one, the scope is not to be seen from within: a cgroup namespace begins at the
 * container's process.
 */
const char *delegation_subgroup(const struct create *c);

#endif
