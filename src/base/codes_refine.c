/* codes_refine.c - see codes_refine.h. Two tables: of single families, then of all. */
#include "base/codes_refine.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ANY 0

/* Errno 0, and NULL as call or pointer, stand for any; a pointer also for what is below it. */
struct refinement {
	enum error_code family;
	int errnum;
	const char *syscall;
	const char *pointer;
	enum error_code code;
};

/* First match wins. */
static const struct refinement of_family[] = {
	{ CODE_CGROUP, EACCES, "mkdir", NULL, CODE_CGROUP_PERMISSION },
	{ CODE_CGROUP, EPERM, "mkdir", NULL, CODE_CGROUP_PERMISSION },
	{ CODE_CGROUP, EROFS, "mkdir", NULL, CODE_CGROUP_READ_ONLY },
	{ CODE_CGROUP, EAGAIN, "mkdir", NULL, CODE_CGROUP_LIMIT },
	{ CODE_CGROUP, ANY, "rmdir", NULL, CODE_CGROUP_REMOVE },
	{ CODE_CGROUP, ANY, "bpf", NULL, CODE_DEVICE_FILTER },
	{ CODE_CGROUP, E2BIG, NULL, "/linux/resources/devices", CODE_DEVICE_FILTER },
	{ CODE_CGROUP, ETIMEDOUT, NULL, NULL, CODE_CGROUP_FREEZE },
	{ CODE_CGROUP, EBUSY, NULL, "/linux/resources", CODE_CGROUP_VALUE },
	{ CODE_CGROUP, EBUSY, NULL, NULL, CODE_CGROUP_IN_USE },
	{ CODE_CGROUP, ENODEV, NULL, "/linux/resources", CODE_CGROUP_CONTROLLER },
	{ CODE_CGROUP, ENODEV, NULL, NULL, CODE_CGROUP_MISSING },
	{ CODE_CGROUP, EINVAL, NULL, "/linux/cgroupsPath", CODE_CGROUPS_PATH },
	{ CODE_CGROUP, ENAMETOOLONG, NULL, "/linux/cgroupsPath", CODE_CGROUPS_PATH },
	{ CODE_CGROUP, ENOMEM, "malloc", NULL, CODE_OUT_OF_MEMORY },
	{ CODE_CGROUP, ANY, NULL, "/linux/resources", CODE_CGROUP_VALUE },

	{ CODE_SCHEMA, ENOMEM, NULL, NULL, CODE_OUT_OF_MEMORY },
	{ CODE_SCHEMA, ANY, NULL, "/linux/seccomp", CODE_SECCOMP_FILTER },
	{ CODE_SCHEMA, ANY, NULL, "/process/capabilities", CODE_CAPABILITIES },
	{ CODE_SCHEMA, ANY, NULL, "/mounts", CODE_MOUNT_OPTIONS },

	{ CODE_PROCESS, ENOSPC, "clone3", NULL, CODE_NAMESPACE_LIMIT },
	{ CODE_PROCESS, EUSERS, "clone3", NULL, CODE_NAMESPACE_LIMIT },
	{ CODE_PROCESS, EAGAIN, "clone3", NULL, CODE_PROCESS_LIMIT },
	{ CODE_PROCESS, EPERM, "clone3", NULL, CODE_PRIVILEGES },
	{ CODE_PROCESS, ANY, "setns", NULL, CODE_NAMESPACE_JOIN },
	{ CODE_PROCESS, ANY, "open", NULL, CODE_NAMESPACE_JOIN },

	{ CODE_STATE, EEXIST, NULL, NULL, CODE_CONTAINER_EXISTS },
	{ CODE_STATE, EBUSY, NULL, NULL, CODE_CONTAINER_BUSY },
	{ CODE_STATE, EINVAL, NULL, NULL, CODE_STATE_DAMAGED },
	{ CODE_STATE, ENOTSUP, NULL, NULL, CODE_STATE_VERSION },
	{ CODE_STATE, ENOENT, "openat", NULL, CODE_STATE_DAMAGED },
	{ CODE_STATE, ENOENT, "", NULL, CODE_CONTAINER_MISSING },
	{ CODE_STATE, ANY, "mkdir", NULL, CODE_STATE_ROOT },
	{ CODE_STATE, ANY, "open", NULL, CODE_STATE_ROOT },
	{ CODE_STATE, ANY, "fstat", NULL, CODE_STATE_ROOT },
	{ CODE_STATE, EACCES, "", NULL, CODE_STATE_ROOT },

	{ CODE_CREATE, ANY, NULL, "/process/terminal", CODE_TERMINAL },
	{ CODE_CREATE, ANY, NULL, "/process", CODE_ARGS },
	{ CODE_CONTAINER_STATUS, ETIMEDOUT, NULL, NULL, CODE_CONTAINER_HANGS },
	{ CODE_CONTAINER_STATUS, ANY, "pidfd_send_signal", NULL, CODE_KILL },
	{ CODE_CONTAINER_STATUS, EBADMSG, NULL, NULL, CODE_HELPER },
	{ CODE_CONTAINER_STATUS, ECHILD, NULL, NULL, CODE_HELPER },
	{ CODE_CONTAINER_STATUS, ANY, "recvmsg", NULL, CODE_HELPER },
	{ CODE_CONTAINER_STATUS, ANY, "connect", NULL, CODE_HELPER },
	{ CODE_CONTAINER_STATUS, ANY, NULL, "/process", CODE_ARGS },
	{ CODE_KILL, ANY, "opendir", NULL, CODE_LIST },
	{ CODE_HELPER, ANY, "write", "/process/oomScoreAdj", CODE_OOM_SCORE },
	{ CODE_HELPER, ANY, "prlimit64", NULL, CODE_RLIMITS },
	{ CODE_HELPER, ANY, "connect", "/process/terminal", CODE_CONSOLE_SOCKET },
	{ CODE_HELPER, ANY, "connect", NULL, CODE_PIDFD_SOCKET },
	{ CODE_HELPER, ANY, "open", NULL, CODE_PID_FILE },
	{ CODE_HELPER, ENOMEM, "", "/linux/resources/memory", CODE_OOM_KILLED },

	{ CODE_HOOK, ANY, "execve", NULL, CODE_HOOK_MISSING },
	{ CODE_ID_MAPPING, EINVAL, NULL, NULL, CODE_MAPPINGS },
	{ CODE_ID_MAPPING, ANY, "write", NULL, CODE_MAPPINGS },
	{ CODE_HOST, ENOTSUP, NULL, NULL, CODE_KERNEL_TOO_OLD },
	{ CODE_SYSTEMD, EINVAL, NULL, "/linux/cgroupsPath", CODE_CGROUPS_PATH },
	{ CODE_EXEC, ESRCH, NULL, NULL, CODE_CONTAINER_STATUS },
	{ CODE_EXEC, EBUSY, NULL, NULL, CODE_CONTAINER_STATUS },
	{ CODE_EXEC, ANY, NULL, "/process/execCPUAffinity", CODE_EXEC_AFFINITY },
	{ CODE_EXEC, ENODEV, NULL, NULL, CODE_CGROUP_MISSING },
	{ CODE_MOUNT_SOURCE, ANY, "mount_setattr", NULL, CODE_MOUNT_IDMAP },
	{ CODE_MOUNT_SOURCE, ANY, NULL, "/root", CODE_ROOTFS },
	{ CODE_MOUNT_SOURCE, ANY, NULL, "/linux/namespaces", CODE_NAMESPACE_JOIN },
	{ CODE_MOUNT_SOURCE, ANY, NULL, "/linux/devices", CODE_DEVICE },
	{ CODE_OUTPUT, ANY, "write", NULL, CODE_OUTPUT },
	{ CODE_UPDATE, E2BIG, NULL, NULL, CODE_RESOURCES_FILE },
	{ CODE_UPDATE, ANY, "read", NULL, CODE_RESOURCES_FILE },
	{ CODE_UPDATE, ESRCH, NULL, NULL, CODE_CONTAINER_STATUS },
	{ CODE_EVENTS, ESRCH, NULL, NULL, CODE_CONTAINER_STATUS },
	{ CODE_KILL, ESRCH, NULL, NULL, CODE_CONTAINER_STATUS },
	{ CODE_KILL, EINVAL, NULL, NULL, CODE_CONTAINER_STATUS },
};

/* What an errno says on its own. */
static const struct {
	int errnum;
	enum error_code code;
} of_errno[] = {
	{ ENOMEM, CODE_OUT_OF_MEMORY },
	{ EMFILE, CODE_TOO_MANY_FILES },
	{ ENFILE, CODE_TOO_MANY_FILES },
	{ ENOSPC, CODE_NO_SPACE },
	{ EDQUOT, CODE_NO_SPACE },
	{ EROFS, CODE_READ_ONLY },
	{ ENAMETOOLONG, CODE_NAME_TOO_LONG },
	{ ENOSYS, CODE_KERNEL_LACKS },
};

static bool is_below(const char *pointer, const char *above)
{
	const size_t len = strlen(above);

	return strncmp(pointer, above, len) == 0 && (pointer[len] == '\0' || pointer[len] == '/');
}

static bool matches(const struct refinement *r, const struct codes_failure *f)
{
	return r->family == f->family && (r->errnum == ANY || r->errnum == f->errnum) &&
	       (!r->syscall || strcmp(r->syscall, f->syscall) == 0) &&
	       (!r->pointer || is_below(f->pointer, r->pointer));
}

enum error_code codes_refine(const struct codes_failure *failure)
{
	for (size_t i = 0; i < sizeof(of_family) / sizeof(of_family[0]); i++) {
		if (matches(&of_family[i], failure))
			return of_family[i].code;
	}
	for (size_t i = 0; i < sizeof(of_errno) / sizeof(of_errno[0]); i++) {
		if (of_errno[i].errnum == failure->errnum)
			return of_errno[i].code;
	}
	return failure->family;
}
