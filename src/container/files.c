/* files.c - see files.h. */
#include "container/files.h"
#include "base/fd.h"
#include "container/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define ERROR_CODE CODE_MOUNT_SOURCE

struct opening {
	struct program *program;
	const struct host_facts *facts;
	const char *pointer;
	struct error *err;
};

static int clone_tree(int fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

/* The rootfs itself may not be a symlink: whoever can replace it would choose the host's files. */
static int open_root(struct opening *o, struct step_root *step)
{
	const char *path = program_text(o->program, step->path);
	owned_fd fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int tree;

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_set(o->err, errno, o->pointer,
				 "invalid rootfs: %s is not a directory, or a symlink", path);
	if (fd < 0)
		return error_sys(o->err, errno, "open", o->pointer, "cannot open the rootfs %s",
				 path);
	if (!o->facts->privileged)
		return 0;
	tree = clone_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return error_sys(o->err, errno, "open_tree", o->pointer,
				 "cannot open the rootfs %s", path);
	step->tree = tree;
	return 0;
}

/* Of a source that is a symbolic link, and that the config wants as one: the link. -1: it is none.
 */
static int open_link(const struct step_bind *step, const char *source)
{
	owned_fd fd =
	    step->flags & MOUNT_COPY_LINK ? open(source, O_PATH | O_NOFOLLOW | O_CLOEXEC) : FD_NONE;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode) ? take_fd(&fd) : FD_NONE;
}

static int open_bind(struct opening *o, struct step_bind *step)
{
	const char *source = program_text(o->program, step->source);
	const unsigned follow = step->flags & MOUNT_LINK_SOURCE ? AT_SYMLINK_NOFOLLOW : 0;
	int fd = o->facts->privileged ? open_link(step, source) : FD_NONE;

	if (o->facts->privileged) {
		if (fd < 0)
			fd = clone_tree(AT_FDCWD, source,
					follow | (step->recursive ? AT_RECURSIVE : 0));
		step->tree = fd;
	} else if (step->flags & (MOUNT_LINK_SOURCE | MOUNT_COPY_LINK)) {
		fd = open(source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	} else {
		fd = open(source, O_PATH | O_CLOEXEC);
	}
	if (fd < 0) {
		int rc = error_sys(o->err, errno, "open_tree", o->pointer,
				   "cannot bind %s on %s: the source cannot be opened", source,
				   program_text(o->program, step->target));

		if (rc == -ENOENT)
			error_add_hint(o->err, "create %s on the host, or remove the mount",
				       source);
		return rc;
	}
	if (!o->facts->privileged)
		(void)close(fd);
	return 0;
}

static int open_device(struct opening *o, struct step_device_bind *step)
{
	const char *source = program_text(o->program, step->source);

	if (!o->facts->privileged)
		return 0;
	step->tree = clone_tree(AT_FDCWD, source, 0);
	if (step->tree < 0)
		return error_sys(o->err, errno, "open_tree", o->pointer,
				 "cannot open the device %s of the host", source);
	return 0;
}

/* One null device serves all masks of files: the helper clones it once it is attached. */
static int open_null(struct opening *o, struct step_mask *step)
{
	if (!o->facts->privileged)
		return 0;
	step->null = clone_tree(AT_FDCWD, "/dev/null", 0);
	if (step->null < 0)
		return error_sys(o->err, errno, "open_tree", o->pointer,
				 "cannot open /dev/null of the host");
	return 0;
}

static int open_namespace(struct opening *o, struct step_join *step)
{
	const char *path = program_text(o->program, step->path);

	step->ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (step->ns < 0)
		return error_sys(o->err, errno, "open", o->pointer, "cannot open the namespace %s",
				 path);
	return 0;
}

static int open_user_namespace(struct opening *o, const struct program_idmap *map)
{
	int fd;

	if (!map->ns_path) {
		fd = idmap_namespace(o->facts, &map->uids, &map->gids, o->err);
		if (fd < 0) /* not the container's mappings are at fault */
			(void)snprintf(o->err->pointer, sizeof(o->err->pointer), "%s",
				       map->pointer);
		return fd;
	}
	fd = open(map->ns_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? error_sys(o->err, errno, "open", map->pointer,
				  "cannot open the namespace %s", map->ns_path)
		      : fd;
}

/* A bind is mapped while it is detached; what the helper makes is mapped by the helper. */
static int map_ids(struct opening *o, const struct program_idmap *map)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	struct step_bind *bind = (void *)map->step;
	owned_fd user_ns = open_user_namespace(o, map);
	int rc;

	if (user_ns < 0)
		return user_ns;
	if (map->step->kind == STEP_MOUNT) {
		((struct step_mount *)(void *)map->step)->user_ns = take_fd(&user_ns);
		return 0;
	}
	attr.userns_fd = (unsigned)user_ns;
	if (syscall(SYS_mount_setattr, (int)bind->tree, "",
		    AT_EMPTY_PATH | (map->recursive ? AT_RECURSIVE : 0), &attr, sizeof(attr)) == 0)
		return 0;
	rc = error_sys(
	    o->err, errno, "mount_setattr", map->pointer, "cannot map the ids of %s, mounted on %s",
	    program_text(o->program, bind->source), program_text(o->program, bind->target));
	error_add_hint(o->err,
		       "the filesystem it is on, or (ridmap) one below it, does not support "
		       "idmapped mounts, or it is idmapped already");
	return rc;
}

static int map_all_ids(struct opening *o)
{
	int rc = 0;

	for (const struct program_idmap *map = o->program->host.idmaps; rc == 0 && map;
	     map = map->next)
		rc = map_ids(o, map);
	return rc;
}

int files_open(struct program *program, const struct host_facts *facts, struct error *err)
{
	struct opening o = { program, facts, "", err };
	struct step_mask *first_mask = NULL;
	int rc = 0;

	for (struct step *s = program_first(program); rc == 0 && s; s = program_next(program, s)) {
		o.pointer = program_origin(program, s);
		if (s->kind == STEP_ROOT)
			rc = open_root(&o, (void *)s);
		else if (s->kind == STEP_BIND)
			rc = open_bind(&o, (void *)s);
		else if (s->kind == STEP_DEVICE_BIND)
			rc = open_device(&o, (void *)s);
		else if (s->kind == STEP_JOIN)
			rc = open_namespace(&o, (void *)s);
		else if (s->kind == STEP_MASK && !first_mask)
			rc = open_null(&o, first_mask = (void *)s);
		if (rc < 0)
			error_add_step(err, program_step_title(s->kind));
	}
	if (rc == 0)
		rc = map_all_ids(&o);
	/* whichever mask turns out to be the first of a file finds it */
	for (struct step *s = program_first(program); rc == 0 && first_mask && s;
	     s = program_next(program, s)) {
		if (s->kind == STEP_MASK)
			((struct step_mask *)(void *)s)->null = first_mask->null;
	}
	return rc;
}

/* Shared by several steps and written to after the clone: lifehooks.c owns it. */
static bool is_of_hooks(const struct program_field *field)
{
	return strcmp(field->name, "state") == 0 || strcmp(field->name, "out") == 0 ||
	       strcmp(field->name, "err") == 0;
}

void files_close(struct program *program)
{
	bool null_closed = false;

	for (struct step *s = program_first(program); s; s = program_next(program, s)) {
		const struct program_field *field = program_fields(s->kind);
		int64_t *value = (void *)(s + 1);

		for (; field->name; field++, value++) {
			bool shared = s->kind == STEP_MASK;

			if (field->kind != FIELD_FD || *value < 0 || is_of_hooks(field))
				continue;
			if (!shared || !null_closed)
				(void)close((int)*value);
			null_closed |= shared;
			*value = -1;
		}
	}
}
