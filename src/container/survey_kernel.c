/*
 * survey_kernel.c - see survey.h: the system calls that tare is built on, asked by calls that
 * cannot succeed, filesystems, namespaces and their limits.
 */
#include "container/survey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef __NR_statmount
#define __NR_statmount 457
#endif
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif

#define NO_CONTAINER "no container can be started"

static const char newer[] =
    "boot a newer kernel; in a container, its seccomp profile may refuse the call";

/* Arguments that no kernel takes: what is there says EINVAL, EFAULT, EBADF or EPERM. */
static const struct {
	const char *name;
	long number;
	long args[4];
	const char *effect; /* begins with NO_CONTAINER: it is needed always */
} calls[] = {
	{ "openat2",
	  __NR_openat2,
	  { -1, 0, 0, 0 },
	  NO_CONTAINER ": paths of images could not be resolved safely" },
	{ "clone3", __NR_clone3, { 0, 0 }, NO_CONTAINER },
	{ "fsopen", __NR_fsopen, { 0, -1 }, NO_CONTAINER },
	{ "open_tree", __NR_open_tree, { -1, 0, -1 }, NO_CONTAINER },
	{ "move_mount", __NR_move_mount, { -1, 0, -1, 0 }, NO_CONTAINER },
	{ "mount_setattr", __NR_mount_setattr, { -1, 0, -1, 0 }, NO_CONTAINER },
	{ "pidfd_open", __NR_pidfd_open, { 0, -1 }, NO_CONTAINER },
	{ "close_range", __NR_close_range, { 5, 4, 0 }, NO_CONTAINER },
	{ "seccomp", __NR_seccomp, { -1, -1, 0 }, "/linux/seccomp is refused" },
	{ "bpf", __NR_bpf, { -1, 0, 0 }, "on cgroup v2 devices cannot be guarded" },
	{ "keyctl", __NR_keyctl, { -1, 0 }, "containers share the caller's session keyring" },
	{ "get_mempolicy", __NR_get_mempolicy, { 0, 0, 0, -1 }, "/linux/memoryPolicy is refused" },
	{ "statmount",
	  __NR_statmount,
	  { 0, 0, 0, -1 },
	  "mountinfo is read instead, which takes longer with many mounts" },
};

static void ask_calls(struct survey *to)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *a = calls[i].args;
		struct survey_row row = { .area = to->area, .name = calls[i].name, .value = "" };

		if (syscall(calls[i].number, a[0], a[1], a[2], a[3]) < 0 && errno == ENOSYS) {
			row.status =
			    strncmp(calls[i].effect, NO_CONTAINER, strlen(NO_CONTAINER)) == 0
				? SURVEY_FAILS
				: SURVEY_LACKS;
			row.effect = calls[i].effect;
			row.remedy = newer;
		}
		to->take(to->data, &row);
	}
}

static void ask_filesystems(struct survey *to)
{
	static const struct {
		const char *name, *effect, *remedy;
	} wanted[] = {
		{ "proc", "a /proc of the container cannot be mounted", NULL },
		{ "tmpfs", "/dev, and mounts of this type, cannot be made", NULL },
		{ "devpts", "containers have no terminals", NULL },
		{ "mqueue", "/dev/mqueue of the default config cannot be mounted: remove it",
		  NULL },
		{ "sysfs", "/sys of the default config cannot be mounted: bind it", NULL },
		{ "overlay", "engines cannot keep images in layers by the kernel",
		  "modprobe overlay" },
	};
	char list[4096] = "";
	FILE *file = fopen("/proc/filesystems", "re");
	size_t got = file ? fread(list, 1, sizeof(list) - 1, file) : 0;

	if (file)
		(void)fclose(file);
	list[got] = '\0';
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "\t%s\n", wanted[i].name);
		survey_put(to, wanted[i].name, "", strstr(list, line) ? NULL : wanted[i].effect,
			   wanted[i].remedy ? wanted[i].remedy : "a kernel that has it");
	}
}

void survey_kernel(struct survey *to)
{
	struct utsname name;

	to->area = "kernel";
	if (uname(&name) == 0)
		survey_put(to, "Linux", name.release, NULL, NULL);
	to->area = "system calls";
	ask_calls(to);
	to->area = "filesystems";
	ask_filesystems(to);
}

/* ---- namespaces */

struct kind {
	const char *file, *limit; /* in /proc/self/ns and /proc/sys/user */
};

static void ask_namespace(struct survey *to, const struct kind *kind)
{
	char path[128], value[64], remedy[160];

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind->file);
	if (access(path, F_OK) < 0) {
		survey_put(to, kind->file, "", "a config that asks for it is refused",
			   "a kernel that has it");
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/sys/user/%s", kind->limit);
	(void)snprintf(remedy, sizeof(remedy), "sysctl user.%s=15000", kind->limit);
	(void)survey_read(path, value, sizeof(value));
	survey_put(to, kind->file, value,
		   strcmp(value, "0") == 0 ? "none may be made: the limit is 0" : NULL, remedy);
}

static void ask_user_namespaces(struct survey *to)
{
	static const struct {
		const char *path, *name, *good, *effect, *remedy;
	} switches[] = {
		{ "/proc/sys/kernel/unprivileged_userns_clone", "user, by ordinary users", "1",
		  "rootless containers are refused", "sysctl kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "user, under AppArmor",
		  "0", "rootless containers are refused, unless a profile of tare allows userns",
		  "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or load a profile" },
	};
	char value[64];

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (survey_read(switches[i].path, value, sizeof(value)))
			survey_put(to, switches[i].name, value,
				   strcmp(value, switches[i].good) == 0 ? NULL : switches[i].effect,
				   switches[i].remedy);
	}
}

void survey_namespaces(struct survey *to)
{
	static const struct kind kinds[] = {
		{ "mnt", "max_mnt_namespaces" },       { "pid", "max_pid_namespaces" },
		{ "net", "max_net_namespaces" },       { "ipc", "max_ipc_namespaces" },
		{ "uts", "max_uts_namespaces" },       { "user", "max_user_namespaces" },
		{ "cgroup", "max_cgroup_namespaces" }, { "time", "max_time_namespaces" },
	};

	to->area = "namespaces";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ask_namespace(to, &kinds[i]);
	ask_user_namespaces(to);
}
