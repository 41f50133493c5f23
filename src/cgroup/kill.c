/* kill.c - see kill.h. */
#include "cgroup/kill.h"

#include "base/fd.h"
#include "cgroup/freeze.h"
#include "sys/cgroupfs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 20,
	FREEZE_MS =
	    2000, /* a process in an uninterruptible sleep does not freeze: go on without it */
	MAX_DEPTH = 128,
	BATCH = 512,
};

struct killing {
	size_t signalled;
	unsigned depth;
	int result;
};

/* Every process of a cgroup and of those below it. */
static int kill_below(int dir, const char *name, void *data)
{
	struct killing *killing = data;
	owned_fd child = cgroupfs_open_dir(dir, name);
	pid_t pids[BATCH];
	ssize_t count;

	if (child < 0 || killing->depth >= MAX_DEPTH)
		return 0;
	count = cgroupfs_read_pids(child, "cgroup.procs", pids, BATCH);
	for (ssize_t i = 0; i < count && i < BATCH; i++) {
		if (pids[i] <= 1)
			continue; /* 0: a process of an outer pid namespace */
		if (kill(pids[i], SIGKILL) < 0 && errno != ESRCH)
			killing->result = -errno;
		killing->signalled++;
	}
	killing->depth++;
	count = cgroupfs_each_child(child, kill_below, killing);
	killing->depth--;
	return (int)count;
}

int kill_v1(const struct cgroup *cgroup, struct error *err)
{
	const struct tree *freezer = trees_find(cgroup, "freezer", strlen("freezer"));
	const struct tree *tree = freezer ? freezer : trees_any(cgroup);
	struct killing killing = { .signalled = 1 };
	char name[PATH_MAX];
	int rc = 0, released;

	for (unsigned round = 0; tree && round < ROUNDS && killing.signalled > 0; round++) {
		killing = (struct killing){ .signalled = 0 };
		if (freezer)
			(void)freeze_set(freezer, true, FREEZE_MS); /* else the rounds do without */
		rc = kill_below(tree->dir, "", &killing);
		released = freezer ? freeze_release(freezer) : 0;
		if (rc == 0)
			rc = released;
		if (killing.signalled > 0)
			tree_pause(1); /* to die */
	}
	if (rc == 0)
		rc = killing.result;
	if (rc == -ENOENT || rc == -ENODEV)
		return 0; /* the cgroup has gone, and the processes with it */
	return rc < 0
		   ? error_sys(err, -rc, "kill", NULL, "cannot kill the processes of the cgroup %s",
			       tree_name(tree, name))
		   : 0;
}
