/* kill.c - see kill.h. */
#include "cgroup/kill.h"

#include "cgroup/freeze.h"
#include "cgroup/pids.h"

#include <errno.h>
#include <signal.h>

enum {
	KILL_MS = 10000,
	FREEZE_MS =
	    2000, /* a process in an uninterruptible sleep does not freeze: go on without it */
	MAX_PAUSE_MS = 50,
};

/* Every process of the cgroup, and of those below it that are not another's. */
static int kill_listed(const struct cgroup *cgroup, size_t *signalled, struct error *err)
{
	struct pids pids = { .count = 0 };
	int rc = pids_read(cgroup, &pids, err);

	*signalled = pids.count;
	for (size_t i = 0; i < pids.count; i++)
		if (kill(pids.items[i], SIGKILL) < 0 && errno != ESRCH && rc == 0)
			rc =
			    error_sys(err, errno, "kill", NULL,
				      "cannot kill the container's process %d", (int)pids.items[i]);
	pids_free(&pids);
	return rc;
}

/* Frozen, nobody forks while the list is read; thawed, they die. */
static int kill_round(const struct cgroup *cgroup, const struct tree *freezer, size_t *signalled,
		      struct error *err)
{
	char name[PATH_MAX];
	int rc, released;

	if (freezer)
		(void)freeze_set(freezer, true, FREEZE_MS); /* else the rounds do without */
	rc = kill_listed(cgroup, signalled, err);
	released = freezer ? freeze_release(freezer) : 0;
	if (rc < 0 || released == 0 || released == -ENOENT || released == -ENODEV)
		return rc;
	return error_sys(err, -released, "write", NULL, "cannot thaw the cgroup %s to kill it",
			 tree_name(freezer, name));
}

int kill_by_list(const struct cgroup *cgroup, struct error *err)
{
	const int64_t deadline = tree_now() + KILL_MS;
	const struct tree *freezer = freeze_v1(cgroup);
	size_t signalled = 1;
	unsigned pause = 1;
	int rc = 0;

	if (!trees_any(cgroup))
		return 0; /* it has gone, and the processes with it */
	/* What remains at the end is named by cgroup_remove(). */
	while (rc == 0 && signalled > 0 && tree_now() < deadline) {
		rc = kill_round(cgroup, freezer, &signalled, err);
		if (signalled == 0)
			break;
		tree_pause(pause); /* to die */
		pause = pause < MAX_PAUSE_MS ? pause * 2 : pause;
	}
	return rc;
}
