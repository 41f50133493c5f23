/* kill.c - see kill.h. */
#include "cgroup/kill.h"

#include "cgroup/freeze.h"
#include "cgroup/pids.h"

#include <errno.h>
#include <signal.h>

enum { KILL_MS = 10000, MAX_PAUSE_MS = 50 };

/* Is each of them on the other list too? */
static bool all_on(const struct pids *list, const struct pids *pids)
{
	size_t at = 0;

	for (size_t i = 0; i < pids->count; i++) {
		while (at < list->count && list->items[at] < pids->items[i])
			at++;
		if (at == list->count || list->items[at] != pids->items[i])
			return false;
	}
	return true;
}

static int kill_all(const struct pids *pids, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < pids->count; i++)
		if (kill(pids->items[i], SIGKILL) < 0 && errno != ESRCH && rc == 0)
			rc = error_sys(err, errno, "kill", NULL,
				       "cannot kill the container's process %d",
				       (int)pids->items[i]);
	return rc;
}

/* Every process of the cgroup, and of those below it that are not another's. */
static int kill_listed(const struct cgroup *cgroup, struct pids *listed, struct error *err)
{
	int rc;

	pids_free(listed);
	rc = pids_read(cgroup, listed, err);
	return rc < 0 ? rc : kill_all(listed, err);
}

/*
 * Once they are told to freeze nobody begins a fork, so this does not wait until thousands have
 * stopped. Who was within one shows his child to the second list; he comes out of it to die.
 */
static int kill_frozen(const struct cgroup *cgroup, const struct tree *freezer, struct pids *listed,
		       struct error *err)
{
	char name[PATH_MAX];
	int rc, released;

	(void)freeze_set(freezer, true, 0); /* where that fails the rounds do without */
	rc = kill_listed(cgroup, listed, err);
	if (rc == 0)
		rc = kill_listed(cgroup, listed, err);
	released = freeze_release(freezer);
	if (rc < 0 || released == 0 || released == -ENOENT || released == -ENODEV)
		return rc;
	return error_sys(err, -released, "write", NULL, "cannot thaw the cgroup %s to kill it",
			 tree_name(freezer, name));
}

/*
 * Those that were signalled need time to die, and not to be frozen again. They are signalled once
 * more, since a pid may have gone to one that was born.
 */
static int kill_round(const struct cgroup *cgroup, const struct tree *freezer, struct pids *listed,
		      struct error *err)
{
	struct pids now;
	int rc = pids_read(cgroup, &now, err);
	bool born = rc == 0 && !all_on(listed, &now);

	if (rc == 0 && !(born && freezer))
		rc = kill_all(&now, err);
	pids_free(listed);
	*listed = now;
	return rc == 0 && born && freezer ? kill_frozen(cgroup, freezer, listed, err) : rc;
}

int kill_by_list(const struct cgroup *cgroup, struct error *err)
{
	const int64_t deadline = tree_now() + KILL_MS;
	const struct tree *freezer = freeze_v1(cgroup);
	struct pids listed = { .count = 0 };
	unsigned pause = 1;
	int rc;

	if (!trees_any(cgroup))
		return 0; /* it has gone, and the processes with it */
	/* What remains at the end is named by cgroup_remove(). */
	while ((rc = kill_round(cgroup, freezer, &listed, err)) == 0 && listed.count > 0 &&
	       tree_now() < deadline) {
		tree_pause(pause); /* to die */
		pause = pause < MAX_PAUSE_MS ? pause * 2 : pause;
	}
	pids_free(&listed);
	return rc;
}
