/*
 * cgroup.c - see cgroup.h. Here: the trees of one container, taken together.
 */
#include "cgroup/cgroup.h"

#include "base/fd.h"
#include "base/text.h"
#include "cgroup/controllers.h"
#include "cgroup/devices.h"
#include "cgroup/freeze.h"
#include "cgroup/kill.h"
#include "cgroup/locate.h"
#include "cgroup/resources.h"
#include "cgroup/v1.h"
#include "sys/cgroupfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMOVE_MS = 10000 };

static const char path_property[] = "/linux/cgroupsPath";

const char *cgroup_pointer(const struct cgroup *cgroup)
{
	return cgroup->chosen ? path_property : NULL;
}

static int no_memory(struct error *err)
{
	return error_sys(err, ENOMEM, "malloc", NULL, "cannot note the container's cgroup");
}

/* Add the tree of one hierarchy. `controllers` is NULL for v2. */
static int add_tree(struct cgroup *cgroup, const struct locate *request,
		    const struct host_cgroup_v1 *from, struct error *err)
{
	struct tree *tree = &cgroup->trees[cgroup->count];
	const char *below;
	char path[PATH_MAX];
	int rc = locate_path(request, from->own, from->mount_root, path);

	if (rc == -ENOENT && !cgroup->chosen)
		return 0; /* do without this hierarchy; a resource that needs it finds it missing */
	if (rc == -ENOENT)
		return error_set(
		    err, ENOENT, cgroup_pointer(cgroup),
		    "the cgroup of this process, %s, lies outside of what is mounted on %s",
		    from->own, from->mount_point);
	if (rc < 0)
		return error_sys(err, -rc, "", cgroup_pointer(cgroup), "cannot place the cgroup");
	tree_init(tree, !from->controllers);
	tree->mount_point = strdup(from->mount_point);
	tree->path = strdup(path);
	below = host_cgroups_below(from->own, from->mount_root);
	tree->own = below ? strdup(below) : NULL;
	tree->controllers = from->controllers ? strdup(from->controllers) : NULL;
	cgroup->count++;
	if (!tree->mount_point || !tree->path || (below && !tree->own) ||
	    (from->controllers && !tree->controllers))
		return no_memory(err);
	return 0;
}

static int add_trees(struct cgroup *cgroup, const struct host_cgroups *host,
		     const struct locate *request, struct error *err)
{
	const struct host_cgroup_v1 v2 = {
		.mount_point = host->v2_mount_point,
		.mount_root = host->v2_mount_root,
		.own = host->v2_own,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < host->v1_count; i++)
		rc = add_tree(cgroup, request, &host->v1[i], err);
	if (rc == 0 && host->v2_mount_point)
		rc = add_tree(cgroup, request, &v2, err);
	return rc;
}

int cgroup_locate(const struct host_cgroups *host, const char *cgroups_path, const char *id,
		  struct cgroup **out, struct error *err)
{
	const struct locate request = { .path = cgroups_path, .id = id, .root = geteuid() == 0 };
	struct cgroup *cgroup;
	int rc = locate_check(&request, err);

	if (rc < 0)
		return rc;
	cgroup = calloc(1, sizeof(*cgroup));
	if (!cgroup)
		return no_memory(err);
	cgroup->mode = host->mode;
	cgroup->inner = cgroup->followed = FD_NONE;
	cgroup->chosen = cgroups_path && cgroups_path[0] != '\0';
	cgroup->trees = calloc(host->v1_count + 1, sizeof(*cgroup->trees));
	rc = cgroup->trees ? add_trees(cgroup, host, &request, err) : no_memory(err);
	if (rc < 0)
		cgroup_free(cgroup);
	else
		*out = cgroup;
	return rc;
}

void cgroup_set_required(struct cgroup *cgroup, bool required)
{
	cgroup->chosen = required;
}

static int create_tree(struct cgroup *cgroup, struct tree *tree, struct error *err)
{
	int rc = tree_create(tree, cgroup_pointer(cgroup), err);

	if (rc == 0 && tree->v2)
		rc = controllers_list(tree, err);
	if (rc == 0 && !tree->v2 && tree_list_has(tree->controllers, "cpuset", strlen("cpuset")))
		rc = v1_fill_cpuset(tree, err);
	/*
	 * By default a container goes without where its user may not make cgroups; a resource that
	 * needs this hierarchy finds it missing then.
	 */
	if ((rc == -EACCES || rc == -EPERM || rc == -EROFS) && !cgroup->chosen && tree->dir < 0) {
		error_clear(err);
		free(tree->path);
		tree->path = tree->own; /* which may be NULL: nowhere that can be seen */
		tree->own = NULL;
		return 0;
	}
	return rc;
}

static int create_all(struct cgroup *cgroup, const struct oci_resources *resources,
		      struct error *err)
{
	int rc = resources ? resources_check(resources, err) : 0;

	if (rc == 0 && cgroup->chosen && cgroup->count == 0)
		rc = error_set(
		    err, ENODEV, path_property,
		    "no cgroup filesystem is mounted, so there is no place for this cgroup");
	for (size_t i = 0; rc == 0 && i < cgroup->count; i++)
		rc = create_tree(cgroup, &cgroup->trees[i], err);
	return rc < 0 ? rc : controllers_enable(cgroup, resources, err);
}

int cgroup_create(struct cgroup *cgroup, const struct oci_resources *resources, struct error *err)
{
	int rc = create_all(cgroup, resources, err);

	for (size_t i = 0; rc < 0 && i < cgroup->count; i++)
		tree_undo(&cgroup->trees[i]);
	cgroup->settled = rc == 0;
	return rc;
}

bool cgroup_is_none(const struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->count; i++)
		if (cgroup->trees[i].dir >= 0)
			return false;
	return true;
}

/* Device rules have no controller on v2: any v2 cgroup can hold the program. */
static int apply_devices(const struct cgroup *cgroup, const struct oci_device_rule_list *rules,
			 const struct put *where)
{
	const struct tree *v2 = trees_v2(cgroup);
	struct put to = *where;

	to.tree = trees_find(cgroup, "devices", strlen("devices"));
	if (!to.tree && v2 && v2->dir >= 0)
		to.tree = v2;
	if (to.tree)
		return devices_apply(&to, rules);
	if (devices_unprivileged() || rules->count == 0) {
		/* Without privileges there are no device nodes to guard. */
		if (rules->count > 0 || !devices_unprivileged())
			put_ignored(&to, "devices",
				    "the container has no cgroup that could guard devices");
		return 0;
	}
	return error_set(
	    where->err, ENODEV, "/linux/resources/devices",
	    "the devices controller is not available: no hierarchy with it is mounted");
}

int cgroup_apply(struct cgroup *cgroup, const struct oci_resources *resources, struct log *log,
		 struct error *err)
{
	static const struct oci_device_rule_list no_rules;
	const struct put where = { .log = log, .err = err };
	int rc = resources ? resources_apply(cgroup, resources, &where) : 0;

	return rc < 0 ? rc
		      : apply_devices(cgroup, resources ? &resources->devices : &no_rules, &where);
}

int cgroup_update(struct cgroup *cgroup, const struct oci_resources *resources, struct log *log,
		  struct error *err)
{
	const struct put where = { .log = log, .err = err, .undo = &cgroup->undo };
	int rc = resources_check(resources, err);

	undo_drop(&cgroup->undo, 0);
	if (rc == 0)
		rc = controllers_enable(cgroup, resources, err);
	if (rc == 0)
		rc = resources_apply(cgroup, resources, &where);
	if (rc == 0 && resources->devices.count > 0)
		rc = apply_devices(cgroup, &resources->devices, &where);
	return rc;
}

int cgroup_revert(struct cgroup *cgroup, struct error *err)
{
	return undo_all(&cgroup->undo, err);
}

int cgroup_clone_fd(const struct cgroup *cgroup)
{
	const struct tree *v2 = trees_v2(cgroup);

	if (cgroup->followed >= 0)
		return cgroup->followed;
	return v2 ? v2->dir : FD_NONE;
}

int cgroup_oom_kills(const struct cgroup *cgroup, uint64_t *count)
{
	const struct tree *memory = trees_find(cgroup, "memory", strlen("memory"));
	uint64_t value = 0;
	int rc;

	if (!memory)
		return -ENODATA;
	rc = cgroupfs_read_key(memory->dir, memory->v2 ? "memory.events" : "memory.oom_control",
			       "oom_kill", &value);
	*count = value;
	return rc;
}

int cgroup_kill(struct cgroup *cgroup, struct error *err)
{
	const struct tree *v2 = trees_v2(cgroup);
	const struct tree *freezer = freeze_v1(cgroup);
	char name[PATH_MAX];
	int rc;

	/* cgroup.kill does not spare the cgroups that others had below it. */
	if (!v2 || v2->dir < 0 || v2->others.count > 0)
		return kill_by_list(cgroup, err);
	rc = cgroupfs_write(v2->dir, "cgroup.kill", "1");
	/* On a hybrid host: those frozen by v1 die when they thaw. */
	if (rc == 0 && freezer)
		rc = freeze_release(freezer);
	if (rc == -ENOENT || rc == -ENODEV || rc == 0)
		return 0; /* has gone already */
	return error_sys(err, -rc, "write", NULL, "cannot kill the processes of the cgroup %s",
			 tree_name(v2, name));
}

int cgroup_remove(struct cgroup *cgroup, struct error *err)
{
	int64_t deadline = tree_now() + REMOVE_MS;
	int result = 0;
	int rc;

	for (size_t i = 0; i < cgroup->count; i++) {
		rc = tree_remove(&cgroup->trees[i], deadline, result == 0 ? err : NULL);
		if (rc < 0 && result == 0)
			result = rc;
	}
	return result;
}

const char *cgroup_path(const struct cgroup *cgroup, const char *controller)
{
	const struct tree *v2 = trees_v2(cgroup);

	if (controller[0] == '\0')
		return v2 ? v2->path : NULL;
	for (size_t i = 0; i < cgroup->count; i++) {
		const struct tree *tree = &cgroup->trees[i];

		if (!tree->v2 && (strcmp(tree->controllers, controller) == 0 ||
				  tree_list_has(tree->controllers, controller, strlen(controller))))
			return tree->path;
	}
	return NULL;
}

void cgroup_free(struct cgroup *cgroup)
{
	if (!cgroup)
		return;
	for (size_t i = 0; i < cgroup->count; i++)
		tree_free(&cgroup->trees[i]);
	close_fd(&cgroup->inner);
	close_fd(&cgroup->followed);
	undo_free(&cgroup->undo);
	free(cgroup->trees);
	free(cgroup);
}
