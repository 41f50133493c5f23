/* files.c - devices and links, hidden and read-only paths, kernel parameters. */
#include "init/files.h"
#include "init/made.h"
#include "init/mount.h"
#include "init/path.h"

#include <linux/openat2.h>

enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

/* Something is there already: fine if it is the very device, an error otherwise (config-linux.md).
 */
static int accept_existing(struct init *init, struct step_device *step, int dir, const char *name)
{
	struct sys_stat stat;
	int rc = sys_stat(dir, name, AT_SYMLINK_NOFOLLOW, &stat);

	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	if (S_TYPE(stat.mode) != S_TYPE(step->mode) ||
	    (S_TYPE(stat.mode) != S_FIFO &&
	     (stat.major != step->major || stat.minor != step->minor)))
		return init_fail(init, PART_EXISTS, -EEXIST);
	return 0;
}

int step_run_device(struct init *init, struct step_device *step)
{
	/* the encoding of the kernel's mknod: 12 bits of major between 20 of minor */
	uint64_t dev =
	    (step->minor & 0xff) | (step->major & 0xfff) << 8 | (step->minor & ~0xffull) << 12;
	const char *name;
	int dir = path_open_parent(init, init->root, init_text(init, step->target), &name);
	int rc;

	if (dir < 0)
		return dir;
	rc = (int)sys_call4(__NR_mknodat, dir, name, step->mode, dev);
	if (rc == -EEXIST)
		rc = accept_existing(init, step, dir, name);
	if (rc == 0 && (step->uid || step->gid))
		rc = (int)sys_call5(__NR_fchownat, dir, name, step->uid, step->gid,
				    AT_SYMLINK_NOFOLLOW);
	sys_close(dir);
	return rc;
}

/* Where mknod is not allowed (user namespaces) the host's own device is bound. */
int step_run_device_bind(struct init *init, struct step_device_bind *step)
{
	int tree = (int)step->tree, target, rc;

	if (tree < 0)
		tree = mount_clone_path(init_text(init, step->source), 0);
	if (tree < 0)
		return init_fail(init, PART_OPEN_SOURCE, tree);
	target = path_open_or_make(init, init->root, init_text(init, step->target), false);
	if (target < 0)
		return target;
	rc = mount_attach(tree, target);
	sys_close(target);
	sys_close(tree);
	return rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
}

static bool is_link_to(int dir, const char *name, const char *content)
{
	char there[4096];
	long n = sys_call4(__NR_readlinkat, dir, name, there, sizeof(there) - 1);

	if (n < 0)
		return false;
	there[n] = '\0';
	return text_same(there, content);
}

/* The image may have something else by that name: it is replaced, never followed. */
int files_make_link(struct init *init, const char *target, const char *content, bool replace)
{
	const char *name;
	int dir = path_open_parent(init, init->root, target, &name);
	int rc;

	if (dir < 0)
		return dir;
	rc = (int)sys_call3(__NR_symlinkat, content, dir, name);
	if (rc == 0)
		rc = made_note(init, dir, name);
	else if (rc == -EEXIST && is_link_to(dir, name, content)) {
		rc = 0;
	} else if (rc == -EEXIST) {
		init->part = PART_EXISTS;
		if (replace)
			rc = (int)sys_call3(__NR_unlinkat, dir, name, 0);
		if (rc == 0)
			rc = (int)sys_call3(__NR_symlinkat, content, dir, name);
	}
	sys_close(dir);
	return rc;
}

int step_run_symlink(struct init *init, struct step_symlink *step)
{
	return files_make_link(init, init_text(init, step->target), init_text(init, step->content),
			       true);
}

int step_run_procfs(struct init *init, struct step_procfs *step)
{
	struct program_ref none = { 0, 0 };
	int mount = mount_make(init, "proc", none, 0);

	(void)step;
	if (mount < 0)
		return mount;
	init->proc = mount;
	return 0;
}

bool files_is_null(int fd)
{
	struct sys_stat stat;

	return sys_stat(fd, "", AT_EMPTY_PATH, &stat) == 0 && S_TYPE(stat.mode) == S_CHR &&
	       stat.major == NULL_MAJOR && stat.minor == NULL_MINOR;
}

/*
 * A standard stream that is the null device of the caller's /dev lies on a mount that the container
 * does not have, and CRIU cannot save it. Done by who the program will be, which could do it, too;
 * where it cannot, or the container has no such device, the stream stays what it is.
 */
int step_run_streams(struct init *init, struct step_streams *step)
{
	(void)init;
	(void)step;
	for (int stream = 0; stream < 3; stream++) {
		int fd;

		if (!files_is_null(stream))
			continue;
		fd = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				0);
		if (fd >= 0 && files_is_null(fd) && sys_call3(__NR_fcntl, fd, F_SETFL, O_RDWR) == 0)
			(void)sys_call3(__NR_dup3, fd, stream, 0);
		if (fd >= 0)
			sys_close(fd);
	}
	return 0;
}

/* Only beneath a procfs that nothing can be mounted over, and without following links. */
int step_run_sysctl(struct init *init, struct step_sysctl *step)
{
	char path[512] = "sys/";
	long n;
	int fd;

	if (!text_append(path, sizeof(path), init_text(init, step->key)))
		return init_fail(init, PART_RESOLVE, -ENAMETOOLONG);
	fd = path_open_how(init->proc, path, O_WRONLY,
			   RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return init_fail(init, PART_RESOLVE, fd);
	n = sys_write(fd, init_text(init, step->value), step->value.length);
	sys_close(fd);
	if (n < 0)
		return init_fail(init, PART_WRITE, n);
	return n < (long)step->value.length ? init_fail(init, PART_SHORT_WRITE, -EIO) : 0;
}

/* The path of a mask is relative to the mount it is in, if we made that one. */
static int open_covered(struct init *init, struct program_ref path, uint64_t base)
{
	return path_open_in_root(base ? mount_kept(init, base) : init->root, init_text(init, path),
				 0);
}

/* A file is covered by a read-only /dev/null of the host; its identity is checked on the fd. */
static int make_null_mask(struct init *init, struct step_mask *step)
{
	struct sys_stat stat;
	int tree = init->null >= 0 ? mount_clone(init->null, 0) : (int)step->null, rc;

	if (init->null >= 0)
		return tree < 0 ? init_fail(init, PART_CLONE_SOURCE, tree) : tree;
	if (tree < 0)
		tree = mount_clone_path("/dev/null", 0);
	if (tree < 0)
		return init_fail(init, PART_OPEN_SOURCE, tree);
	rc = sys_stat(tree, "", AT_EMPTY_PATH, &stat);
	if (rc < 0 || S_TYPE(stat.mode) != S_CHR || stat.major != NULL_MAJOR ||
	    stat.minor != NULL_MINOR)
		return init_fail(init, PART_NOT_NULL, rc < 0 ? rc : -ENODEV);
	rc =
	    mount_set(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, 0, false);
	return rc < 0 ? init_fail(init, PART_SET_FLAGS, rc) : tree;
}

/* A directory is covered by an empty read-only tmpfs; one superblock serves all of them. */
static int make_empty_mask(struct init *init)
{
	struct program_ref none = { 0, 0 };
	int tree;

	if (init->empty < 0)
		return mount_make(init, "tmpfs", none,
				  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				      MOUNT_ATTR_NOEXEC);
	tree = mount_clone(init->empty, 0);
	return tree < 0 ? init_fail(init, PART_CLONE_SOURCE, tree) : tree;
}

int step_run_mask(struct init *init, struct step_mask *step)
{
	struct sys_stat stat;
	int target = open_covered(init, step->path, step->base), tree, rc;
	int *first;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0; /* what is not there needs no hiding; all else must succeed */
	if (target < 0)
		return init_fail(init, PART_RESOLVE, target);
	rc = sys_stat(target, "", AT_EMPTY_PATH, &stat);
	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	first = S_TYPE(stat.mode) == S_DIR ? &init->empty : &init->null;
	tree = first == &init->empty ? make_empty_mask(init) : make_null_mask(init, step);
	if (tree < 0)
		return tree;
	rc = mount_attach(tree, target);
	sys_close(target);
	if (*first < 0) /* the first one, now attached, can be cloned on any kernel */
		*first = tree;
	else
		sys_close(tree);
	return rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
}

int step_run_readonly(struct init *init, struct step_readonly *step)
{
	int target = open_covered(init, step->path, step->base), tree, rc;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return init_fail(init, PART_RESOLVE, target);
	tree = mount_clone(target, AT_RECURSIVE);
	if (tree < 0)
		return init_fail(init, PART_CLONE_SOURCE, tree);
	rc = mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, true);
	if (rc < 0)
		return init_fail(init, PART_SET_FLAGS, rc);
	rc = mount_attach(tree, target);
	sys_close(target);
	sys_close(tree);
	return rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
}
