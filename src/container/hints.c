/*
 * hints.c - see hints.h. Hints for the steps of tare-init.
 *
 * Each row of a table is produced by a test that quotes its words (tests/lint/errors.py).
 */
#include "container/hints.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * A code and a hint for a combination; kind, part and errnum 0, and NULL as object (which is the
 * type of a filesystem, or the name of a limit) or as words of what the kernel said, stand for any.
 * First match wins. CODE_NONE: that of the step.
 */
static const struct hint {
	uint32_t kind;
	uint32_t part;
	int errnum;
	const char *object;
	const char *said;
	enum error_code code;
	const char *text;
} hints[] = {
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, "uid '", CODE_MOUNT_OWNER,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, "gid '", CODE_MOUNT_OWNER,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, "'uid'", CODE_MOUNT_OWNER,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, "'gid'", CODE_MOUNT_OWNER,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, "overlay", "not supported as", CODE_OVERLAY,
	  "upperdir and workdir have to be on one filesystem that supports it: not on another "
	  "overlay, as in most containers, nor on NFS" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, "context=", CODE_MOUNT_LABEL,
	  "the policy does not know this label" },
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, NULL, NULL, CODE_MOUNT_OPTION_REFUSED,
	  "the filesystem does not know this option, or not this value" },
	{ STEP_MOUNT, PART_OPEN_FILESYSTEM, ENODEV, NULL, NULL, CODE_FILESYSTEM_UNKNOWN,
	  "see /proc/filesystems for the types that this kernel has; a module may be missing" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EPERM, NULL, NULL, CODE_MOUNT_FORBIDDEN,
	  "in a user namespace proc and sysfs can be mounted only with a pid or network namespace "
	  "of one's own, and where the outer ones are not masked; bind them instead" },
	{ STEP_MOUNT, 0, EBUSY, "overlay", NULL, CODE_OVERLAY,
	  "another overlay uses this upperdir or workdir: each container needs its own" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EINVAL, "overlay", NULL, CODE_OVERLAY,
	  "upperdir and workdir have to be on one filesystem that supports it: not on another "
	  "overlay, as in most containers, nor on NFS" },
	{ STEP_MOUNT, PART_ATTACH, ENOSPC, NULL, NULL, CODE_MOUNT_LIMIT,
	  "a mount namespace has at most fs.mount-max mounts, copies of the host's included" },
	{ STEP_BIND, PART_ATTACH, ENOSPC, NULL, NULL, CODE_MOUNT_LIMIT,
	  "a mount namespace has at most fs.mount-max mounts, copies of the host's included" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EINVAL, NULL, NULL, CODE_MOUNT_OWNER,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ 0, PART_NOT_A_DIRECTORY, 0, NULL, NULL, CODE_PATH_UNSAFE,
	  "the image has a symlink or a file there; an image that redirects /proc or /sys is not "
	  "to be trusted" },
	{ STEP_BIND, PART_ATTACH, EINVAL, NULL, NULL, CODE_MOUNT_POINT,
	  "a file can be bound on a file only, a directory on a directory" },
	{ STEP_BIND, PART_ATTACH, ENOTDIR, NULL, NULL, CODE_MOUNT_POINT,
	  "a file can be bound on a file only, a directory on a directory" },
	{ STEP_BIND, PART_MAKE_FILE, EROFS, NULL, NULL, CODE_MOUNT_POINT,
	  "the mount point is missing on a read-only filesystem: create it in the image" },
	{ 0, PART_MAKE_DIRECTORY, EROFS, NULL, NULL, CODE_MOUNT_POINT,
	  "the mount point is missing on a read-only filesystem: create it in the image" },
	{ 0, PART_RESOLVE, EAGAIN, NULL, NULL, CODE_PATH_UNSAFE,
	  "somebody keeps renaming a part of this path" },
	{ STEP_BIND, PART_SET_FLAGS, EPERM, NULL, NULL, CODE_NONE,
	  "in a user namespace the flags of the host's mount (ro, nosuid, nodev, noexec) cannot be "
	  "taken away: repeat them in the options" },
	{ STEP_AT_MOUNT, PART_NOT_MOUNTED, EINVAL, NULL, NULL, CODE_MOUNT_POINT,
	  "tare exec ID cat /proc/self/mountinfo lists what is mounted in the container" },
	{ STEP_AT_MOUNT, PART_RESOLVE, ELOOP, NULL, NULL, CODE_MOUNT_POINT,
	  "name the place itself: no link is followed to a mount that is to be removed" },
	{ STEP_AT_MOUNT, PART_IS_MASK, EPERM, NULL, NULL, CODE_MOUNT_PROTECTED,
	  "this mount hides a path of the container: was a directory of that name moved here?" },
	{ STEP_AT_MOUNT, PART_IS_READONLY, EPERM, NULL, NULL, CODE_MOUNT_PROTECTED,
	  "this mount makes a path of the container read-only: was a directory of that name moved "
	  "here?" },
	{ STEP_AT_MOUNT, PART_NONE, EINVAL, NULL, NULL, CODE_NONE,
	  "the kernel holds it where it is: it came with the mount that it lies in, from outside "
	  "of the container's user namespace; remove that one" },
	{ STEP_DEVICE, 0, EPERM, NULL, NULL, CODE_NONE,
	  "mknod needs CAP_MKNOD, and the device rules of the cgroup, of an outer container's too, "
	  "have to allow m" },
	{ STEP_KEYRING, 0, EPERM, NULL, NULL, CODE_NONE,
	  "a seccomp filter around tare forbids keyctl: --no-new-keyring goes without" },
	{ STEP_RLIMIT, 0, EPERM, "RLIMIT_NOFILE", NULL, CODE_NONE,
	  "raising a hard limit needs CAP_SYS_RESOURCE, and nobody gets more open files than "
	  "fs.nr_open" },
	{ STEP_RLIMIT, 0, EPERM, NULL, NULL, CODE_NONE,
	  "raising a hard limit needs CAP_SYS_RESOURCE; lower the value or raise the caller's "
	  "limit" },
	{ STEP_KEYRING, 0, EDQUOT, NULL, NULL, CODE_KEYRING,
	  "the quota of keys is used up: see kernel.keys.maxkeys, or use --no-new-keyring" },
	{ STEP_IDS, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "the id is not mapped in the user namespace" },
	{ STEP_GROUPS, 0, EPERM, NULL, NULL, CODE_NONE,
	  "setgroups is denied in this user namespace" },
	{ STEP_GROUPS, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "a group is not mapped in the user namespace" },
	{ STEP_CHDIR, PART_OUTSIDE, 0, NULL, NULL, CODE_NONE,
	  "the working directory must lie inside the container" },
	{ STEP_SYSCTL, PART_RESOLVE, ENOENT, NULL, NULL, CODE_NONE,
	  "this kernel has no such parameter" },
	{ STEP_SYSCTL, PART_WRITE, EINVAL, NULL, NULL, CODE_NONE,
	  "the kernel does not take this value" },
	{ STEP_SECCOMP, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "this kernel does not know the filter's flags, or the filter is too long" },
	{ STEP_ENTER_PID, PART_CLONE, ENOMEM, NULL, NULL, CODE_NONE,
	  "the first process of that pid namespace has ended" },
	{ STEP_DROP_CAPS, 0, EPERM, NULL, NULL, CODE_NONE,
	  "without noNewPrivileges the profile has to allow capset, which is called under it" },
	{ STEP_JOIN, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "is it a namespace of the type that is named?" },
	{ STEP_EXEC, 0, ENOENT, NULL, NULL, CODE_PROGRAM_INTERPRETER,
	  "the interpreter named in its first line, or its dynamic loader, is missing in the "
	  "image" },
	{ STEP_EXEC, 0, ENOEXEC, NULL, NULL, CODE_PROGRAM_FORMAT,
	  "it is for another architecture, or a script without #!" },
	{ STEP_EXEC, 0, E2BIG, NULL, NULL, CODE_ARGS_TOO_LONG,
	  "arguments and environment are too long together" },
	{ STEP_MOUNT, PART_COPY, ENOSPC, NULL, NULL, CODE_COPY_UP,
	  "give the tmpfs a larger size= or nr_inodes=" },
	{ STEP_MOUNT, PART_COPY, ELOOP, NULL, NULL, CODE_COPY_UP,
	  "directories are copied 128 deep" },
	{ STEP_MOUNT, PART_COPY, ESTALE, NULL, NULL, CODE_COPY_UP,
	  "the image was changed meanwhile" },
	{ STEP_MOUNT, PART_MAP_IDS, 0, NULL, NULL, CODE_MOUNT_IDMAP,
	  "the filesystem does not support idmapped mounts, or belongs to the container's own user "
	  "namespace" },
	{ STEP_LABEL, 0, ENOENT, NULL, NULL, CODE_NONE,
	  "no profile of that name is loaded: aa-status lists them, apparmor_parser loads one" },
	{ STEP_LABEL, 0, EINVAL, NULL, NULL, CODE_NONE, "the policy does not know this label" },
	{ STEP_ATTRIBUTE, 0, EINVAL, NULL, NULL, CODE_NONE, "the policy does not know this label" },
	{ STEP_SCHEDULER, 0, EPERM, NULL, NULL, CODE_NONE,
	  "real-time and deadline policies need CAP_SYS_NICE, and on cgroup v1 a "
	  "cpu.rt_runtime_us" },
	{ STEP_SCHEDULER, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "this kernel does not know the policy or its values" },
	{ STEP_IO_PRIORITY, 0, EPERM, NULL, NULL, CODE_NONE,
	  "IOPRIO_CLASS_RT needs CAP_SYS_ADMIN or CAP_SYS_NICE" },
	{ STEP_AFFINITY, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "none of these CPUs is there, or in the container's cpuset" },
	{ STEP_MEMORY_POLICY, 0, EINVAL, NULL, NULL, CODE_NONE,
	  "none of these memory nodes is there or in the container's cpuset, or the mode does not "
	  "go with the flags" },
	{ STEP_MEMORY_POLICY, 0, ENOSYS, NULL, NULL, CODE_NONE,
	  "this kernel is built without NUMA" },
	{ STEP_CONSOLE, PART_RESOLVE, ENOENT, NULL, NULL, CODE_NONE,
	  "a terminal needs a devpts at /dev/pts" },
};

/* The code of each step. One that steps.def has and this list has not does not compile. */
enum {
	STEP_CODE_AWAIT = CODE_HELPER,
	STEP_CODE_HIDE = CODE_SETUP,
	STEP_CODE_CGROUP = CODE_CGROUP,
	STEP_CODE_BECOME = CODE_USER_IDS,
	STEP_CODE_UNSHARE = CODE_PROCESS,
	STEP_CODE_TIME = CODE_TIME_OFFSETS,
	STEP_CODE_HERALD = CODE_SECCOMP_LISTENER,
	STEP_CODE_JOIN = CODE_NAMESPACE_JOIN,
	STEP_CODE_ENTER = CODE_EXEC,
	STEP_CODE_ATTRIBUTE = CODE_SECURITY_LABEL,
	STEP_CODE_OPEN_LABEL = CODE_SECURITY_LABEL,
	STEP_CODE_KEYRING = CODE_KEYRING,
	STEP_CODE_LOOPBACK = CODE_LOOPBACK,
	STEP_CODE_HOSTNAME = CODE_HOSTNAME,
	STEP_CODE_DOMAINNAME = CODE_DOMAINNAME,
	STEP_CODE_PROPAGATE = CODE_ROOTFS_PROPAGATION,
	STEP_CODE_ROOT = CODE_ROOTFS,
	STEP_CODE_PROCFS = CODE_MOUNT,
	STEP_CODE_MOUNT = CODE_MOUNT,
	STEP_CODE_BIND = CODE_MOUNT,
	STEP_CODE_REMOUNT = CODE_MOUNT,
	STEP_CODE_TOGETHER = CODE_MOUNT,
	STEP_CODE_SOURCE = CODE_MOUNT_SOURCE,
	STEP_CODE_AT_MOUNT = CODE_MOUNT,
	STEP_CODE_UNMOUNT = CODE_MOUNT,
	STEP_CODE_LEAVE = CODE_MOUNTS,
	STEP_CODE_DEVICE = CODE_DEVICE,
	STEP_CODE_DEVICE_BIND = CODE_DEVICE,
	STEP_CODE_SYMLINK = CODE_DEVICE,
	STEP_CODE_CONSOLE = CODE_TERMINAL,
	STEP_CODE_HOOK = CODE_HOOK,
	STEP_CODE_SYSCTL = CODE_SYSCTL_VALUES,
	STEP_CODE_MASK = CODE_MASKED_PATHS,
	STEP_CODE_READONLY = CODE_READONLY_PATHS,
	STEP_CODE_MAKE_CWD = CODE_CWD,
	STEP_CODE_ROOT_READONLY = CODE_ROOTFS,
	STEP_CODE_PIVOT = CODE_PIVOT,
	STEP_CODE_ROOT_PROPAGATE = CODE_ROOTFS_PROPAGATION,
	STEP_CODE_STREAMS = CODE_DEVICE,
	STEP_CODE_SESSION = CODE_TERMINAL,
	STEP_CODE_UMASK = CODE_UMASK,
	STEP_CODE_RLIMIT = CODE_RLIMITS,
	STEP_CODE_SCHEDULER = CODE_SCHEDULER,
	STEP_CODE_IO_PRIORITY = CODE_IO_PRIORITY,
	STEP_CODE_AFFINITY = CODE_EXEC_AFFINITY,
	STEP_CODE_MEMORY_POLICY = CODE_MEMORY_POLICY,
	STEP_CODE_PERSONALITY = CODE_PERSONALITY,
	STEP_CODE_GROUPS = CODE_USER_GROUPS,
	STEP_CODE_BOUND = CODE_CAPABILITIES,
	STEP_CODE_KEEP_CAPS = CODE_CAPABILITIES,
	STEP_CODE_IDS = CODE_USER_IDS,
	STEP_CODE_CHDIR = CODE_CWD,
	STEP_CODE_FIND = CODE_PROGRAM_NOT_FOUND,
	STEP_CODE_HOME = CODE_USER_IDS,
	STEP_CODE_LISTEN = CODE_HELPER,
	STEP_CODE_ENTER_PID = CODE_PROCESS,
	STEP_CODE_CAPS = CODE_CAPABILITIES,
	STEP_CODE_DROP_CAPS = CODE_CAPABILITIES,
	STEP_CODE_NO_NEW_PRIVS = CODE_SETUP,
	STEP_CODE_FENCE = CODE_DESCRIPTORS,
	STEP_CODE_SECCOMP = CODE_SECCOMP_FILTER,
	STEP_CODE_VERIFY = CODE_SETUP,
	STEP_CODE_READY = CODE_HELPER,
	STEP_CODE_GATE = CODE_HELPER,
	STEP_CODE_LABEL = CODE_SECURITY_LABEL,
	STEP_CODE_ANNOUNCE = CODE_HELPER,
	STEP_CODE_EXEC = CODE_PROGRAM_NOT_EXECUTABLE,
};

static enum error_code code_of_step(uint32_t kind)
{
	static const uint16_t codes[] = {
#define STEP(ID, name, what, fields) [STEP_##ID] = STEP_CODE_##ID,
#include "tare/steps.def"
#undef STEP
	};

	return kind < STEP_COUNT ? (enum error_code)codes[kind] : CODE_SETUP;
}

/* What is known of the program that could not be executed is more precise than the step. */
static enum error_code code_of_program(const struct report *report)
{
	switch (report->errnum) {
	case ENOENT:
		return CODE_PROGRAM_NOT_FOUND;
	case ENOEXEC:
		return CODE_PROGRAM_FORMAT;
	default:
		return CODE_PROGRAM_NOT_EXECUTABLE;
	}
}

static bool matches(const struct hint *h, const struct hint_step *step)
{
	return (h->kind == 0 || h->kind == step->kind) &&
	       (h->part == 0 || h->part == step->report->part) &&
	       (h->errnum == 0 || h->errnum == step->report->errnum) &&
	       (!h->object || strcmp(h->object, step->object) == 0) &&
	       (!h->said || strstr(step->report->text, h->said));
}

void hints_add_step(const struct hint_step *step, struct error *err)
{
	const bool program = step->kind == STEP_EXEC || step->kind == STEP_FIND;

	error_refine(err, program ? code_of_program(step->report) : code_of_step(step->kind));
	if (step->kind == STEP_HOOK && strcmp(err->syscall, "execve") == 0)
		error_refine(err, CODE_HOOK_MISSING);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (!matches(&hints[i], step))
			continue;
		error_refine(err, hints[i].code);
		error_add_hint(err, "%s", hints[i].text);
		return;
	}
}
