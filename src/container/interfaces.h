/*
 * interfaces.h - the network interfaces of a container, and what went through them.
 */
#ifndef TARE_CONTAINER_INTERFACES_H
#define TARE_CONTAINER_INTERFACES_H

#include "cgroup/stats.h"
#include "container/found.h"

/*
 * Those of its network namespace, if that is not our own: ours would be another's counters. In the
 * arena. What cannot be read (no privilege, it has ended) is none; only memory can be wanting.
 */
int interfaces_read(const struct found *found, struct arena *arena, struct stats *out) MUST_CHECK;

#endif
