/* pids.c - see pids.h; and the functions of cgroup.h that are about all processes. */
#include "cgroup/pids.h"

#include "base/fd.h"
#include "cgroup/freeze.h"
#include "sys/cgroupfs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_DEPTH = 128,
	/* The kernel has no more pids (PID_MAX_LIMIT); v1 may list one several times. */
	MAX_PIDS = 8 << 20,
	ATTEMPTS = 64, /* a list that grows faster than we read it */
	FREEZE_MS = 2000,
};

struct reading {
	const struct tree *tree;
	pid_t *items;
	size_t count, room;
	unsigned depth;
};

static int make_room(struct reading *reading, size_t wanted)
{
	size_t room = reading->count + wanted + wanted / 4 + 64;
	pid_t *items;

	if (room > MAX_PIDS)
		return -EOVERFLOW;
	items = realloc(reading->items, room * sizeof(*items));
	if (!items)
		return -ENOMEM;
	reading->items = items;
	reading->room = room;
	return 0;
}

static int read_one(struct reading *reading, int dir)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		size_t room = reading->room - reading->count;
		ssize_t found =
		    cgroupfs_read_pids(dir, "cgroup.procs", reading->items + reading->count, room);
		int rc;

		if (found < 0)
			return (int)found;
		if ((size_t)found <= room) {
			reading->count += (size_t)found;
			return 0;
		}
		rc = make_room(reading, (size_t)found);
		if (rc < 0)
			return rc;
	}
	return -EAGAIN;
}

static int read_below(int dir, const char *name, void *data)
{
	struct reading *reading = data;
	owned_fd child = FD_NONE;
	int rc;

	if (reading->depth == 1 && tree_is_other(reading->tree, dir, name))
		return 0;
	rc = child = cgroupfs_open_dir(dir, name);
	if (reading->depth >= MAX_DEPTH)
		return -ELOOP;
	if (child >= 0)
		rc = read_one(reading, child);
	/* A threaded cgroup does not say: its processes stand in the one above, which is ours. */
	if (rc == -EOPNOTSUPP && reading->depth > 0)
		rc = 0;
	if (rc == -ENOENT || rc == -ENODEV)
		return 0; /* has gone */
	if (rc < 0)
		return rc;
	reading->depth++;
	rc = cgroupfs_each_child(child, read_below, reading);
	reading->depth--;
	return rc == -ENOENT || rc == -ENODEV ? 0 : rc;
}

static int compare(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* 0 stands for a process in another pid namespace than ours. */
static void tidy(struct pids *pids)
{
	size_t kept = 0;

	qsort(pids->items, pids->count, sizeof(*pids->items), compare);
	for (size_t i = 0; i < pids->count; i++)
		if (pids->items[i] > (kept > 0 ? pids->items[kept - 1] : 0))
			pids->items[kept++] = pids->items[i];
	pids->count = kept;
}

static int read_error(const struct tree *tree, int errnum, struct error *err)
{
	char name[PATH_MAX];

	if (errnum == ELOOP)
		return error_set(err, ELOOP, NULL,
				 "cannot list the processes of the cgroup %s: the cgroups below it "
				 "are nested deeper than %d levels",
				 tree_name(tree, name), MAX_DEPTH);
	return error_sys(err, errnum, "read", NULL, "cannot list the processes of the cgroup %s",
			 tree_name(tree, name));
}

int pids_read(const struct cgroup *cgroup, struct pids *out, struct error *err)
{
	const struct tree *tree = trees_any(cgroup);
	struct reading reading = { .tree = tree };
	int rc;

	*out = (struct pids){ .count = 0 };
	if (!tree && cgroup_has_gone(cgroup))
		return 0;
	if (!tree)
		return error_set(err, ENODEV, NULL,
				 "the container has no cgroup of its own that would tell its "
				 "processes from others");
	rc = make_room(&reading, 0);
	if (rc == 0)
		rc = read_below(tree->dir, "", &reading);
	out->items = reading.items;
	out->count = reading.count;
	if (rc < 0)
		return read_error(tree, -rc, err);
	tidy(out);
	return 0;
}

void pids_free(struct pids *pids)
{
	free(pids->items);
	*pids = (struct pids){ .count = 0 };
}

static int copy(const struct pids *pids, struct arena *arena, struct oci_pid_list *out,
		struct error *err)
{
	out->items = arena_array(arena, pids->count, sizeof(*out->items));
	if (!out->items)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot list the processes");
	out->count = pids->count;
	for (size_t i = 0; i < pids->count; i++)
		out->items[i] = pids->items[i];
	return 0;
}

int cgroup_pids(const struct cgroup *cgroup, struct arena *arena, struct oci_pid_list *out,
		struct error *err)
{
	struct pids pids = { .count = 0 };
	int rc = pids_read(cgroup, &pids, err);

	if (rc == 0)
		rc = copy(&pids, arena, out, err);
	pids_free(&pids);
	return rc;
}

/* All of them are tried, whatever the first says. */
static int signal_all(const struct cgroup *cgroup, int signal, struct error *err)
{
	struct pids pids = { .count = 0 };
	int rc = pids_read(cgroup, &pids, err);

	for (size_t i = 0; i < pids.count; i++)
		if (kill(pids.items[i], signal) < 0 && errno != ESRCH && rc == 0)
			rc = error_sys(err, errno, "kill", NULL,
				       "cannot send signal %d to the container's process %d",
				       signal, (int)pids.items[i]);
	pids_free(&pids);
	return rc;
}

int cgroup_signal(struct cgroup *cgroup, int signal, struct error *err)
{
	const struct tree *freezer = freeze_tree(cgroup);
	bool frozen = false;
	int rc, thawed;

	if (signal == SIGKILL)
		return cgroup_kill(cgroup, err);
	/*
	 * Frozen, so that nobody forks past the list, nor ends and leaves his pid to a stranger.
	 * Where that fails it is done without. A paused container stays so, its signals wait.
	 */
	if (freezer && !cgroup_is_frozen(cgroup)) {
		frozen = true;
		(void)freeze_set(freezer, true, FREEZE_MS);
	}
	rc = signal_all(cgroup, signal, err);
	thawed = frozen ? cgroup_thaw(cgroup, rc == 0 ? err : NULL) : 0;
	return rc < 0 ? rc : thawed;
}
