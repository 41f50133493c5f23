/* root.c - the root filesystem: attached first, mounted into, entered last. */
#include "init/mount.h"
#include "init/path.h"

#include <linux/prctl.h>

#define SLAVE   (1u << 19) /* MS_SLAVE */
#define PRIVATE (1u << 18) /* MS_PRIVATE */

int step_run_propagate(struct init *init, struct step_propagate *step)
{
	struct mount_attr attr = { 0, 0, step->flags & ~0x4000u, 0 };

	(void)init;
	return (int)sys_call5(__NR_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr));
}

/*
 * `at` is "/" in a mount namespace of our own: a place everybody can reach, whatever the
 * permissions above the rootfs; and pivot_root leaves nothing of it behind. Mounting into a
 * detached tree needs Linux 6.15, so the tree is attached before anything is mounted into it.
 */
int step_run_root(struct init *init, struct step_root *step)
{
	struct mount_attr make_private = { 0, 0, PRIVATE, 0 };
	int tree = (int)step->tree, at, rc;

	sys_call1(__NR_umask, 0); /* modes are meant as written */
	if (tree < 0)
		tree = mount_clone_path(init_text(init, step->path), AT_RECURSIVE);
	if (tree < 0)
		return init_fail(init, PART_OPEN_SOURCE, tree);
	if (step->detach_parent) { /* pivot_root refuses a parent that is shared */
		rc = (int)sys_call5(__NR_mount_setattr, AT_FDCWD, "/", 0, &make_private,
				    sizeof(make_private));
		if (rc < 0)
			return init_fail(init, PART_SET_FLAGS, rc);
	}
	rc = mount_set(tree, 0, 0, SLAVE, true); /* nothing mounted in here reaches the host */
	if (rc < 0)
		return init_fail(init, PART_SET_FLAGS, rc);
	at = sys_openat(AT_FDCWD, init_text(init, step->at), O_PATH | O_CLOEXEC, 0);
	if (at < 0)
		return init_fail(init, PART_RESOLVE, at);
	rc = mount_attach(tree, at);
	sys_close(at);
	init->root = tree;
	return rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
}

int step_run_make_cwd(struct init *init, struct step_make_cwd *step)
{
	int fd = path_open_or_make(init, init->root, init_text(init, step->path), true);

	if (fd < 0)
		return fd;
	sys_close(fd);
	return 0;
}

int step_run_root_readonly(struct init *init, struct step_root_readonly *step)
{
	(void)step;
	return mount_set(init->root, MOUNT_ATTR_RDONLY, 0, 0, false);
}

/*
 * A shared old root is cut off before it is unmounted, or the host's mounts would go with it. Its
 * descriptor is taken before: afterwards "." is the new root for all calls but umount2.
 */
static int pivot(struct step_pivot *step)
{
	int old = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0), rc;

	if (old < 0)
		return old;
	rc = (int)sys_call2(__NR_pivot_root, ".", ".");
	if (rc == 0 && step->shared)
		rc = mount_set(old, 0, 0, SLAVE, true);
	sys_close(old);
	if (rc == 0)
		rc = (int)sys_call2(__NR_umount2, ".", MNT_DETACH);
	return rc;
}

/*
 * The old root is stacked on the new one and detached at once: no directory for it is needed.
 * Without pivot_root the tree, which lies over "/", is entered by chroot: whoever breaks out of
 * that arrives at the top of the namespace, which is the same tree.
 */
int step_run_pivot(struct init *init, struct step_pivot *step)
{
	int rc = (int)sys_call1(__NR_fchdir, init->root);

	if (rc == 0)
		rc = step->how == PIVOT_ROOT ? pivot(step) : (int)sys_call1(__NR_chroot, ".");
	if (rc == 0)
		rc = (int)sys_call1(__NR_chdir, "/");
	return rc;
}

int step_run_root_propagate(struct init *init, struct step_root_propagate *step)
{
	return mount_set(init->root, 0, 0, step->flags, step->flags & 0x4000u);
}
