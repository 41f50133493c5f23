/*
 * kill.h - SIGKILL to all processes of a container's cgroup, where there is no cgroup.kill.
 */
#ifndef TARE_CGROUP_KILL_H
#define TARE_CGROUP_KILL_H

#include "cgroup/trees.h"

/*
 * On v1: freeze, so that nothing forks while the list is read, signal, thaw; again until nobody
 * is left or the rounds are used up. Processes need not have gone when this returns.
 */
int kill_v1(const struct cgroup *cgroup, struct error *err) MUST_CHECK;

#endif
