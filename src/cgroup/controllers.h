/*
 * controllers.h - cgroup v2 hands a controller down only level by level: each ancestor must name
 * it in its cgroup.subtree_control.
 */
#ifndef TARE_CGROUP_CONTROLLERS_H
#define TARE_CGROUP_CONTROLLERS_H

#include "cgroup/trees.h"

/* Note in the v2 tree which controllers its mount offers. Before trees_find() is asked. */
int controllers_list(struct tree *v2, struct error *err) MUST_CHECK;

/*
 * Check that each controller that the resources need exists somewhere, and enable those of v2
 * from the mount down to the container's parent: all that there are on a v2 host, on a hybrid one
 * those that are needed. What is not needed and cannot be enabled is left.
 */
int controllers_enable(const struct cgroup *cgroup, const struct oci_resources *resources,
		       struct error *err) MUST_CHECK;

/* Enable below this cgroup what it has itself, as far as the kernel lets us. */
void controllers_hand_on(int dir);

#endif
