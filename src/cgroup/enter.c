/*
 * enter.c - see cgroup.h: how a process comes into the cgroups.
 *
 * On v2 it is cloned into its cgroup. On v1 nobody can be, and there are two ways: somebody writes
 * its number to cgroup.procs, for which the kernel waits until no process forks or ends (a grace
 * period of RCU, 7 to 14 ms, where none has just passed), or it writes "0" to `tasks` itself, for
 * which nobody waits.
 */
#include "base/fd.h"
#include "cgroup/delegate.h"
#include "cgroup/trees.h"
#include "sys/cgroupfs.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By its number: musl's function is ENOSYS, since the kernel's is about threads. */
static bool is_real_time(void)
{
	const long policy = syscall(SYS_sched_getscheduler, 0) & ~SCHED_RESET_ON_FORK;

	return policy == SCHED_FIFO || policy == SCHED_RR;
}

int cgroup_explain_entrance(const char *directory, const char *pointer, int errnum,
			    struct error *err)
{
	int rc = error_sys(err, errnum, "write", pointer,
			   "cannot move the container into the cgroup %s", directory);

	if (errnum == EINVAL && is_real_time())
		error_add_hint(err, "the caller's real-time policy needs a budget in "
				    "cpu.rt_runtime_us: begin with another (chrt --other 0 ...)");
	return rc;
}

static int explain(const struct cgroup *cgroup, const struct tree *tree, int errnum,
		   struct error *err)
{
	char name[PATH_MAX];

	return cgroup_explain_entrance(tree_name(tree, name), cgroup_pointer(cgroup), errnum, err);
}

/* Of a cgroup that is still to be made: as if it could be made everywhere. */
static bool is_v1(const struct cgroup *cgroup, const struct tree *tree)
{
	return !tree->v2 && (tree->dir >= 0 || !cgroup->settled);
}

/* The freezer comes last: who enters a frozen one stays where it is. */
static const struct tree *find_entrance(const struct cgroup *cgroup, size_t index)
{
	const struct tree *freezer = NULL;

	for (size_t i = 0; i < cgroup->count; i++) {
		const struct tree *tree = &cgroup->trees[i];

		if (!is_v1(cgroup, tree))
			continue;
		if (tree_list_has(tree->controllers, "freezer", strlen("freezer")))
			freezer = tree;
		else if (index-- == 0)
			return tree;
	}
	return index == 0 ? freezer : NULL;
}

const char *cgroup_entrance(const struct cgroup *cgroup, size_t index, char name[PATH_MAX])
{
	const struct tree *tree = find_entrance(cgroup, index);

	return tree ? tree_name(tree, name) : NULL;
}

int cgroup_open_entrance(const struct cgroup *cgroup, size_t index, struct error *err)
{
	const struct tree *tree = find_entrance(cgroup, index);
	int fd = tree ? cgroupfs_open_file(tree->dir, "tasks") : FD_NONE;

	if (!tree)
		return error_set(err, ENODEV, NULL, "the container has no such cgroup");
	return fd < 0 ? explain(cgroup, tree, -fd, err) : fd;
}

bool cgroup_has_inner(const struct cgroup *cgroup)
{
	return cgroup->inner >= 0;
}

int cgroup_enter_inner(const struct cgroup *cgroup, pid_t pid, struct error *err)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return delegate_enter(cgroup, text, err);
}

int cgroup_add(const struct cgroup *cgroup, pid_t pid, struct error *err)
{
	const struct tree *tree;
	char text[16];
	int rc;

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	for (size_t i = 0; (tree = find_entrance(cgroup, i)) != NULL; i++) {
		rc = cgroupfs_write(tree->dir, "cgroup.procs", text);
		if (rc < 0)
			return explain(cgroup, tree, -rc, err);
	}
	return cgroup->inner >= 0 ? cgroup_enter_inner(cgroup, pid, err) : 0;
}
