/*
 * statmount.h - what one mount is, without the list of all mounts (Linux 6.8).
 *
 * /proc/self/mountinfo grows with every container on the machine; a question about one mount
 * should not.
 */
#ifndef TARE_SYS_STATMOUNT_H
#define TARE_SYS_STATMOUNT_H

#include "base/error.h"

#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The part of its filesystem that is mounted at `path` ("/" as a rule), if `path` is a mount point
 * of a filesystem with this magic. Returns 0, -ENOENT if it is none, -ENAMETOOLONG, or -errno:
 * -ENOSYS before Linux 6.8.
 */
int statmount_root(const char *path, uint64_t magic, char *root, size_t size) MUST_CHECK;

/* statx(2), which not every C library has. Returns 0, or -1 with errno. */
int statmount_statx(int dir, const char *path, int flags, unsigned mask,
		    struct statx *st) MUST_CHECK;

#endif
