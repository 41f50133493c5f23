/*
 * cgroupfs.h - files and directories of a cgroup hierarchy, by directory fd.
 *
 * Below the mount every path is resolved with openat2 (RESOLVE_BENEATH, NO_SYMLINKS, NO_XDEV), so
 * that no path leaves the hierarchy. Functions return 0, or what they say, or a negative errno;
 * the callers know the words for it. A `path` has no leading slash; "" is the directory itself.
 */
#ifndef TARE_SYS_CGROUPFS_H
#define TARE_SYS_CGROUPFS_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Open the mount point of a hierarchy and check that the filesystem is cgroup2 (or cgroup, for
 * v1): -EMEDIUMTYPE if it is another one. The fd is the caller's.
 */
int cgroupfs_open_mount(const char *mount_point, bool v2) MUST_CHECK;

/* Open a directory below `dir`, for reading: good for clone3, bpf and as `dir` here. */
int cgroupfs_open_dir(int dir, const char *path) MUST_CHECK;

/* Open one file of the cgroup `dir` for writing. */
int cgroupfs_open_file(int dir, const char *file) MUST_CHECK;

/* Write a value by one write(2); a short write is -EIO. */
int cgroupfs_write_fd(int fd, const char *value, size_t len) MUST_CHECK;
int cgroupfs_write(int dir, const char *file, const char *value) MUST_CHECK;

/*
 * Read a file, less its last newline, as a string. Returns its length, or -EFBIG if it does not
 * fit.
 */
ssize_t cgroupfs_read(int dir, const char *file, char *buffer, size_t size) MUST_CHECK;

/* Read a file that holds one number: -EINVAL for other text ("max"). */
int cgroupfs_read_number(int dir, const char *file, uint64_t *value) MUST_CHECK;

/* Make the directory: 1 if it was made, 0 if it existed. */
int cgroupfs_make_dir(int dir, const char *name) MUST_CHECK;

/*
 * The number of a directory (or of `dir` itself for ""), which no other of its hierarchy gets as
 * long as the machine runs. (The device is that of the mount, which another mount of the same
 * hierarchy need not share.)
 */
int cgroupfs_inode(int dir, const char *name, uint64_t *inode) MUST_CHECK;

/* rmdir. Absent is -ENOENT; with processes or children -EBUSY. */
int cgroupfs_remove_dir(int dir, const char *path) MUST_CHECK;

/*
 * Call `visit` for each directory in `dir` until it returns something else than 0, which is then
 * the result.
 */
typedef int cgroupfs_visit(int dir, const char *name, void *data);
int cgroupfs_each_child(int dir, cgroupfs_visit *visit, void *data) MUST_CHECK;

/*
 * The numbers of a file with one number a line (cgroup.procs): up to `max` of them are stored,
 * and the count of all is returned. Lines with other text are -EINVAL.
 */
ssize_t cgroupfs_read_pids(int dir, const char *file, pid_t *pids, size_t max) MUST_CHECK;

/*
 * The value of "KEY VALUE" in a flat keyed file such as memory.events. -ENODATA if there is no
 * such key.
 */
int cgroupfs_read_key(int dir, const char *file, const char *key, uint64_t *value) MUST_CHECK;

/*
 * Wait until a key of cgroup.events has this value: 0, or -ETIMEDOUT after so many milliseconds.
 */
int cgroupfs_wait_event(int dir, const char *key, uint64_t value, int timeout) MUST_CHECK;

#endif
