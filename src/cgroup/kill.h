/*
 * kill.h - SIGKILL to all processes of a container's cgroup, one by one: where there is no
 * cgroup.kill, or where it would kill too many.
 */
#ifndef TARE_CGROUP_KILL_H
#define TARE_CGROUP_KILL_H

#include "cgroup/trees.h"

/*
 * Read the list and signal, frozen by v1 meanwhile so that nobody forks past it; again until
 * nobody is left or 10 s have gone. What is in cgroups of others below it is left alone. Processes
 * need not have gone when this returns.
 */
int kill_by_list(const struct cgroup *cgroup, struct error *err) MUST_CHECK;

#endif
