/*
 * delegate.h - the cgroup below the container's own in which its processes live.
 */
#ifndef TARE_CGROUP_DELEGATE_H
#define TARE_CGROUP_DELEGATE_H

#include "cgroup/trees.h"

/* Move a process from the container's cgroup into the one that cgroup_make_inner() made. */
int delegate_enter(const struct cgroup *cgroup, const char *pid, struct error *err) MUST_CHECK;

#endif
