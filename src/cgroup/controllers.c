/* controllers.c - see controllers.h. */
#include "cgroup/controllers.h"

#include "base/fd.h"
#include "base/text.h"
#include "cgroup/put.h"
#include "cgroup/resources.h"
#include "sys/cgroupfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A dozen names of controllers; the kernel has no more. */
enum { LIST = 1024 };

static const char control_file[] = "cgroup.subtree_control";

/* What the v2 tree is to get, and why. */
struct wish {
	const struct cgroup *cgroup;
	const struct oci_resources *resources; /* or NULL */
	struct tree *v2;
	struct error *err;
	char names[LIST]; /* separated by blanks */
};

int controllers_list(struct tree *v2, struct error *err)
{
	char list[LIST];
	ssize_t len = cgroupfs_read(v2->mount, "cgroup.controllers", list, sizeof(list));

	if (len < 0)
		return error_sys(err, (int)-len, "read", NULL, "cannot read %s/cgroup.controllers",
				 v2->mount_point);
	v2->controllers = strdup(list);
	if (!v2->controllers)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot note the controllers of %s",
				 v2->mount_point);
	return 0;
}

static int add_name(struct wish *wish, const char *name, size_t len)
{
	size_t used = strlen(wish->names);

	if (tree_list_has(wish->names, name, len))
		return 0;
	if (text_format(wish->names + used, sizeof(wish->names) - used, "%s%.*s", used ? " " : "",
			(int)len, name) < 0)
		return error_set(wish->err, E2BIG, "/linux/resources",
				 "too many controllers are needed");
	return 0;
}

static int missing(const struct wish *wish, const char *name, size_t len, const char *property)
{
	char pointer[512];

	(void)error_set(wish->err, ENODEV, put_pointer(property, pointer),
			"the %.*s controller, which %s needs, is not available%s%s%s", (int)len,
			name, property, wish->v2 ? ": it is not in " : "",
			wish->v2 ? wish->v2->mount_point : "",
			wish->v2 ? "/cgroup.controllers" : "");
	if (wish->cgroup->mode == HOST_CGROUP_NONE)
		error_add_hint(wish->err,
			       "no cgroup filesystem is mounted: mount one on /sys/fs/cgroup");
	else if (wish->cgroup->mode != HOST_CGROUP_V2)
		error_add_hint(wish->err,
			       "no cgroup v1 hierarchy with it is mounted, or the container "
			       "may not have a cgroup in it");
	else
		error_add_hint(wish->err,
			       "the kernel lacks it, v1 has it, or it is not delegated to "
			       "this user (systemd: Delegate=yes)");
	return -ENODEV;
}

static int take_need(void *data, const char *name, size_t len, const char *property)
{
	struct wish *wish = data;
	const bool unified = text_has_prefix(property, "unified/");
	const struct tree *tree = trees_find(wish->cgroup, name, len);

	/* Files of `unified` are those of v2, whatever v1 has. */
	if (unified && wish->v2 && wish->v2->dir >= 0 &&
	    tree_list_has(wish->v2->controllers, name, len))
		tree = wish->v2;
	else if (unified)
		tree = NULL;
	if (!tree)
		return missing(wish, name, len, property);
	return tree->v2 ? add_name(wish, name, len) : 0;
}

struct question {
	const char *name;
	size_t len;
	char property[256];
};

static int is_wanted(void *data, const char *name, size_t len, const char *property)
{
	struct question *question = data;

	if (question->len != len || memcmp(question->name, name, len) != 0)
		return 0;
	(void)snprintf(question->property, sizeof(question->property), "%s", property);
	return 1;
}

struct ancestor {
	int dir;
	const char *path; /* below the mount */
	bool busy;        /* processes are in it: it hands nothing down */
};

/* One controller in one ancestor. That it cannot be is an error only if somebody asked for it. */
static int enable_one(const struct wish *wish, const struct ancestor *in, const char *name,
		      size_t len)
{
	struct question question = { .name = name, .len = len };
	char value[64], pointer[512];
	int rc;

	if (text_format(value, sizeof(value), "+%.*s", (int)len, name) < 0)
		return 0; /* no controller has such a name */
	rc = in->busy ? -EBUSY : cgroupfs_write(in->dir, control_file, value);
	if (rc == 0 || !wish->resources ||
	    resources_each_need(wish->resources, wish->cgroup->mode, is_wanted, &question) != 1)
		return 0;
	(void)error_sys(wish->err, -rc, "write", put_pointer(question.property, pointer),
			"cannot enable the %.*s controller, which %s needs, in %s%s%s/%s", (int)len,
			name, question.property, wish->v2->mount_point, in->path[0] ? "/" : "",
			in->path, control_file);
	/* EOPNOTSUPP once somebody had a controller that counts threads handed down all the same */
	if (rc == -EBUSY || rc == -EOPNOTSUPP)
		error_add_hint(wish->err, "processes are in that cgroup itself, so it cannot hand "
					  "controllers down: move them to a child of it");
	else if (rc == -EACCES || rc == -EPERM)
		error_add_hint(wish->err,
			       "that cgroup is not delegated to this user (systemd: Delegate=yes)");
	return rc;
}

/*
 * What of the wish one ancestor does not hand down yet: all by one write, or else one by one. Not
 * so where processes are in the way: those that count threads would be handed down all the same,
 * and make it a threaded domain, below which no container can be.
 */
static int enable_in(const struct wish *wish, int dir, const char *path)
{
	char have[LIST], value[2 * LIST] = "";
	size_t used = 0;
	ssize_t len = cgroupfs_read(dir, control_file, have, sizeof(have));
	struct ancestor in = { dir, path, false };
	int rc = 0;

	if (len < 0)
		have[0] = '\0';
	for (const char *name = wish->names; *name != '\0'; name += *name == ' ') {
		size_t item = strcspn(name, " ");

		if (!tree_list_has(have, name, item))
			used += (size_t)snprintf(value + used, sizeof(value) - used, "%s+%.*s",
						 used ? " " : "", (int)item, name);
		name += item;
	}
	if (used > 0)
		rc = cgroupfs_write(dir, control_file, value);
	if (rc == 0)
		return 0;
	in.busy = rc == -EBUSY;
	rc = 0;
	for (const char *name = value; rc == 0 && *name != '\0'; name += *name == ' ') {
		size_t item = strcspn(name, " ");

		rc = enable_one(wish, &in, name + 1, item - 1);
		name += item;
	}
	return rc;
}

static int enable_in_ancestors(const struct wish *wish)
{
	char path[PATH_MAX];
	size_t end = 0;
	int rc = 0;

	while (rc == 0 && tree_next_ancestor(wish->v2, &end, path)) {
		owned_fd dir = cgroupfs_open_dir(wish->v2->mount, path);

		if (dir < 0)
			return error_sys(wish->err, -dir, "openat2", NULL,
					 "cannot open the cgroup %s/%s", wish->v2->mount_point,
					 path);
		rc = enable_in(wish, dir, path);
	}
	return rc;
}

void controllers_hand_on(int dir)
{
	char list[LIST], value[64], *next = list, *name;

	if (cgroupfs_read(dir, "cgroup.controllers", list, sizeof(list)) < 0)
		return;
	while ((name = strsep(&next, " ")) != NULL)
		if (text_format(value, sizeof(value), "+%s", name) > 1)
			(void)(cgroupfs_write(dir, control_file, value) < 0);
}

static bool has_all(const char *list, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, " ");

		if (!tree_list_has(list, names, len))
			return false;
		names += len;
		names += *names == ' ';
	}
	return true;
}

int controllers_enable(const struct cgroup *cgroup, const struct oci_resources *resources,
		       struct error *err)
{
	struct wish wish = {
		.cgroup = cgroup,
		.resources = resources,
		.v2 = trees_v2(cgroup),
		.err = err,
	};
	char have[LIST];
	int rc = 0;

	if (resources)
		rc = resources_each_need(resources, cgroup->mode, take_need, &wish);
	if (rc < 0 || !wish.v2 || wish.v2->dir < 0)
		return rc;
	if (cgroup->mode == HOST_CGROUP_V2)
		(void)snprintf(wish.names, sizeof(wish.names), "%s", wish.v2->controllers);
	/* Usually an earlier container has left everything enabled. */
	if (cgroupfs_read(wish.v2->dir, "cgroup.controllers", have, sizeof(have)) >= 0 &&
	    has_all(have, wish.names))
		return 0;
	return enable_in_ancestors(&wish);
}
