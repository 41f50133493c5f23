/*
 * hints_host.c - see hints.h. Hints for what tare does itself.
 *
 * Each row of the table is produced by a test that quotes its words (tests/lint/errors.py).
 */
#include "base/fd.h"
#include "base/text.h"
#include "container/hints.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what is known of the machine; a file that cannot be read gives no reason */

/* The number in the file of a sysctl, or `none`. */
static uint64_t sysctl_number(const char *path, uint64_t none)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	uint64_t number = 0;

	if (n <= 0)
		return none;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text_to_u64(text, UINT64_MAX, &number) == 0 ? number : none;
}

static bool is_filtered(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

static bool lacks_administration(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return geteuid() == 0 && syscall(SYS_capget, &header, data) == 0 &&
	       !(data[0].effective & 1U << CAP_SYS_ADMIN);
}

static bool allows_no_user_namespace(void)
{
	return sysctl_number("/proc/sys/user/max_user_namespaces", 1) == 0;
}

/* A sysctl of Debian's kernels. */
static bool forbids_user_namespaces(void)
{
	return geteuid() != 0 &&
	       sysctl_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0;
}

/* A sysctl of Ubuntu's kernels; absent elsewhere. */
static bool apparmor_restricts(void)
{
	return sysctl_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1;
}

/* ---- the table */

/* Code CODE_NONE and errnum 0 stand for any, NULL as condition for always. First match wins. */
static const struct hint_host {
	enum error_code code;
	int errnum;
	bool (*when)(void);
	enum error_code refined;
	const char *text;
} hints[] = {
	{ CODE_NONE, EPERM, is_filtered, CODE_PRIVILEGES,
	  "a seccomp filter is in force around tare (Seccomp: 2 in /proc/self/status): loosen the "
	  "profile of the outer container" },
	{ CODE_NONE, ENOSYS, is_filtered, CODE_PRIVILEGES,
	  "a seccomp filter is in force around tare (Seccomp: 2 in /proc/self/status): loosen the "
	  "profile of the outer container" },
	{ CODE_PRIVILEGES, EPERM, lacks_administration, CODE_NONE,
	  "tare runs as root, but without CAP_SYS_ADMIN: give it to the outer container, or add a "
	  "user namespace" },
	{ CODE_PRIVILEGES, EPERM, NULL, CODE_NONE,
	  "run as root, or add a user namespace (tare spec --rootless)" },
	{ CODE_USER_NAMESPACES, EPERM, apparmor_restricts, CODE_NONE,
	  "AppArmor allows user namespaces only to programs with a profile that has \"userns,\": "
	  "write one for tare, or set kernel.apparmor_restrict_unprivileged_userns to 0" },
	{ CODE_USER_NAMESPACES, EPERM, forbids_user_namespaces, CODE_NONE,
	  "the sysctl kernel.unprivileged_userns_clone is 0: only root makes user namespaces "
	  "here" },
	{ CODE_USER_NAMESPACES, EPERM, NULL, CODE_NONE,
	  "user namespaces are forbidden here: tare runs in a chroot, or a security module does "
	  "not allow them" },
	{ CODE_NAMESPACE_LIMIT, 0, allows_no_user_namespace, CODE_USER_NAMESPACES,
	  "user.max_user_namespaces is 0: user namespaces are switched off here" },
	{ CODE_NAMESPACE_LIMIT, 0, NULL, CODE_NONE,
	  "a limit on namespaces is reached: see user.max_*_namespaces in /proc/sys/user" },
	{ CODE_PROCESS_LIMIT, 0, NULL, CODE_NONE,
	  "a limit on processes is reached: pids.max of the cgroup or of one above it, "
	  "RLIMIT_NPROC, or kernel.pid_max" },
	{ CODE_PROCESS, EOPNOTSUPP, NULL, CODE_CGROUP,
	  "a parent of the cgroup has processes of its own and hands controllers down, or is "
	  "threaded (cgroup.type): choose another linux.cgroupsPath" },
	{ CODE_TOO_MANY_FILES, EMFILE, NULL, CODE_NONE,
	  "raise the limit of open files: ulimit -n" },
	{ CODE_CONSOLE_SOCKET, ENAMETOOLONG, NULL, CODE_NONE,
	  "the path of a unix socket has at most 107 bytes" },
	{ CODE_CONSOLE_SOCKET, 0, NULL, CODE_NONE,
	  "whoever takes the terminal has to listen there before the container is created" },
	{ CODE_PIDFD_SOCKET, 0, NULL, CODE_NONE,
	  "whoever takes the pidfd has to listen there before the container is created" },
	{ CODE_PID_FILE, ENOENT, NULL, CODE_NONE, "make the directory of the pid file beforehand" },
	{ CODE_LOG_FILE, ENOENT, NULL, CODE_NONE, "make the directory of the log beforehand" },
	{ CODE_CONTAINER_EXISTS, 0, NULL, CODE_NONE,
	  "tare list shows it; tare delete removes it when it has ended" },
	{ CODE_CONTAINER_MISSING, 0, NULL, CODE_NONE,
	  "tare list shows what there is; each --root has containers of its own" },
	{ CODE_CONTAINER_BUSY, 0, NULL, CODE_NONE, "try again when the other command has ended" },
	{ CODE_ROOTFS, ENOENT, NULL, CODE_NONE,
	  "unpack the image there, or correct the path; a relative one counts from the bundle" },
	{ CODE_ROOTFS, ENOTDIR, NULL, CODE_NONE,
	  "name the directory itself, not a link to it: whoever can change a link would choose the "
	  "files" },
	{ CODE_ROOTFS, ELOOP, NULL, CODE_NONE,
	  "name the directory itself, not a link to it: whoever can change a link would choose the "
	  "files" },
	{ CODE_MOUNT_SOURCE, EACCES, NULL, CODE_NONE,
	  "this user may not enter a directory on the way to the source" },
	{ CODE_MOUNT_SOURCE, ENOTDIR, NULL, CODE_NONE,
	  "a part of the source's path is a file, not a directory" },
	{ CODE_NAMESPACE_JOIN, ENOENT, NULL, CODE_NONE,
	  "the process that it belonged to has ended, or the path is not right" },
	{ CODE_NAMESPACE_JOIN, EPERM, NULL, CODE_NONE,
	  "joining needs CAP_SYS_ADMIN in the user namespace that owns the namespace" },
	{ CODE_STATE_ROOT, EROFS, NULL, CODE_NONE,
	  "choose a directory on a writable filesystem with --root" },
	{ CODE_STATE_ROOT, EACCES, NULL, CODE_NONE,
	  "only root or the caller may own it and write to it: whoever else could would run "
	  "programs by it" },
	{ CODE_OUTPUT, ENOSPC, NULL, CODE_NONE,
	  "standard output goes to a filesystem that is full" },
};

/* By the kernel, not by tare. */
static bool is_refusal(const struct error *err)
{
	return err->syscall[0] != '\0' || err->step[0] != '\0';
}

void hints_add(struct error *err)
{
	for (size_t i = 0; err->hint[0] == '\0' && i < sizeof(hints) / sizeof(hints[0]); i++) {
		const struct hint_host *h = &hints[i];

		if (h->code == CODE_NONE ? !is_refusal(err) : h->code != err->code)
			continue;
		if ((h->errnum != 0 && h->errnum != err->errnum) || (h->when && !h->when()))
			continue;
		error_refine(err, h->refined);
		error_add_hint(err, "%s", h->text);
	}
}
