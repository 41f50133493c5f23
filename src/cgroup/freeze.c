/* freeze.c - see freeze.h; and the freezing functions of cgroup.h. */
#include "cgroup/freeze.h"

#include "base/fd.h"
#include "sys/cgroupfs.h"

#include <string.h>

enum {
	WAIT_MS = 10000,
	/*
	 * v1 can stay FREEZING when a process forks at the wrong moment: it is tried anew, after
	 * twice as long each time, since thousands of processes may need a second.
	 */
	RETRY_MS = 100,
	MAX_DEPTH = 128,
};

static const char v1_file[] = "freezer.state";
static const char v2_file[] = "cgroup.freeze";

const struct tree *freeze_v1(const struct cgroup *cgroup)
{
	return trees_find(cgroup, "freezer", strlen("freezer"));
}

const struct tree *freeze_tree(const struct cgroup *cgroup)
{
	const struct tree *freezer = freeze_v1(cgroup);
	const struct tree *v2 = trees_v2(cgroup);

	if (freezer)
		return freezer;
	return v2 && v2->dir >= 0 ? v2 : NULL;
}

/* 1 if the v1 cgroup is in this state, 0 if in another. */
static int v1_is(const struct tree *tree, const char *state)
{
	char text[32];
	ssize_t len = cgroupfs_read(tree->dir, v1_file, text, sizeof(text));

	return len < 0 ? (int)len : strcmp(text, state) == 0;
}

static int v1_set(const struct tree *tree, const char *state, int64_t deadline)
{
	int64_t patience = RETRY_MS, retry = tree_now() + patience;
	int rc = cgroupfs_write(tree->dir, v1_file, state);

	while (rc == 0) {
		/* The kernel brings the state up to date when it is read. */
		rc = v1_is(tree, state);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (tree_now() >= deadline)
			return -ETIMEDOUT;
		if (tree_now() >= retry) {
			rc = cgroupfs_write(tree->dir, v1_file, "THAWED");
			patience *= 2;
			retry = tree_now() + patience;
			tree_pause(1);
			if (rc == 0)
				rc = cgroupfs_write(tree->dir, v1_file, state);
		}
		tree_pause(1);
	}
	return rc;
}

int freeze_set(const struct tree *tree, bool frozen, unsigned milliseconds)
{
	int rc;

	if (!tree->v2)
		return v1_set(tree, frozen ? "FROZEN" : "THAWED", tree_now() + milliseconds);
	rc = cgroupfs_write(tree->dir, v2_file, frozen ? "1" : "0");
	return rc < 0 ? rc
		      : cgroupfs_wait_event(tree->dir, "frozen", frozen ? 1 : 0, (int)milliseconds);
}

struct release {
	unsigned depth;
};

static int release_below(int dir, const char *name, void *data)
{
	struct release *release = data;
	owned_fd child = cgroupfs_open_dir(dir, name);
	int rc;

	if (child < 0 || release->depth >= MAX_DEPTH)
		return 0;
	rc = cgroupfs_write(child, v1_file, "THAWED");
	if (rc == -ENOENT || rc == -ENODEV)
		return 0; /* has gone */
	if (rc < 0)
		return rc;
	release->depth++;
	rc = cgroupfs_each_child(child, release_below, release);
	release->depth--;
	return rc;
}

int freeze_release(const struct tree *freezer)
{
	struct release release = { .depth = 0 };

	return release_below(freezer->dir, "", &release);
}

/* Is it frozen, or about to be? What a killed tare began has to count, so that it can be undone. */
static bool is_frozen(const struct tree *tree)
{
	uint64_t value = 0;

	if (!tree->v2)
		return v1_is(tree, "THAWED") == 0;
	if (cgroupfs_read_number(tree->dir, v2_file, &value) == 0 && value == 1)
		return true;
	return cgroupfs_read_key(tree->dir, "cgroup.events", "frozen", &value) == 0 && value == 1;
}

/* Whoever froze it: on a hybrid host that may have been done by v2 too. */
bool cgroup_is_frozen(const struct cgroup *cgroup)
{
	const struct tree *first = freeze_tree(cgroup);
	const struct tree *v2 = trees_v2(cgroup);

	return (first && is_frozen(first)) || (v2 && v2 != first && v2->dir >= 0 && is_frozen(v2));
}

static bool is_frozen_from_above(const struct tree *tree)
{
	char path[PATH_MAX];
	uint64_t value = 0;
	size_t end = 0;

	if (!tree->v2)
		return cgroupfs_read_number(tree->dir, "freezer.parent_freezing", &value) == 0 &&
		       value == 1;
	while (tree_next_ancestor(tree, &end, path)) {
		owned_fd dir = cgroupfs_open_dir(tree->mount, path);

		if (dir >= 0 && cgroupfs_read_number(dir, v2_file, &value) == 0 && value == 1)
			return true;
	}
	return false;
}

static int set_error(const struct tree *tree, bool frozen, int errnum, struct error *err)
{
	const char *verb = frozen ? "freeze" : "thaw";
	char name[PATH_MAX];

	if (errnum != ETIMEDOUT)
		return error_sys(err, errnum, "write", NULL, "cannot %s the cgroup %s", verb,
				 tree_name(tree, name));
	(void)error_set(err, ETIMEDOUT, NULL,
			"cannot %s the cgroup %s: not all of its processes followed within %d "
			"seconds",
			verb, tree_name(tree, name), WAIT_MS / 1000);
	error_add_hint(err, "a process in an uninterruptible sleep (state D) cannot follow");
	return -ETIMEDOUT;
}

static int no_freezer(const struct cgroup *cgroup, struct error *err)
{
	if (cgroup_has_gone(cgroup))
		return 0;
	(void)error_set(err, ENODEV, NULL,
			"the container cannot be frozen: it has no cgroup of v2, and none of the "
			"v1 controller freezer");
	error_add_hint(err, "mount cgroup2, or the v1 freezer, before the container is created");
	return -ENODEV;
}

int cgroup_freeze(struct cgroup *cgroup, struct error *err)
{
	const struct tree *tree = freeze_tree(cgroup);
	int rc;

	if (!tree)
		return no_freezer(cgroup, err);
	rc = freeze_set(tree, true, WAIT_MS);
	if (rc == 0 || rc == -ENOENT || rc == -ENODEV)
		return 0; /* if it has gone, so have the processes */
	(void)set_error(tree, true, -rc, err);
	/* Half frozen is neither paused nor running. Without a wait: it is no worse than before. */
	(void)freeze_set(tree, false, 0);
	return rc;
}

static int thaw(const struct tree *tree, struct error *err)
{
	char name[PATH_MAX];
	int rc = freeze_set(tree, false, 0);

	if (rc == -ETIMEDOUT && is_frozen_from_above(tree))
		return error_set(err, EBUSY, NULL,
				 "cannot thaw the cgroup %s: a parent of it is frozen",
				 tree_name(tree, name));
	if (rc == -ETIMEDOUT)
		rc = freeze_set(tree, false, WAIT_MS);
	if (rc == 0 || rc == -ENOENT || rc == -ENODEV)
		return 0;
	return set_error(tree, false, -rc, err);
}

int cgroup_thaw(struct cgroup *cgroup, struct error *err)
{
	const struct tree *first = freeze_tree(cgroup);
	const struct tree *v2 = trees_v2(cgroup);
	int rc;

	if (!first)
		return no_freezer(cgroup, err);
	rc = thaw(first, err);
	if (rc == 0 && v2 && v2 != first && v2->dir >= 0 && is_frozen(v2))
		rc = thaw(v2, err);
	return rc;
}
