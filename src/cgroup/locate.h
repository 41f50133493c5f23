/*
 * locate.h - from linux.cgroupsPath to a path in each hierarchy. Touches nothing.
 */
#ifndef TARE_CGROUP_LOCATE_H
#define TARE_CGROUP_LOCATE_H

#include "base/error.h"

#include <limits.h>

/* What is asked for; `path` may be NULL or "", which is the default. */
struct locate {
	const char *path;
	const char *id;
	bool root; /* the default is /tare-ID, else ID beside the caller's own cgroup */
};

/* Is it absolute or relative, without "..", "." or empty names? */
int locate_check(const struct locate *request, struct error *err) MUST_CHECK;

/*
 * The path below the mount of one hierarchy, with a leading slash. `own` is the caller's cgroup
 * and `mount_root` the part of the hierarchy that is mounted. -ENOENT without an error text if
 * a path beside the caller's own lies outside of what is mounted.
 */
int locate_path(const struct locate *request, const char *own, const char *mount_root,
		char buffer[PATH_MAX]) MUST_CHECK;

#endif
