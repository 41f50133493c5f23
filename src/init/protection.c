/*
 * protection.c - see protection.h.
 *
 * They are told by what they are. The config's lists of paths are no help here: the container may
 * have renamed a directory above one.
 */
#include "init/protection.h"
#include "init/files.h"
#include "init/mount.h"
#include "init/path.h"

#include <asm/statfs.h>
#include <linux/magic.h>

/* Of statfs(2): in no header of the kernel. */
enum { ST_RDONLY = 1, ST_NOSUID = 2, ST_NOEXEC = 8 };

static bool is_empty(int directory)
{
	char entries[128];
	int fd = sys_openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long n = fd < 0 ? fd : sys_call3(__NR_getdents64, fd, entries, sizeof(entries));

	if (fd >= 0)
		sys_close(fd);
	return n <= 48; /* . and ..; who cannot look does not uncover it */
}

/* A null device, or an empty tmpfs, with the flags that files.c gives them. */
static bool is_mask(int mount, const struct statfs *fs)
{
	const long flags = ST_RDONLY | ST_NOSUID | ST_NOEXEC;
	struct sys_stat there = { 0 };

	if ((fs->f_flags & flags) != flags || sys_stat(mount, "", AT_EMPTY_PATH, &there) < 0)
		return false;
	return S_TYPE(there.mode) == S_DIR ? fs->f_type == TMPFS_MAGIC && is_empty(mount)
					   : files_is_null(mount);
}

/*
 * Does it show the very thing that it lies on, which was made read-only so? What is below is seen
 * in a copy of the mount that it lies in. A mount that holds others may be locked against copying;
 * then nobody can tell.
 */
static int shows_what_it_covers(struct init *init, int mount, const char *target)
{
	struct sys_stat above = { 0 }, seen = { 0 }, below = { 0 };
	const char *name = target + strlen(target);
	int parent, copy, rc = sys_stat(mount, "", AT_EMPTY_PATH, &above);

	while (name > target && name[-1] != '/')
		name--;
	parent = path_open_parent_without_links(init->root, target);
	if (rc < 0 || parent < 0)
		return rc < 0 ? rc : parent;
	rc = sys_stat(parent, name, AT_SYMLINK_NOFOLLOW, &seen);
	if (rc == -ENOENT || (rc == 0 && seen.mount != above.mount))
		rc = -EAGAIN; /* somebody has moved it meanwhile */
	copy = rc < 0 ? rc : mount_clone(parent, 0);
	sys_close(parent);
	if (copy == -EINVAL)
		return 0;
	if (copy < 0)
		return copy;
	rc = sys_stat(copy, name, AT_SYMLINK_NOFOLLOW, &below);
	sys_close(copy);
	return rc < 0 ? rc : below.ino == above.ino && below.device == above.device;
}

int protection_of(struct init *init, int mount, const char *target)
{
	struct statfs fs;
	int rc = (int)sys_call2(__NR_fstatfs, mount, &fs);

	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	if (is_mask(mount, &fs))
		return init_fail(init, PART_IS_MASK, -EPERM);
	if (!(fs.f_flags & ST_RDONLY))
		return 0;
	rc = shows_what_it_covers(init, mount, target);
	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	return rc ? init_fail(init, PART_IS_READONLY, -EPERM) : 0;
}
