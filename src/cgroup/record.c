/*
 * record.c - see cgroup.h: the cgroup as it is written down, and found again by a later process.
 *
 * A record is written twice: before the cgroup is made (entries without `made`: an intention) and
 * again before a process is in it (`made`, true or false: a fact). What is intended and exists
 * may be ours, if tare was killed in between, or another's. Ours has no processes then, so it is
 * neither killed nor asked, and removed only where it is empty and was missing before.
 */
#include "cgroup/cgroup.h"

#include "base/fd.h"
#include "cgroup/controllers.h"
#include "cgroup/trees.h"
#include "sys/cgroupfs.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(struct error *err)
{
	return error_sys(err, ENOMEM, "malloc", NULL, "cannot note the container's cgroup");
}

/*
 * How much of the path exists, as in `kept`: SIZE_MAX if all does, or where that is not known:
 * then making it fails too.
 */
static size_t existing_part(const struct tree *tree)
{
	owned_fd mount = cgroupfs_open_mount(tree->mount_point, tree->v2);
	char path[PATH_MAX];
	size_t start = 0;

	if (mount < 0 || strlen(tree->path) >= sizeof(path))
		return SIZE_MAX;
	while (tree->path[start] == '/') {
		size_t end = start + 1 + strcspn(tree->path + start + 1, "/");
		owned_fd dir = FD_NONE;

		memcpy(path, tree->path + 1, end - 1);
		path[end - 1] = '\0';
		dir = cgroupfs_open_dir(mount, path);
		if (dir < 0)
			return dir == -ENOENT ? start : SIZE_MAX;
		start = end;
	}
	return SIZE_MAX;
}

static int describe(const struct tree *tree, bool intended, struct arena *arena,
		    struct oci_record_cgroup *out)
{
	size_t kept = intended && !tree->intended ? existing_part(tree) : tree->kept;

	out->controllers = arena_strdup(arena, tree->v2 ? "" : tree->controllers);
	out->mount_point = arena_strdup(arena, tree->mount_point);
	out->path = arena_strdup(arena, tree->path);
	out->has_kept = kept != SIZE_MAX;
	out->kept = out->has_kept ? (uint32_t)kept : 0;
	out->has_made = !intended;
	out->made = !intended && tree->made;
	out->has_inode = !intended;
	out->inode = intended ? 0 : tree->inode;
	out->others.items = arena_array(arena, tree->others.count + 1, sizeof(*out->others.items));
	out->others.count = tree->others.count;
	if (!out->others.items)
		return -ENOMEM;
	if (tree->others.count > 0)
		memcpy(out->others.items, tree->others.items,
		       tree->others.count * sizeof(*tree->others.items));
	return out->controllers && out->mount_point && out->path ? 0 : -ENOMEM;
}

int cgroup_record(const struct cgroup *cgroup, struct arena *arena,
		  struct oci_record_cgroup_list *out, struct error *err)
{
	struct oci_record_cgroup *items = arena_array(arena, cgroup->count, sizeof(*items));
	size_t count = 0;

	if (!items)
		return no_memory(err);
	for (size_t i = 0; i < cgroup->count; i++) {
		const struct tree *tree = &cgroup->trees[i];
		bool intended = !cgroup->settled || tree->intended;

		if (!intended && tree->mount < 0)
			continue; /* the container does without this hierarchy, or it is removed */
		if (describe(tree, intended, arena, &items[count++]) < 0)
			return no_memory(err);
	}
	*out = (struct oci_record_cgroup_list){ .items = items, .count = count };
	return 0;
}

static bool is_path(const char *path)
{
	if (path[0] != '/' || strlen(path) >= PATH_MAX / 2)
		return false;
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || len > NAME_MAX || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
	}
	return true;
}

/* The cgroup to be killed must not be a whole hierarchy, nor anything that path is not. */
static int check_entry(const struct oci_record_cgroup *entry, struct error *err)
{
	const char *what = NULL;

	if (!is_path(entry->path))
		what = entry->path;
	else if (entry->mount_point[0] != '/')
		what = entry->mount_point;
	else if (entry->has_kept &&
		 (entry->kept >= strlen(entry->path) || entry->path[entry->kept] != '/'))
		what = "a wrong length";
	return what ? error_set(err, EINVAL, NULL,
				"the record of the container's cgroup is damaged: it has %.200s",
				what)
		    : 0;
}

/*
 * The directory by its path, if it still is the one that was recorded: it may have been removed,
 * and its name be another's by now. Then ours has gone.
 */
static int find_directory(struct tree *tree, struct error *err)
{
	char name[PATH_MAX];
	uint64_t inode = 0;
	int rc = tree_open_mount(tree, err);

	if (rc < 0 || tree->intended)
		return rc;
	tree->dir = cgroupfs_open_dir(tree->mount, tree->path + 1);
	if (tree->dir == -ENOENT || tree->dir == -ENODEV) {
		tree->dir = FD_NONE;
		return 0;
	}
	if (tree->dir < 0)
		return error_sys(err, -tree->dir, "openat2", NULL, "cannot open the cgroup %s",
				 tree_name(tree, name));
	rc = cgroupfs_inode(tree->dir, "", &inode);
	if (rc < 0)
		return error_sys(err, -rc, "fstat", NULL, "cannot look at the cgroup %s",
				 tree_name(tree, name));
	if (inode != tree->inode)
		close_fd(&tree->dir);
	return 0;
}

static int copy_others(struct tree *tree, const struct oci_record_cgroup *entry)
{
	const size_t count = entry->others.count;

	if (count == 0)
		return 0;
	tree->others.items = calloc(count, sizeof(*tree->others.items));
	if (!tree->others.items)
		return -ENOMEM;
	memcpy(tree->others.items, entry->others.items, count * sizeof(*tree->others.items));
	tree->others.count = count;
	return 0;
}

static int open_entry(struct cgroup *cgroup, const struct oci_record_cgroup *entry,
		      struct error *err)
{
	bool v2 = entry->controllers[0] == '\0';
	struct tree *tree;
	int rc;

	if (!cgroup->trees)
		return no_memory(err);
	rc = check_entry(entry, err);
	if (rc < 0)
		return rc;
	tree = &cgroup->trees[cgroup->count];
	tree_init(tree, v2);
	cgroup->count++;
	tree->mount_point = strdup(entry->mount_point);
	tree->path = strdup(entry->path);
	tree->controllers = v2 ? NULL : strdup(entry->controllers);
	if (!tree->mount_point || !tree->path || (!v2 && !tree->controllers) ||
	    copy_others(tree, entry) < 0)
		return no_memory(err);
	tree->kept = entry->has_kept ? entry->kept : SIZE_MAX;
	tree->intended = !entry->has_made;
	tree->made = entry->has_made && entry->made;
	tree->inode = entry->inode;
	return find_directory(tree, err);
}

/* Those that a freezer is in, and v2. */
static bool says_frozen(const struct oci_record_cgroup *entry)
{
	return entry->controllers[0] == '\0' ||
	       tree_list_has(entry->controllers, "freezer", strlen("freezer"));
}

static enum host_cgroup_mode mode_of(const struct cgroup *cgroup)
{
	bool v1 = false;

	for (size_t i = 0; i < cgroup->count; i++)
		v1 |= !cgroup->trees[i].v2;
	if (trees_v2(cgroup))
		return v1 ? HOST_CGROUP_HYBRID : HOST_CGROUP_V2;
	return v1 ? HOST_CGROUP_V1 : HOST_CGROUP_NONE;
}

static int open_some(const struct oci_record_cgroup_list *record,
		     bool (*choose)(const struct oci_record_cgroup *entry), struct cgroup **out,
		     struct error *err)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));
	struct tree *trees = calloc(record->count + 1, sizeof(*trees));
	int rc = 0;

	if (!cgroup || !trees) {
		free(cgroup);
		free(trees);
		return no_memory(err);
	}
	cgroup->settled = true;
	cgroup->inner = cgroup->followed = FD_NONE;
	cgroup->trees = trees;
	for (size_t i = 0; rc == 0 && i < record->count; i++) {
		if (!choose || choose(&record->items[i]))
			rc = open_entry(cgroup, &record->items[i], err);
		else
			rc = check_entry(&record->items[i], err);
	}
	if (rc < 0) {
		cgroup_free(cgroup);
		return rc;
	}
	cgroup->mode = mode_of(cgroup);
	*out = cgroup;
	return 0;
}

int cgroup_open(const struct oci_record_cgroup_list *record, struct cgroup **out, struct error *err)
{
	int rc = open_some(record, NULL, out, err);
	struct tree *v2 = rc == 0 ? trees_v2(*out) : NULL;

	if (!v2 || v2->dir < 0)
		return rc;
	rc = controllers_list(v2, err);
	if (rc < 0) {
		cgroup_free(*out);
		*out = NULL;
	}
	return rc;
}

int cgroup_ask_frozen(const struct oci_record_cgroup_list *record, bool *frozen, struct error *err)
{
	struct cgroup *cgroup = NULL;
	int rc = open_some(record, says_frozen, &cgroup, err);

	if (rc < 0)
		return rc;
	*frozen = cgroup_is_frozen(cgroup);
	cgroup_free(cgroup);
	return 0;
}
