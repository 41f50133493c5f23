/*
 * trees.h - what struct cgroup consists of: a tree for each hierarchy, v1 ones first.
 */
#ifndef TARE_CGROUP_TREES_H
#define TARE_CGROUP_TREES_H

#include "cgroup/cgroup.h"
#include "cgroup/tree.h"
#include "cgroup/undo.h"

struct cgroup {
	enum host_cgroup_mode mode;
	bool settled; /* made or opened: the trees say what is, not what is to be */
	bool chosen;  /* by linux.cgroupsPath, not by default: then it must be possible */
	size_t count;
	struct tree *trees;
	int inner;        /* v2: below the container's, where its process goes; or FD_NONE */
	int followed;     /* v2: where a process of it is, for those to come; or FD_NONE */
	struct undo undo; /* what the last cgroup_update() overwrote */
};

/*
 * The tree that has the controller, by its v2 name ("io" is blkio on v1): v1 first, so that in
 * hybrid mode resources go there. NULL if no tree of the container has it.
 */
struct tree *trees_find(const struct cgroup *cgroup, const char *controller, size_t len);

struct tree *trees_v2(const struct cgroup *cgroup); /* or NULL */

/* The one to find all processes in: v2, else any that there is. NULL without one. */
const struct tree *trees_any(const struct cgroup *cgroup);

#endif
