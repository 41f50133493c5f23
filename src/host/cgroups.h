/*
 * cgroups.h - which cgroup hierarchies are mounted, and where this process is in each.
 */
#ifndef TARE_HOST_CGROUPS_H
#define TARE_HOST_CGROUPS_H

#include "base/error.h"

enum host_cgroup_mode {
	HOST_CGROUP_NONE, /* nothing is mounted: a container that asks for no resources can still
			     run */
	HOST_CGROUP_V1,
	HOST_CGROUP_V2,
	HOST_CGROUP_HYBRID, /* controllers on v1, and a v2 hierarchy beside them */
};

/* One v1 hierarchy. Controllers that share a hierarchy stand in one entry. */
struct host_cgroup_v1 {
	char *controllers; /* as in /proc/self/cgroup: "cpu,cpuacct", "memory", "name=systemd" */
	char *mount_point; /* "/sys/fs/cgroup/cpu,cpuacct" */
	char *mount_root;  /* the part of the hierarchy that is mounted, usually "/" */
	char *own;         /* the cgroup of this process in it, "/..." */
};

struct host_cgroups {
	enum host_cgroup_mode mode;
	char *v2_mount_point; /* NULL without a v2 hierarchy */
	char *v2_mount_root;
	char *v2_own;
	struct host_cgroup_v1 *v1;
	size_t v1_count;
};

/*
 * Ask the kernel: /proc/self/cgroup, and where the hierarchies are mounted. With cgroup2 at
 * /sys/fs/cgroup and Linux 6.8 that is one question, whatever else is mounted; otherwise
 * /proc/self/mountinfo is read.
 */
int host_cgroups_read(struct host_cgroups *out, struct error *err) MUST_CHECK;
void host_cgroups_free(struct host_cgroups *cgroups);

/*
 * The same from the texts of these two files, which are taken apart in place. Mounts that
 * another mount hides are not seen; of several mounts of one hierarchy the first counts in which
 * this process's cgroup is visible. Without controllers on v1 the mode is V2, and hierarchies
 * like name=systemd are left out.
 */
int host_cgroups_parse(char *mountinfo, char *cgroup, struct host_cgroups *out,
		       struct error *err) MUST_CHECK;

/* The hierarchy that has this controller ("cpu", "name=systemd"), or NULL. */
const struct host_cgroup_v1 *host_cgroups_find(const struct host_cgroups *cgroups,
					       const char *controller);

/*
 * The cgroup `own` as seen below a mount that shows only `mount_root` of the hierarchy: points
 * into `own` ("" for the mount itself, else "/..."), or NULL if it lies elsewhere.
 */
const char *host_cgroups_below(const char *own, const char *mount_root);

#endif
