/* helper.c - see helper.h. */
#include "sys/helper.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR_CODE CODE_HELPER_FILE

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef TARE_HELPER_PATH
#define TARE_HELPER_PATH "/usr/local/libexec/tare/tare-init"
#endif

extern const char init_image_start[], init_image_end[]; /* init_image.S */

static int fill_and_seal(int fd, struct error *err)
{
	const size_t size = (size_t)(init_image_end - init_image_start);
	ssize_t n = write(fd, init_image_start, size);

	if (n != (ssize_t)size)
		return error_sys(err, n < 0 ? errno : ENOSPC, "write", NULL,
				 "cannot prepare tare-init");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_sys(err, errno, "fcntl", NULL, "cannot seal tare-init");
	return 0;
}

/* A user without CAP_SYS_ADMIN cannot clone mounts; the file's own mode has to protect it then. */
static int open_installed(struct error *err)
{
	struct mount_attr attr = { .attr_set =
				       MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, TARE_HELPER_PATH,
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 && errno == EPERM)
		fd = open(TARE_HELPER_PATH, O_PATH | O_CLOEXEC);
	else if (fd >= 0)
		(void)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	if (fd < 0) {
		int rc = error_sys(err, errno, "open_tree", NULL,
				   "memfds may not be executed here (vm.memfd_noexec=2), and %s "
				   "cannot be opened",
				   TARE_HELPER_PATH);

		error_add_hint(err, "install tare (cmake --install), or set the sysctl "
				    "vm.memfd_noexec to 1 or 0");
		return rc;
	}
	return fd;
}

int helper_open(struct error *err)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	owned_fd fd = (int)syscall(SYS_memfd_create, "tare-init", flags | MFD_EXEC);
	int rc;

	if (fd < 0 &&
	    errno == EINVAL) /* before 6.3; never for EACCES: that one could not be executed */
		fd = (int)syscall(SYS_memfd_create, "tare-init", flags);
	if (fd < 0 && errno == EACCES)
		return open_installed(err);
	if (fd < 0)
		return error_sys(err, errno, "memfd_create", NULL, "cannot prepare tare-init");
	rc = fill_and_seal(fd, err);
	return rc < 0 ? rc : take_fd(&fd);
}
