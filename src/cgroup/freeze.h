/*
 * freeze.h - stop the processes of a cgroup and let them go on: freezer.state of v1, cgroup.freeze
 * of v2.
 */
#ifndef TARE_CGROUP_FREEZE_H
#define TARE_CGROUP_FREEZE_H

#include "cgroup/trees.h"

/* The tree with the v1 freezer, or NULL. */
const struct tree *freeze_v1(const struct cgroup *cgroup);

/*
 * The tree to freeze by: that with the v1 freezer (so on a hybrid host, as with all controllers),
 * else the v2 one, else NULL.
 */
const struct tree *freeze_tree(const struct cgroup *cgroup);

/*
 * Freeze or thaw, and wait until all processes are: 0, -ETIMEDOUT after so many milliseconds, or
 * another negative errno. After a timeout some processes may be frozen.
 */
int freeze_set(const struct tree *tree, bool frozen, unsigned milliseconds);

/*
 * Thaw a v1 cgroup and all below it, which the container may have frozen by itself, without
 * waiting: what SIGKILL needs to take effect.
 */
int freeze_release(const struct tree *freezer) MUST_CHECK;

#endif
