/*
 * pids.h - the processes of a container's cgroup, those of the cgroups below it included.
 */
#ifndef TARE_CGROUP_PIDS_H
#define TARE_CGROUP_PIDS_H

#include "cgroup/trees.h"

struct pids {
	pid_t *items; /* in ascending order, each once, all above 0 */
	size_t count;
};

/*
 * The list is the caller's, to be freed also after a failure. A cgroup that has gone has no
 * processes.
 */
int pids_read(const struct cgroup *cgroup, struct pids *out, struct error *err) MUST_CHECK;

void pids_free(struct pids *pids);

#endif
