/*
 * entrances.h - the v1 cgroups that tare-init enters by itself: cgroup_entrance().
 */
#ifndef TARE_CONTAINER_ENTRANCES_H
#define TARE_CONTAINER_ENTRANCES_H

#include "container/create.h"

/* What the compiler is told of them, and whether systemd comes first. */
int entrances_find(struct create *c) MUST_CHECK;

/* Open them for the steps of the program, which owns the descriptors then. */
int entrances_open(struct create *c) MUST_CHECK;

#endif
