/*
 * delegation.h - who may manage the container's cgroup, and where below it the container lives:
 * ownership by the config's mounts, run.oci.delegate-cgroup.
 */
#ifndef TARE_CONTAINER_DELEGATION_H
#define TARE_CONTAINER_DELEGATION_H

#include "container/create.h"

/* After the cgroup was made, before its first process. */
int delegation_make(struct create *c) MUST_CHECK;

/* Is a cgroup below the container's own asked for? */
bool delegation_asked(const struct oci_config *config);

#endif
