/* mount.c - see mount.h; and the steps that mount filesystems and binds. */
#include "init/mount.h"
#include "init/copyup.h"
#include "init/files.h"
#include "init/path.h"

#include <asm/statfs.h>
#include <linux/magic.h>
#include <linux/sched.h>

#define PROPAGATION_REC 0x4000u /* MS_REC in a propagation of the program */

int mount_clone(int fd, unsigned flags)
{
	return (int)sys_call3(__NR_open_tree, fd, "",
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
}

int mount_clone_path(const char *path, unsigned flags)
{
	return (int)sys_call3(__NR_open_tree, AT_FDCWD, path,
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
	struct mount_attr attr = { set, clear, propagation & ~(uint64_t)PROPAGATION_REC, 0 };

	if (!set && !clear && !propagation)
		return 0;
	return (int)sys_call5(__NR_mount_setattr, fd, "",
			      AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof(attr));
}

int mount_attach(int mount, int target)
{
	return (int)sys_call5(__NR_move_mount, mount, "", target, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/*
 * The kernel explains itself in the context, one message a read: "e tmpfs: Unknown parameter 'x'".
 * The last error (e) is the one, not a warning before it; some messages end in a newline.
 */
static int fail_with_message(struct init *init, int fs, enum report_part part, int rc)
{
	char message[sizeof(init->text)];
	bool is_error = false;
	long n, level;

	init->text[0] = '\0';
	while ((n = sys_read(fs, message, sizeof(message) - 1)) > 0) {
		while (n > 0 && message[n - 1] == '\n')
			n--;
		message[n] = '\0';
		if (message[0] != 'e' && is_error)
			continue;
		is_error |= message[0] == 'e';
		level = n > 2 ? 2 : 0; /* the letter, and a blank */
		memcpy(init->text, message + level, (size_t)(n - level) + 1);
	}
	return init_fail(init, part, rc);
}

static void name_option(struct init *init, const char *key, const char *value)
{
	text_append(init->text, sizeof(init->text), key);
	if (!value)
		return;
	text_append(init->text, sizeof(init->text), "=");
	text_append(init->text, sizeof(init->text), value);
}

static int set_options(struct init *init, int fs, struct program_ref options)
{
	for (uint32_t i = 0; i + 1 < options.length; i += 2) {
		const char *key = init_entry(init, options, i);
		const char *value = init_entry(init, options, i + 1);
		int rc =
		    (int)sys_call5(__NR_fsconfig, fs,
				   value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);

		if (rc < 0) {
			rc = fail_with_message(init, fs, PART_SET_OPTION, rc);
			if (init->text[0] == '\0')
				name_option(init, key, value);
			return rc;
		}
	}
	return 0;
}

static int create(struct init *init, int fs, uint64_t attr)
{
	int rc = (int)sys_call5(__NR_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);

	if (rc < 0)
		return fail_with_message(init, fs, PART_CREATE_FILESYSTEM, rc);
	rc = (int)sys_call3(__NR_fsmount, fs, FSMOUNT_CLOEXEC, attr);
	return rc < 0 ? init_fail(init, PART_SET_FLAGS, rc) : rc;
}

int mount_make(struct init *init, const char *type, struct program_ref options, uint64_t attr)
{
	int fs = (int)sys_call2(__NR_fsopen, type, FSOPEN_CLOEXEC);
	int rc;

	if (fs < 0)
		return init_fail(init, PART_OPEN_FILESYSTEM, fs);
	rc = set_options(init, fs, options);
	if (rc == 0)
		rc = create(init, fs, attr);
	sys_close(fs);
	return rc;
}

/* Linux 6.18 makes the procfs of another pid namespace by its descriptor: nobody has to be in it.
 */
static int make_proc_of(struct init *init, struct step_mount *step)
{
	int fs = (int)sys_call2(__NR_fsopen, "proc", FSOPEN_CLOEXEC), rc;

	if (fs < 0)
		return init_fail(init, PART_OPEN_FILESYSTEM, fs);
	rc = (int)sys_call5(__NR_fsconfig, fs, FSCONFIG_SET_FD, "pidns", NULL, init->pid_ns);
	if (rc < 0) {
		sys_close(fs);
		return -EOPNOTSUPP;
	}
	rc = set_options(init, fs, step->options);
	if (rc == 0)
		rc = create(init, fs, step->attr);
	sys_close(fs);
	return rc;
}

/*
 * Before that a child has to make it, which is in the namespace that we joined for our children
 * only, and shares our descriptors. It leaves the mount at a number that we reserve.
 */
static int make_proc_by_child(struct init *init, struct step_mount *step)
{
	int reserved = (int)sys_call3(__NR_fcntl, init->root, F_DUPFD_CLOEXEC, 0);
	int status = 0, mount;
	long pid;

	if (reserved < 0)
		return init_fail(init, PART_CREATE_FILESYSTEM, reserved);
	pid = sys_call5(__NR_clone, CLONE_FILES | 17 /* SIGCHLD */, 0, 0, 0, 0);
	if (pid == 0) {
		mount = mount_make(init, "proc", step->options, step->attr);
		if (mount >= 0)
			mount = (int)sys_call3(__NR_dup3, mount, reserved, O_CLOEXEC);
		sys_exit(mount < 0 ? -mount : 0);
	}
	if (pid > 0)
		pid = sys_call4(__NR_wait4, pid, &status, 0, NULL);
	if (pid > 0 && status == 0)
		return reserved;
	sys_close(reserved);
	if (pid < 0)
		return init_fail(init, PART_CLONE, pid);
	return init_fail(init, PART_CREATE_FILESYSTEM,
			 status & 0x7f ? -ESRCH : -((status >> 8) & 0xff));
}

static int make_joined_proc(struct init *init, struct step_mount *step)
{
	int mount = make_proc_of(init, step);

	return mount == -EOPNOTSUPP ? make_proc_by_child(init, step) : mount;
}

/*
 * Links of the image decide where a destination leads. Not to the root, where nobody would see the
 * mount, and not into /proc, which tare and the program trust (CVE-2019-16884).
 */
static int judge_target(struct init *init, int target, uint64_t flags)
{
	struct statfs fs;
	struct sys_stat there, root;
	int rc = (int)sys_call2(__NR_fstatfs, target, &fs);

	if (rc == 0)
		rc = sys_stat(target, "", AT_EMPTY_PATH, &there);
	if (rc == 0)
		rc = sys_stat(init->root, "", AT_EMPTY_PATH, &root);
	if (rc < 0)
		return init_fail(init, PART_RESOLVE, rc);
	if (there.ino == root.ino && there.mount == root.mount)
		return init_fail(init, PART_IS_ROOT, -ELOOP);
	if (fs.f_type == PROC_SUPER_MAGIC && !(flags & MOUNT_NAMES_PROC))
		return init_fail(init, PART_IS_PROC, -ELOOP);
	return 0;
}

static int judged(struct init *init, int target, uint64_t flags)
{
	int rc = target < 0 ? target : judge_target(init, target, flags);

	if (rc < 0 && target >= 0)
		sys_close(target);
	return rc < 0 ? rc : target;
}

/* The link itself, where there is one and the config wants it mounted on. */
static int open_link(struct init *init, const char *target)
{
	const char *name;
	int dir = path_open_parent(init, init->root, target, &name);
	int fd;

	if (dir < 0)
		return dir;
	fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	sys_close(dir);
	return fd;
}

static int open_place(struct init *init, const char *target, uint64_t flags, bool directory)
{
	int fd = -ENOENT;

	if (flags & MOUNT_TOP_DIRECTORY)
		return path_open_top_directory(init, init->root, target);
	if (flags & MOUNT_LINK_TARGET)
		fd = open_link(init, target);
	if (fd == -ENOENT)
		fd = path_open_or_make(init, init->root, target, directory);
	return judged(init, fd, flags);
}

static int open_target(struct init *init, struct step_mount *step)
{
	return open_place(init, init_text(init, step->target), step->flags, true);
}

/*
 * The directory that a new filesystem is to cover and takes something over from, judged before
 * anything in it is read: -ENOENT if there is none.
 */
static int open_covered(struct init *init, struct step_mount *step)
{
	const int no_link = step->flags & MOUNT_LINK_TARGET ? O_NOFOLLOW : 0;
	int fd = -ENOENT;

	if (step->flags & (MOUNT_COPY_UP | MOUNT_INHERIT))
		fd = path_open_in_root(init->root, init_text(init, step->target),
				       O_DIRECTORY | no_link);
	if (fd < 0 && fd != -ENOENT)
		return init_fail(init, PART_RESOLVE, fd);
	return fd < 0 ? fd : judged(init, fd, step->flags);
}

static int inherit(struct init *init, struct step_mount *step, int from, int mount)
{
	int rc = 0;

	if (from < 0)
		return 0;
	if (step->flags & MOUNT_COPY_UP)
		rc = copyup_run(init, from, mount);
	if (rc == 0 && (step->flags & MOUNT_INHERIT))
		rc = copyup_root(init, from, mount, step->flags);
	return rc;
}

static int map_ids(struct init *init, struct step_mount *step, int mount)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)step->user_ns };
	int rc;

	if (step->user_ns < 0)
		return 0;
	rc = (int)sys_call5(__NR_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	return rc < 0 ? init_fail(init, PART_MAP_IDS, rc) : 0;
}

static int label_root(struct init *init, struct step_mount *step, int mount)
{
	int root, rc;

	if (step->label.length == 0)
		return 0;
	root = sys_openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (root < 0)
		return init_fail(init, PART_LABEL, root);
	rc = (int)sys_call5(__NR_fsetxattr, root, "security.selinux", init_text(init, step->label),
			    step->label.length, 0);
	sys_close(root);
	return rc < 0 ? init_fail(init, PART_LABEL, rc) : 0;
}

/*
 * The propagation comes when it is in its place: on a shared mount all becomes shared, whatever it
 * was before, and what is unbindable cannot be attached there.
 */
static int attach_and_close(struct init *init, int mount, int target, int64_t *keep,
			    uint64_t propagation)
{
	int rc = mount_attach(mount, target);

	sys_close(target);
	rc = rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
	if (rc == 0) {
		rc = mount_set(mount, 0, 0, propagation, propagation & PROPAGATION_REC);
		rc = rc < 0 ? init_fail(init, PART_SET_FLAGS, rc) : 0;
	}
	if (rc == 0 && keep)
		*keep = mount;
	else
		sys_close(mount);
	return rc;
}

/*
 * mount(2) for what fsconfig cannot say. It needs a place: a directory of a tmpfs over the root,
 * where no path of the image is resolved. A clone of the mount is detached like all others.
 */
static int mount_in_scratch(struct init *init, struct step_mount *step)
{
	static const char place[] = "mount";
	int rc = (int)sys_call3(__NR_mkdirat, AT_FDCWD, place, 0700);

	if (rc == 0)
		rc = (int)sys_call5(__NR_mount, init_entry(init, step->options, 0), place,
				    init_text(init, step->type), step->super,
				    init_entry(init, step->options, 1));
	if (rc < 0)
		return init_fail(init, PART_CREATE_FILESYSTEM, rc);
	rc = mount_clone_path(place, 0);
	return rc < 0 ? init_fail(init, PART_CREATE_FILESYSTEM, rc) : rc;
}

static int make_by_old_call(struct init *init, struct step_mount *step)
{
	const struct program_ref none = { 0, 0 };
	int scratch = mount_make(init, "tmpfs", none, 0), mount, rc;

	if (scratch < 0)
		return scratch;
	rc = mount_attach(scratch, init->root);
	if (rc == 0)
		rc = (int)sys_call1(__NR_fchdir, scratch);
	if (rc < 0) {
		sys_close(scratch);
		return init_fail(init, PART_CREATE_FILESYSTEM, rc);
	}
	mount = mount_in_scratch(init, step);
	rc = (int)sys_call2(__NR_umount2, ".", MNT_DETACH);
	sys_close(scratch);
	if (mount >= 0 && rc == 0)
		rc = mount_set(mount, step->attr, MOUNT_ATTR__ATIME, 0, false);
	if (mount < 0 || rc == 0)
		return mount;
	sys_close(mount);
	return init_fail(init, PART_SET_FLAGS, rc);
}

static int make_in_copy(struct init *init, struct step_mount *step)
{
	struct mount_attr private = { 0, 0, 1u << 18 /* MS_PRIVATE */, 0 };
	int rc = (int)sys_call1(__NR_unshare, CLONE_NEWNS);

	if (rc == 0)
		rc = (int)sys_call5(__NR_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &private,
				    sizeof(private));
	if (rc == 0)
		rc = init->root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (rc < 0)
		return init_fail(init, PART_CREATE_FILESYSTEM, rc);
	rc = make_by_old_call(init, step);
	sys_close(init->root);
	return rc;
}

/*
 * A container that runs would see the scratch place over its root, and whoever shares that with
 * it: it is made in a copy of its mount namespace, from which we come back.
 */
static int make_aside(struct init *init, struct step_mount *step)
{
	const int root = init->root;
	int back = sys_openat(init->own_proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC, 0), mount, rc;

	if (back < 0)
		return init_fail(init, PART_CREATE_FILESYSTEM, back);
	mount = make_in_copy(init, step);
	init->root = root;
	rc = (int)sys_call2(__NR_setns, back, CLONE_NEWNS);
	sys_close(back);
	if (rc == 0)
		return mount;
	if (mount >= 0)
		sys_close(mount);
	return init_fail(init, PART_CREATE_FILESYSTEM, rc);
}

static int make_filesystem(struct init *init, struct step_mount *step)
{
	if (step->flags & MOUNT_OLD_CALL && init->together)
		return make_aside(init, step);
	if (step->flags & MOUNT_OLD_CALL)
		return make_by_old_call(init, step);
	if (step->flags & MOUNT_PID_JOINED)
		return make_joined_proc(init, step);
	return mount_make(init, init_text(init, step->type), step->options, step->attr);
}

/* Detached: as it is to be, but for where. */
static int make_whole(struct init *init, struct step_mount *step, int covered)
{
	int mount = make_filesystem(init, step), rc;

	if (mount < 0)
		return mount;
	rc = inherit(init, step, covered, mount);
	if (rc == 0)
		rc = label_root(init, step, mount);
	if (rc == 0)
		rc = map_ids(init, step, mount);
	if (rc < 0)
		sys_close(mount);
	return rc < 0 ? rc : mount;
}

int step_run_mount(struct init *init, struct step_mount *step)
{
	int target = open_covered(init, step), mount, rc;

	if (target < 0 && target != -ENOENT)
		return target;
	mount = make_whole(init, step, target);
	if (mount < 0)
		return mount;
	if (target < 0)
		target = open_target(init, step);
	if (target < 0)
		return target;
	rc = attach_and_close(init, mount, target, step->flags & MOUNT_KEEP ? &step->mounted : NULL,
			      step->propagation);
	if (rc == 0 && (step->flags & MOUNT_IS_PROC))
		init->proc = mount;
	return rc;
}

/* The flags of a bind: on the whole tree, and on the top mount. */
static int set_bind_flags(struct step_bind *step, int tree)
{
	int rc = 0;

	if (step->flags & MOUNT_SLAVE_FIRST)
		rc = mount_set(tree, 0, 0, 1u << 19 /* MS_SLAVE */, true);
	if (rc == 0)
		rc = mount_set(tree, step->set_all, step->clear_all, 0, true);
	if (rc == 0)
		rc = mount_set(tree, step->set, step->clear, 0, false);
	return rc;
}

/* The link of the source is made anew, instead of a mount of what it leads to. */
static int copy_link(struct init *init, struct step_bind *step, int tree)
{
	char content[4096];
	long n = sys_call4(__NR_readlinkat, tree, "", content, sizeof(content) - 1);

	sys_close(tree);
	if (n < 0)
		return init_fail(init, PART_OPEN_SOURCE, n);
	content[n] = '\0';
	return files_make_link(init, init_text(init, step->target), content, false);
}

static int open_source(struct init *init, struct step_bind *step)
{
	const char *source = init_text(init, step->source);
	struct sys_stat stat;

	if (step->tree >= 0)
		return (int)step->tree;
	if (step->flags & MOUNT_COPY_LINK &&
	    sys_stat(AT_FDCWD, source, AT_SYMLINK_NOFOLLOW, &stat) == 0 &&
	    S_TYPE(stat.mode) == S_LNK)
		return sys_openat(AT_FDCWD, source, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	return mount_clone_path(
	    source, AT_RECURSIVE | (step->flags & MOUNT_LINK_SOURCE ? AT_SYMLINK_NOFOLLOW : 0));
}

/* Before the container's mount namespace is entered, where the path would mean something else. */
int step_run_source(struct init *init, struct step_source *step)
{
	struct step_bind *bind = (void *)(init->base + step->bind);
	int tree = open_source(init, bind);

	if (tree < 0)
		return init_fail(init, PART_OPEN_SOURCE, tree);
	bind->tree = tree;
	return 0;
}

/*
 * tare cloned the tree outside if it may; otherwise the source is opened here, by its path in
 * our copy of the user's own mounts, always recursively: locked submounts may not be uncovered.
 */
int step_run_bind(struct init *init, struct step_bind *step)
{
	struct sys_stat stat;
	int tree = open_source(init, step), target, rc;

	if (tree < 0)
		return init_fail(init, PART_OPEN_SOURCE, tree);
	rc = sys_stat(tree, "", AT_EMPTY_PATH, &stat);
	if (rc < 0)
		return init_fail(init, PART_OPEN_SOURCE, rc);
	if (S_TYPE(stat.mode) == S_LNK && (step->flags & MOUNT_COPY_LINK))
		return copy_link(init, step, tree);
	rc = set_bind_flags(step, tree);
	if (rc < 0)
		return init_fail(init, PART_SET_FLAGS, rc);
	target = open_place(init, init_text(init, step->target), step->flags,
			    S_TYPE(stat.mode) == S_DIR);
	if (target < 0)
		return target;
	return attach_and_close(init, tree, target,
				step->flags & MOUNT_KEEP ? &step->mounted : NULL,
				step->propagation);
}

int mount_kept(const struct init *init, uint64_t ref)
{
	const struct step *step = (const void *)(init->base + ref);

	return (int)(step->kind == STEP_BIND ? ((const struct step_bind *)step)->mounted
					     : ((const struct step_mount *)step)->mounted);
}

/* Flags that had to wait: a read-only /dev could not be filled, a read-only /proc not written. */
int step_run_remount(struct init *init, struct step_remount *step)
{
	return mount_set(mount_kept(init, step->mount), step->set, 0, 0, false);
}
