/* procfs.c - see procfs.h. */
#include "sys/procfs.h"
#include "base/fd.h"
#include "base/text.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

static int open_root(void)
{
	struct statfs fs;
	owned_fd fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return -ENOTSUP;
	return take_fd(&fd);
}

int procfs_write(pid_t pid, const char *file, const char *text)
{
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
				.resolve =
				    RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS };
	owned_fd root = open_root();
	size_t len = strlen(text);
	char path[64];
	ssize_t n;
	int rc;

	if (root < 0)
		return root;
	rc = text_format(path, sizeof(path), "%d/%s", (int)pid, file);
	if (rc < 0)
		return rc;
	owned_fd fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n < 0)
		return -errno;
	return (size_t)n < len ? -EIO : 0;
}
