/* mounts.c - config.json's /mounts, in their order. */
#include "compile/compile.h"
#include "compile/idmap.h"
#include "compile/labels.h"
#include "compile/mount_options.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

enum {
	FSCONFIG_LONGEST = 255,    /* bytes of an option that fsconfig takes */
	MOUNT_DATA_LONGEST = 4095, /* bytes of all options that mount(2) takes */
};

/* One mount while it is compiled. */
struct mounting {
	const struct oci_mount *mount;
	size_t index; /* in the list of the config */
	struct mount_options options;
	const char *pointer;
	const char *target; /* clean and absolute */
	const char *type;
};

static void wait_with(struct compile *c, const struct mounting *m, struct step *step, uint64_t set)
{
	struct compile_late *late = arena_alloc(c->arena, sizeof(*late));

	if (!late)
		return;
	*late = (struct compile_late){ c->late, step, set, m->target, m->pointer };
	c->late = late;
}

/*
 * Flags are set before a mount is attached, but for read-only where something is still to be made
 * or written in it: mount points and devices in a tmpfs or under /dev, sysctls in /proc.
 */
static bool must_stay_writable(const struct mounting *m)
{
	return strcmp(m->type, "tmpfs") == 0 || strcmp(m->target, "/dev") == 0 ||
	       (strcmp(m->type, "proc") == 0 && strcmp(m->target, "/proc") == 0);
}

/* Where the read-only flag belongs to the filesystem too, or a block device would be written. */
static bool has_device(const char *type)
{
	static const char *const without[] = { "tmpfs",  "proc",    "sysfs",   "devpts", "mqueue",
					       "cgroup", "cgroup2", "overlay", "ramfs",  NULL };

	for (size_t i = 0; without[i]; i++) {
		if (strcmp(type, without[i]) == 0)
			return false;
	}
	return true;
}

/* check_spec() has allowed what the config itself names there. */
static uint64_t names_proc(const struct mounting *m)
{
	const bool proc = strncmp(m->target, "/proc", 5) == 0;

	return proc && (m->target[5] == '\0' || m->target[5] == '/') ? MOUNT_NAMES_PROC : 0;
}

/* All options as fsconfig takes them: key, value pairs; flags have no value. */
static const char **collect(struct compile *c, const struct mounting *m, size_t *count)
{
	const struct mount_options *o = &m->options;
	const char **pairs =
	    arena_array(c->arena, o->data_count + 2 * o->flag_count + 6, sizeof(*pairs));
	const char *label = labels_mount_option(c, m->type);
	size_t n = 0;

	*count = 0;
	if (!pairs)
		return NULL;
	if (m->mount->source && m->mount->source[0] != '\0') {
		pairs[n++] = "source";
		pairs[n++] = m->mount->source;
	}
	if (has_device(m->type) && (o->attr & MOUNT_ATTR_RDONLY)) {
		pairs[n++] = "ro";
		pairs[n++] = NULL;
	}
	if (label) {
		pairs[n++] = label;
		pairs[n++] = c->linux->mount_label;
	}
	for (size_t i = 0; i < o->flag_count; i++) {
		pairs[n++] = o->flags[i];
		pairs[n++] = NULL;
	}
	for (size_t i = 0; i < o->data_count; i++)
		pairs[n++] = o->data[i];
	*count = n;
	return pairs;
}

static bool is_long(const char *const *pairs, size_t count)
{
	for (size_t i = 1; i < count; i += 2) {
		if (pairs[i] && strlen(pairs[i]) > FSCONFIG_LONGEST)
			return true;
	}
	return false;
}

/* For mount(2) these are no text. */
static bool is_super_flag(const struct mounting *m, const char *key)
{
	bool found = strcmp(key, "ro") == 0;

	for (size_t i = 0; i < m->options.flag_count; i++)
		found |= strcmp(key, m->options.flags[i]) == 0;
	return found;
}

/* The one string that mount(2) takes, and the source before it. */
static const char **join_data(struct compile *c, const struct mounting *m, const char *const *pairs,
			      size_t count)
{
	const char **both = arena_array(c->arena, 2, sizeof(*both));

	if (!both)
		return NULL;
	both[0] = "none";
	both[1] = "";
	for (size_t i = 0; i < count; i += 2) {
		if (strcmp(pairs[i], "source") == 0)
			both[0] = pairs[i + 1];
		else if (!is_super_flag(m, pairs[i]) && strlen(both[1]) <= MOUNT_DATA_LONGEST)
			both[1] = compile_format(c, "%s%s%s%s%s", both[1], both[1][0] ? "," : "",
						 pairs[i], pairs[i + 1] ? "=" : "",
						 pairs[i + 1] ? pairs[i + 1] : "");
	}
	return both;
}

/* Past a page mount(2) would cut the options off, silently. */
static int set_old_options(struct compile *c, struct step_mount *step, const struct mounting *m,
			   const char *const *pairs, size_t count)
{
	const char **both = join_data(c, m, pairs, count);

	c->out_of_memory |= !both;
	if (!both)
		return 0;
	if (strlen(both[1]) > MOUNT_DATA_LONGEST)
		return error_set(c->err, E2BIG, m->pointer,
				 "the options of the mount on %s are longer than the %d bytes that "
				 "mount(2) takes",
				 m->target, MOUNT_DATA_LONGEST);
	if (strcmp(m->type, "proc") == 0) /* which pid namespace it shows cannot be said there */
		return error_set(c->err, EINVAL, m->pointer,
				 "a procfs has neither iversion nor long options");
	step->flags |= MOUNT_OLD_CALL;
	step->super =
	    m->options.super |
	    (has_device(m->type) && (m->options.attr & MOUNT_ATTR_RDONLY) ? MS_RDONLY : 0);
	step->options = program_list(c->program, both, 2);
	return 0;
}

static int set_options(struct compile *c, struct step_mount *step, const struct mounting *m)
{
	size_t count;
	const char **pairs = collect(c, m, &count);

	c->out_of_memory |= !pairs;
	if (!pairs)
		return 0;
	if (m->options.old_call || is_long(pairs, count))
		return set_old_options(c, step, m, pairs, count);
	step->options = program_list(c->program, pairs, count);
	return 0;
}

static void note_proc_and_sys(struct compile *c, struct step_mount *step, const struct mounting *m)
{
	if (strcmp(m->type, "proc") == 0 && strcmp(m->target, "/proc") == 0) {
		step->flags |= MOUNT_TOP_DIRECTORY | MOUNT_KEEP | MOUNT_IS_PROC;
		c->proc = step;
	}
	if (strcmp(m->type, "sysfs") == 0 && strcmp(m->target, "/sys") == 0) {
		step->flags |= MOUNT_TOP_DIRECTORY | MOUNT_KEEP;
		c->sys = &step->head;
	}
}

static bool has_option(const struct mount_options *options, const char *key)
{
	for (size_t i = 0; i < options->data_count; i += 2) {
		if (strcmp(options->data[i], key) == 0)
			return true;
	}
	return false;
}

/* What the options do not say of its root: that is as the image has it. */
static uint64_t inherited(const struct mount_options *o)
{
	return (has_option(o, "mode") ? 0u : MOUNT_INHERIT_MODE) |
	       (o->copy_up && !has_option(o, "uid") ? MOUNT_INHERIT_UID : 0u) |
	       (o->copy_up && !has_option(o, "gid") ? MOUNT_INHERIT_GID : 0u);
}

static uint64_t special_flags(const struct compile *c, const struct mounting *m)
{
	const struct mount_options *o = &m->options;

	return (c->keep_mounts ? MOUNT_KEEP : 0u) | (o->copy_up ? MOUNT_COPY_UP : 0u) |
	       (o->link_source ? MOUNT_LINK_SOURCE : 0u) |
	       (o->link_target ? MOUNT_LINK_TARGET : 0u) | (o->copy_link ? MOUNT_COPY_LINK : 0u) |
	       (strcmp(m->type, "tmpfs") == 0 ? inherited(o) : 0u);
}

static int emit_filesystem(struct compile *c, struct mounting *m)
{
	struct step_mount *step;
	uint64_t attr = m->options.attr;
	int rc;

	if (m->options.copy_up && !c->keep_mounts)
		compile_await_limits(c); /* what the image has counts, and may be large */
	step = program_add(c->program, STEP_MOUNT, m->pointer);
	step->type = program_str(c->program, m->type);
	step->target = program_str(c->program, m->target);
	step->label = program_str(c->program, labels_mount_root(c, m->type));
	rc = set_options(c, step, m);
	if (rc < 0)
		return rc;
	step->flags |= names_proc(m) | special_flags(c, m);
	note_proc_and_sys(c, step, m);
	if (strcmp(m->type, "proc") == 0 && c->namespaces[OCI_NAMESPACE_PID].path)
		step->flags |= MOUNT_PID_JOINED;
	if ((attr & MOUNT_ATTR_RDONLY) && must_stay_writable(m)) {
		attr &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		step->flags |= MOUNT_KEEP;
		wait_with(c, m, &step->head, MOUNT_ATTR_RDONLY);
	}
	step->attr = attr;
	step->propagation = m->options.propagation;
	return idmap_note(c, m->mount, &m->options, &step->head, m->pointer);
}

static const char *absolute_source(struct compile *c, const char *source)
{
	return source[0] == '/' ? source : compile_format(c, "%s/%s", c->options->bundle, source);
}

/* Mounts made in a shared tree of the host would show up there, unless that was asked for. */
static bool is_shared_with_host(const struct compile *c)
{
	return c->linux->has_rootfs_propagation &&
	       (c->linux->rootfs_propagation == OCI_ROOTFS_PROPAGATION_SHARED ||
		c->linux->rootfs_propagation == OCI_ROOTFS_PROPAGATION_RSHARED);
}

/* A bind shows a filesystem that is there: what belongs to that is not the bind's to change. */
static int refuse_filesystem_options(struct compile *c, const struct mounting *m)
{
	const struct mount_options *o = &m->options;
	const char *option = o->data_count > 0   ? o->data[0]
			     : o->flag_count > 0 ? o->flags[0]
			     : o->old_call       ? "iversion"
						 : NULL;

	if (!option)
		return 0;
	return error_set(c->err, EINVAL, m->pointer,
			 "the option \"%.100s\" is for a filesystem, but this is a bind mount",
			 option);
}

static int emit_bind(struct compile *c, struct mounting *m)
{
	struct step_bind *step;
	uint64_t set = m->options.set;
	int rc = refuse_filesystem_options(c, m);

	if (rc < 0)
		return rc;
	step = program_add(c->program, STEP_BIND, m->pointer);
	if (c->sources && c->sources[m->index])
		c->sources[m->index]->bind = program_offset(c->program, &step->head);

	step->source = program_str(c->program, absolute_source(c, m->mount->source));
	step->target = program_str(c->program, m->target);
	step->recursive = m->options.recursive;
	step->clear = m->options.clear;
	step->set_all = m->options.set_all;
	step->clear_all = m->options.clear_all;
	step->propagation = m->options.propagation;
	step->flags |= names_proc(m) | special_flags(c, m);
	if (!is_shared_with_host(c))
		step->flags |= MOUNT_SLAVE_FIRST;
	if (strcmp(m->target, "/sys") == 0) {
		step->flags |= MOUNT_KEEP;
		c->sys = &step->head;
	}
	if ((set & MOUNT_ATTR_RDONLY) && strcmp(m->target, "/dev") == 0) {
		set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		step->flags |= MOUNT_KEEP;
		wait_with(c, m, &step->head, MOUNT_ATTR_RDONLY);
	}
	step->set = set;
	return idmap_note(c, m->mount, &m->options, &step->head, m->pointer);
}

/* What is mounted over is not what the container sees: masks are for that. */
static void forget_covered(struct compile *c, const char *target)
{
	if (strcmp(target, "/proc") == 0)
		c->proc = NULL;
	if (strcmp(target, "/sys") == 0)
		c->sys = NULL;
}

bool compile_is_bind(struct compile *c, const struct oci_mount *mount)
{
	struct mount_options options;

	if (!mount_options_read(&mount->options, c->arena, &options)) {
		c->out_of_memory = true;
		return false;
	}
	return options.bind || (mount->type && strcmp(mount->type, "bind") == 0);
}

static int emit_mount(struct compile *c, size_t index)
{
	struct mounting m = { .mount = &c->config->mounts.items[index], .index = index };

	m.pointer = compile_format(c, "/mounts/%zu", index);
	m.target = compile_clean_path(c, m.mount->destination);
	if (!m.target || !mount_options_read(&m.mount->options, c->arena, &m.options))
		return error_sys(c->err, ENOMEM, "", m.pointer, "cannot compile the mounts");
	m.type = m.mount->type ? m.mount->type : "";
	forget_covered(c, m.target);
	if (m.options.bind || strcmp(m.type, "bind") == 0)
		return emit_bind(c, &m);
	if (strcmp(m.type, "cgroup") == 0 && c->keep_mounts)
		return error_set(c->err, EINVAL, m.pointer,
				 "a mount of type cgroup comes with the container, or not at all");
	if (strcmp(m.type, "cgroup") == 0)
		return compile_cgroup_mount(c, m.mount, &m.options, m.pointer);
	return emit_filesystem(c, &m);
}

/* The container's own NOTIFY_SOCKET, beside the engine's mounts: nobody asked for it in the config.
 */
static void emit_notify(struct compile *c)
{
	struct step_bind *step = program_add(c->program, STEP_BIND, NULL);

	step->source = program_str(c->program, c->options->notify);
	step->target = program_str(c->program, "/run/notify");
	step->set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	step->flags = MOUNT_SLAVE_FIRST;
}

int compile_mounts(struct compile *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->config->mounts.count; i++)
		rc = emit_mount(c, i);
	if (rc == 0 && c->options->notify)
		emit_notify(c);
	return rc;
}

void compile_finish_mounts(struct compile *c)
{
	for (const struct compile_late *late = c->late; late; late = late->next) {
		struct step_remount *step = program_add(c->program, STEP_REMOUNT, late->pointer);

		step->mount = program_offset(c->program, late->mount);
		step->set = late->set;
		step->target = program_str(c->program, late->target);
	}
}
