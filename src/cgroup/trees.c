/* trees.c - see trees.h. */
#include "cgroup/trees.h"

#include <string.h>

static bool has(const struct tree *tree, const char *controller, size_t len)
{
	if (tree->dir < 0 || !tree->controllers)
		return false;
	if (!tree->v2 && len == 2 && memcmp(controller, "io", 2) == 0)
		return tree_list_has(tree->controllers, "blkio", strlen("blkio"));
	return tree_list_has(tree->controllers, controller, len);
}

struct tree *trees_find(const struct cgroup *cgroup, const char *controller, size_t len)
{
	for (size_t i = 0; i < cgroup->count; i++)
		if (has(&cgroup->trees[i], controller, len))
			return &cgroup->trees[i];
	return NULL;
}

struct tree *trees_v2(const struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->count; i++)
		if (cgroup->trees[i].v2)
			return &cgroup->trees[i];
	return NULL;
}

const struct tree *trees_any(const struct cgroup *cgroup)
{
	const struct tree *v2 = trees_v2(cgroup);

	if (v2 && v2->dir >= 0)
		return v2;
	for (size_t i = 0; i < cgroup->count; i++)
		if (cgroup->trees[i].dir >= 0)
			return &cgroup->trees[i];
	return NULL;
}

bool cgroup_has_gone(const struct cgroup *cgroup)
{
	bool was = false;

	for (size_t i = 0; i < cgroup->count; i++) {
		if (cgroup->trees[i].dir >= 0)
			return false;
		/* Where the container does without a hierarchy, its mount is not kept open. */
		was |= cgroup->trees[i].mount >= 0;
	}
	return was;
}
