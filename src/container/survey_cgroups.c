/*
 * survey_cgroups.c - see survey.h: hierarchies, controllers, and whether the caller may make
 * cgroups.
 */
#include "base/text.h"
#include "container/survey.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct controller {
	const char *v2, *v1, *effect;
} controllers[] = {
	{ "cpu", "cpu", "shares, quota and the rest of /linux/resources/cpu are refused" },
	{ "cpuset", "cpuset", "cpus and mems of /linux/resources/cpu are refused" },
	{ "memory", "memory", "/linux/resources/memory is refused" },
	{ "io", "blkio", "/linux/resources/blockIO is refused" },
	{ "pids", "pids", "/linux/resources/pids is refused: a fork bomb reaches the machine" },
	{ "hugetlb", "hugetlb", "/linux/resources/hugepageLimits is refused" },
	{ "rdma", "rdma", "/linux/resources/rdma is refused" },
	{ "misc", "misc", "misc.max in /linux/resources/unified is refused" },
	{ NULL, "devices", "/linux/resources/devices is refused: every device is open" },
	{ NULL, "freezer", "pause and resume do not work, unless v2 is mounted too" },
	{ NULL, "net_cls", "/linux/resources/network/classID is refused" },
	{ NULL, "net_prio", "/linux/resources/network/priorities is refused" },
};

static bool is_in(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = list; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
		if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* What the hierarchy has at its top, and what reaches this process's own cgroup. */
static void read_offered(const struct host_cgroups *host, char *all, char *own, size_t size)
{
	char path[4200];

	all[0] = own[0] = '\0';
	if (!host->v2_mount_point)
		return;
	if (text_format(path, sizeof(path), "%s/cgroup.controllers", host->v2_mount_point) >= 0)
		(void)survey_read(path, all, size);
	if (host->v2_own && text_format(path, sizeof(path), "%s%s/cgroup.controllers",
					host->v2_mount_point, host->v2_own) >= 0)
		(void)survey_read(path, own, size);
}

static void ask_controller(struct survey *to, const struct controller *c, const char *all,
			   const char *own)
{
	const struct host_cgroups *host = &to->facts->cgroups;
	const struct host_cgroup_v1 *v1 = host_cgroups_find(host, c->v1);
	const char *name = c->v2 ? c->v2 : c->v1;

	if (v1)
		survey_put(to, name, v1->mount_point, NULL, NULL);
	else if (c->v2 && is_in(all, c->v2))
		survey_put(
		    to, name, host->v2_mount_point,
		    to->facts->euid != 0 && !is_in(own, c->v2) ? c->effect : NULL,
		    "it is not delegated to this user: Delegate=yes in a drop-in of user@.service");
	else if (c->v2 || host->mode == HOST_CGROUP_V1 || host->mode == HOST_CGROUP_HYBRID)
		survey_put(to, name, "", c->effect,
			   "cgroup_enable= on the kernel's command line, or a kernel that has it; "
			   "on v1: mount it");
}

static const char *mode_name(enum host_cgroup_mode mode)
{
	static const char *const names[] = {
		[HOST_CGROUP_NONE] = "none is mounted",
		[HOST_CGROUP_V1] = "v1",
		[HOST_CGROUP_V2] = "v2",
		[HOST_CGROUP_HYBRID] = "hybrid: controllers on v1, v2 beside them",
	};

	return names[mode];
}

/* May this caller make one where tare would: at the top as root, otherwise beside its own? */
static bool may_make(struct survey *to)
{
	const struct host_cgroups *host = &to->facts->cgroups;
	const bool root = to->facts->euid == 0 && !to->facts->in_user_namespace;
	const char *mount = host->v2_mount_point, *own = host->v2_own;
	char path[4200];

	if (host->mode != HOST_CGROUP_V2 && host->v1_count > 0) {
		mount = host->v1[0].mount_point;
		own = host->v1[0].own;
	}
	if (!mount || (!root && !own))
		return false;
	if (text_format(path, sizeof(path), "%s%s", mount, root ? "" : own) < 0)
		return false;
	if (!root && strrchr(path, '/') > path + strlen(mount))
		*strrchr(path, '/') = '\0';
	return access(path, W_OK) == 0;
}

void survey_cgroups(struct survey *to)
{
	const struct host_cgroups *host = &to->facts->cgroups;
	char all[512], own[512];

	to->area = "cgroups";
	survey_put(to, "version", mode_name(host->mode),
		   host->mode == HOST_CGROUP_NONE ? "no limits of any kind" : NULL,
		   "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	if (host->mode == HOST_CGROUP_NONE)
		return;
	survey_put(
	    to, "a cgroup can be made", "",
	    may_make(to) ? NULL
			 : "limits are refused; containers without any run in the caller's cgroup",
	    "as an ordinary user: systemd-run --user --scope --property Delegate=yes tare ...");
	read_offered(host, all, own, sizeof(all));
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		ask_controller(to, &controllers[i], all, own);
}
