/*
 * cgroup_mount.c - a mount of type "cgroup": what the container sees of the cgroup hierarchies.
 *
 * v2: cgroup2 itself in a cgroup namespace; without one the host's mount, or in a user namespace
 * the container's own subtree of it, with all the flags asked for (CVE-2023-25809). v1 and hybrid:
 * a tmpfs with one directory per v1 hierarchy: the hierarchy itself in a cgroup namespace, the
 * container's own subtree without one.
 */
#include "compile/compile.h"
#include "compile/mount_options.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

struct cgroup_mounting {
	const struct mount_options *options;
	const char *pointer;
	const char *target;
};

static void bind_subtree(struct compile *c, const struct cgroup_mounting *m, const char *source,
			 const char *target)
{
	struct step_bind *step = program_add(c->program, STEP_BIND, m->pointer);

	step->source = program_str(c->program, source);
	step->target = program_str(c->program, target);
	step->set = m->options->attr;
	step->clear = m->options->clear;
	step->flags = MOUNT_SLAVE_FIRST;
	step->propagation = m->options->propagation;
}

static const char *join(struct compile *c, const char *mount_point, const char *path)
{
	return compile_format(c, "%s%s", mount_point, path && strcmp(path, "/") != 0 ? path : "");
}

/* The filesystem's own options go to it: nsdelegate, memory_recursiveprot ... */
static void set_options(struct compile *c, struct step_mount *step,
			const struct mount_options *options)
{
	const char **pairs = arena_array(c->arena, options->data_count + 2, sizeof(*pairs));

	c->out_of_memory |= !pairs;
	if (!pairs)
		return;
	pairs[0] = "source";
	pairs[1] = "cgroup";
	memcpy(pairs + 2, options->data, options->data_count * sizeof(*pairs));
	step->options = program_list(c->program, pairs, options->data_count + 2);
}

static void mount_v2(struct compile *c, const struct cgroup_mounting *m)
{
	const struct host_cgroups *cgroups = &c->facts->cgroups;
	const bool has_namespace = c->namespaces[OCI_NAMESPACE_CGROUP].present;
	struct step_mount *step;

	if (c->user_namespace && !has_namespace) {
		bind_subtree(c, m, join(c, cgroups->v2_mount_point, c->options->cgroup_v2_path),
			     m->target);
		return;
	}
	/* A mount by the host's own cgroup namespace sets the options of all that there are:
	 * without nsdelegate in them that one would be taken from the whole machine. */
	if (!has_namespace && m->options->data_count == 0) {
		bind_subtree(c, m, cgroups->v2_mount_point, m->target);
		return;
	}
	step = program_add(c->program, STEP_MOUNT, m->pointer);
	step->type = program_str(c->program, "cgroup2");
	step->target = program_str(c->program, m->target);
	step->attr = m->options->attr;
	step->propagation = m->options->propagation;
	set_options(c, step, m->options);
}

/* "name=systemd" -> "systemd", "cpu,cpuacct" stays. */
static const char *directory_name(const char *controllers)
{
	return strncmp(controllers, "name=", 5) == 0 ? controllers + 5 : controllers;
}

/* The options of a v1 hierarchy: its controllers as flags, or "none" and its name. */
static void set_hierarchy(struct compile *c, struct step_mount *step, const char *controllers)
{
	const char *pairs[64] = { "source", "cgroup" };
	char *names = arena_strdup(c->arena, controllers);
	size_t n = 2;

	if (!names)
		return;
	if (strncmp(names, "name=", 5) == 0) {
		pairs[n++] = "none";
		pairs[n++] = NULL;
		pairs[n++] = "name";
		pairs[n++] = names + 5;
	} else {
		for (char *next = names; next && n + 2 <= 64;) {
			pairs[n++] = strsep(&next, ",");
			pairs[n++] = NULL;
		}
	}
	step->options = program_list(c->program, pairs, n);
}

static void mount_hierarchy(struct compile *c, const struct cgroup_mounting *m, size_t index)
{
	const struct host_cgroup_v1 *v1 = &c->facts->cgroups.v1[index];
	const char *own = c->options->cgroup_v1_paths ? c->options->cgroup_v1_paths[index] : NULL;
	const char *target = compile_format(c, "%s/%s", m->target, directory_name(v1->controllers));
	struct step_mount *step;

	if (!c->namespaces[OCI_NAMESPACE_CGROUP].present || c->user_namespace) {
		bind_subtree(c, m, join(c, v1->mount_point, own), target);
		return;
	}
	step = program_add(c->program, STEP_MOUNT, m->pointer);
	step->type = program_str(c->program, "cgroup");
	step->target = program_str(c->program, target);
	step->attr = m->options->attr;
	step->propagation = m->options->propagation;
	set_hierarchy(c, step, v1->controllers);
}

/* "cpu,cpuacct" is also found as "cpu" and as "cpuacct". */
static void link_controllers(struct compile *c, const struct cgroup_mounting *m,
			     const char *controllers)
{
	char *names = arena_strdup(c->arena, controllers);
	struct step_symlink *step;
	const char *name;

	if (!names || !strchr(controllers, ','))
		return;
	while ((name = strsep(&names, ","))) {
		step = program_add(c->program, STEP_SYMLINK, m->pointer);
		step->target = program_str(c->program, compile_format(c, "%s/%s", m->target, name));
		step->content = program_str(c->program, controllers);
	}
}

static void mount_v1(struct compile *c, const struct cgroup_mounting *m)
{
	static const char *const data[] = { "source", "cgroup", "mode", "755" };
	const uint64_t set = m->options->attr;
	struct step_mount *step = program_add(c->program, STEP_MOUNT, m->pointer);
	struct compile_late *late = arena_alloc(c->arena, sizeof(*late));

	step->type = program_str(c->program, "tmpfs");
	step->target = program_str(c->program, m->target);
	step->options = program_list(c->program, data, 4);
	step->attr = set & ~(uint64_t)MOUNT_ATTR_RDONLY;
	step->propagation = m->options->propagation;
	if ((set & MOUNT_ATTR_RDONLY) && late) {
		step->flags = MOUNT_KEEP;
		*late = (struct compile_late){ c->late, &step->head, MOUNT_ATTR_RDONLY, m->target,
					       m->pointer };
		c->late = late;
	}
	for (size_t i = 0; i < c->facts->cgroups.v1_count; i++)
		mount_hierarchy(c, m, i);
	for (size_t i = 0; i < c->facts->cgroups.v1_count; i++)
		link_controllers(c, m, c->facts->cgroups.v1[i].controllers);
}

int compile_cgroup_mount(struct compile *c, const struct oci_mount *mount,
			 const struct mount_options *options, const char *pointer)
{
	struct cgroup_mounting m = { options, pointer, compile_clean_path(c, mount->destination) };
	const enum host_cgroup_mode mode = c->facts->cgroups.mode;

	if (options->idmap || mount->uid_mappings.count > 0)
		return error_set(c->err, EINVAL, pointer,
				 "the ids of a cgroup mount cannot be mapped");
	if (options->super != 0)
		return error_set(c->err, EINVAL, pointer, "a cgroup mount has no option %s",
				 options->flag_count > 0 ? options->flags[0] : "iversion");
	if (options->data_count > 0 && mode != HOST_CGROUP_V2)
		return error_set(c->err, EINVAL, pointer,
				 "the option %s of a cgroup mount has no meaning on cgroup v1",
				 options->data[0]);
	if (mode == HOST_CGROUP_NONE)
		log_warn(c->log, pointer,
			 "no cgroup filesystem is mounted on this host: %s stays empty",
			 mount->destination);
	else if (mode == HOST_CGROUP_V2)
		mount_v2(c, &m);
	else
		mount_v1(c, &m);
	return 0;
}
