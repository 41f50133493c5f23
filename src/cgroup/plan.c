/*
 * plan.c - what cgroup_apply() would write (cgroup.h), for `tare plan`.
 *
 * The functions that set limits are the same; their values go to a sink. What they ask of the
 * container's directory, which there is none of yet, is asked of another of the hierarchy: which
 * files it has is the kernel's matter, not the directory's, but for the root of a hierarchy.
 */
#include "cgroup/cgroup.h"

#include "base/fd.h"
#include "cgroup/controllers.h"
#include "cgroup/device_files.h"
#include "cgroup/device_filter.h"
#include "cgroup/resources.h"
#include "sys/cgroupfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- directories that stand for those to be made */

static int take_first(int dir, const char *name, void *data)
{
	int *found = data;

	*found = cgroupfs_open_dir(dir, name);
	return 1;
}

/* The caller's own cgroup, or if that is the root any child of it: the root has fewer files. */
static int open_similar(const struct tree *tree)
{
	const char *own = tree->own ? tree->own : "";
	int dir = FD_NONE;

	own += strspn(own, "/");
	if (own[0] != '\0')
		dir = cgroupfs_open_dir(tree->mount, own);
	else if (cgroupfs_each_child(tree->mount, take_first, &dir) < 0)
		return fcntl(tree->mount, F_DUPFD_CLOEXEC, 3);
	return dir >= 0 ? dir : fcntl(tree->mount, F_DUPFD_CLOEXEC, 3);
}

static int stand_in(struct cgroup *cgroup, struct error *err)
{
	for (size_t i = 0; i < cgroup->count; i++) {
		struct tree *tree = &cgroup->trees[i];
		int rc = tree_open_mount(tree, err);

		if (rc == 0 && tree->v2)
			rc = controllers_list(tree, err);
		if (rc < 0)
			return rc;
		tree->dir = open_similar(tree);
	}
	return 0;
}

/* ---- values */

static int hand_on(const struct put *to, const struct cgroup_write *write)
{
	const struct cgroup_planner *planner = to->sink->data;
	struct cgroup_write whole = *write;
	char name[PATH_MAX];

	whole.directory = tree_name(to->tree, name);
	return planner->take(planner->data, &whole);
}

static int take_value(const struct put *to, const char *property, const char *file,
		      const char *value)
{
	char pointer[512];

	return hand_on(to, &(struct cgroup_write){ .file = file,
						   .value = value,
						   .pointer = put_pointer(property, pointer) });
}

/* ---- devices */

static int take_rule(const struct put *to, const struct devices_rule *rule)
{
	char line[64], value[80], pointer[64];
	struct cgroup_write write = { .value = value };

	(void)device_files_line(rule, line);
	(void)snprintf(pointer, sizeof(pointer), "/linux/resources/devices/%zu", rule->index);
	if (rule->index != SIZE_MAX)
		write.pointer = pointer;
	if (to->tree->v2)
		(void)snprintf(value, sizeof(value), "%s %s", rule->allow ? "allow" : "deny", line);
	else
		(void)snprintf(value, sizeof(value), "%s", line);
	if (!to->tree->v2)
		write.file = rule->allow ? "devices.allow" : "devices.deny";
	return hand_on(to, &write);
}

/* What no rule is about: the v1 files begin with it, the program ends with it. */
static int take_default(const struct put *to, const struct devices_list *list)
{
	struct device_filter program;
	char value[80];
	int rc;

	if (!to->tree->v2)
		return hand_on(to, &(struct cgroup_write){ .file = list->allow ? "devices.allow"
									       : "devices.deny",
							   .value = "a" });
	rc = device_filter_compile(list, &program, to->err);
	if (rc < 0)
		return rc;
	(void)snprintf(value, sizeof(value), "%zu instructions, %s what no rule is about",
		       program.count, list->allow ? "allow" : "deny");
	device_filter_free(&program);
	return hand_on(to, &(struct cgroup_write){ .value = value });
}

static int take_devices(const struct cgroup *cgroup, const struct oci_device_rule_list *rules,
			struct put *to)
{
	const struct tree *v2 = trees_v2(cgroup);
	struct devices_list list;
	int rc;

	to->tree = trees_find(cgroup, "devices", strlen("devices"));
	if (!to->tree && v2 && v2->dir >= 0)
		to->tree = v2;
	if (devices_unprivileged() || !to->tree) {
		if (rules->count > 0)
			put_ignored(to, "devices", "nothing here may guard devices");
		return 0;
	}
	rc = devices_build(rules, &list, to->err);
	if (rc < 0)
		return rc;
	rc = to->tree->v2 ? 0 : device_files_check(&list, to->err);
	if (rc == 0)
		rc = take_default(to, &list);
	for (size_t i = 0; rc == 0 && i < list.count; i++)
		rc = take_rule(to, &list.rules[i]);
	devices_free(&list);
	return rc;
}

/* ---- all of it */

int cgroup_plan(struct cgroup *cgroup, const struct oci_resources *resources,
		const struct cgroup_planner *planner, struct error *err)
{
	static const struct oci_resources nothing;
	struct oci_resources asked = resources ? *resources : nothing;
	struct oci_memory memory = asked.memory ? *asked.memory : (struct oci_memory){ 0 };
	const struct put_sink sink = { take_value, planner };
	struct put to = { .log = planner->log, .err = err, .sink = &sink };
	int rc = stand_in(cgroup, err);

	memory.check_before_update = false; /* nothing is in use in a new one */
	if (asked.memory)
		asked.memory = &memory;
	if (rc == 0)
		rc = resources_apply(cgroup, &asked, &to);
	if (rc == 0)
		rc = take_devices(cgroup, &asked.devices, &to);
	return rc;
}
