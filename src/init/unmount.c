/*
 * unmount.c - mounts of a running container that go: those that were asked for by tare mounts
 * remove, and those of an add that failed half-way.
 *
 * The container runs meanwhile and may put links wherever it may write: a path is resolved once,
 * and what is removed is what was found there. umount2(2) wants a path all the same: that of the
 * descriptor, in the procfs of the host.
 */
#include "init/made.h"
#include "init/path.h"
#include "init/protection.h"

/* Of umount2(2): in no header of the kernel. */
enum { MNT_EXPIRE = 4 };

enum { MOVED_TRIES = 256 };

static int unmount(const struct init *init, int mount, int how)
{
	char path[32] = "self/fd/";
	int rc = (int)sys_call1(__NR_fchdir, init->own_proc);

	(void)text_append_number(path, sizeof(path), (uint64_t)mount);
	if (rc == 0)
		rc = (int)sys_call2(__NR_umount2, path, how);
	return rc;
}

/*
 * Would it go? Some are locked to what they lie on, by a user namespace. Our descriptor keeps this
 * call from doing more than answering: the mount is in use, it says, if nothing else is in the way.
 */
static int try_unmount(const struct init *init, int mount)
{
	int rc = unmount(init, mount, MNT_EXPIRE);

	return rc == -EBUSY ? 0 : rc;
}

int step_run_together(struct init *init, struct step_together *step)
{
	(void)step;
	init->own_proc = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	init->together = init->step;
	return init->own_proc < 0 ? init_fail(init, PART_RESOLVE, init->own_proc) : 0;
}

/* Newest first, as one may lie on another. */
void unmount_undo(struct init *init)
{
	uint32_t until = init->step;

	while (until > init->together) {
		uint32_t last = init->together;
		struct step *step = (void *)(init->base + last);

		while (last + step->size < until) {
			last += step->size;
			step = (void *)(init->base + last);
		}
		if (step->kind == STEP_MOUNT && ((struct step_mount *)(void *)step)->mounted >= 0)
			(void)unmount(init, (int)((struct step_mount *)(void *)step)->mounted,
				      MNT_DETACH);
		if (step->kind == STEP_BIND && ((struct step_bind *)(void *)step)->mounted >= 0)
			(void)unmount(init, (int)((struct step_bind *)(void *)step)->mounted,
				      MNT_DETACH);
		until = last;
	}
	made_undo(init);
}

static int judge(struct init *init, int mount, const char *target)
{
	struct sys_stat there = { 0 }, root = { 0 };
	int rc = sys_stat(mount, "", AT_EMPTY_PATH, &there);

	if (rc == 0)
		rc = sys_stat(init->root, "", AT_EMPTY_PATH, &root);
	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	if (!there.is_mount_root)
		return init_fail(init, PART_NOT_MOUNTED, -EINVAL);
	if (there.mount == root.mount)
		return init_fail(init, PART_IS_ROOT, -EBUSY);
	rc = protection_of(init, mount, target);
	if (rc < 0)
		return rc;
	rc = try_unmount(init, mount);
	return rc < 0 ? init_fail(init, PART_NONE, rc) : 0;
}

/*
 * No link on the way: whoever runs in the container could lead it to a mount that protects us. One
 * that was moved while it was looked at is looked for again.
 */
int step_run_at_mount(struct init *init, struct step_at_mount *step)
{
	const char *target = init_text(init, step->target);
	int rc = -EAGAIN;

	for (int tries = 0; rc == -EAGAIN && tries < MOVED_TRIES; tries++) {
		int fd = path_open_without_links(init->root, target);

		if (fd < 0)
			return init_fail(init, PART_RESOLVE, fd);
		rc = judge(init, fd, target);
		if (rc == 0)
			step->mount = fd;
		else
			sys_close(fd);
	}
	return rc;
}

int step_run_unmount(struct init *init, struct step_unmount *step)
{
	struct step_at_mount *at = (void *)(init->base + step->at);

	return unmount(init, (int)at->mount, MNT_DETACH);
}

int step_run_leave(struct init *init, struct step_leave *step)
{
	int rc = report_simple(init, REPORT_READY);

	(void)step;
	if (rc < 0)
		return rc;
	sys_exit(0);
}
