/*
 * delegate.c - see cgroup.h: a cgroup of v2 that is handed to its container's user, and one below
 * it in which the container's processes live.
 */
#include "cgroup/delegate.h"

#include "base/fd.h"
#include "base/text.h"
#include "cgroup/controllers.h"
#include "sys/cgroupfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST = 4096, LINE = 4096, SLACK = 64 };

static const char list_file[] = "/sys/kernel/cgroup/delegate";

/* What kernels without the list would have in it. */
static const char usual[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static void read_list(char list[LIST])
{
	owned_fd fd = open(list_file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, list, LIST - 1);

	if (got > 0)
		list[got] = '\0';
	else
		memcpy(list, usual, sizeof(usual));
}

/* The directory, and of the listed files those that are there. 0 or -errno. */
static int give(int dir, uid_t uid)
{
	char list[LIST], *next = list, *name;

	if (fchownat(dir, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return -errno;
	read_list(list);
	while ((name = strsep(&next, "\n")) != NULL) {
		if (name[0] != '\0' && !strchr(name, '/') &&
		    fchownat(dir, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int cgroup_give(struct cgroup *cgroup, uid_t uid, struct error *err)
{
	const struct tree *v2 = trees_v2(cgroup);
	char name[PATH_MAX];
	int rc;

	if (cgroup->mode != HOST_CGROUP_V2 || !v2 || v2->dir < 0 || !v2->made)
		return 0;
	rc = give(v2->dir, uid);
	return rc < 0
		   ? error_sys(err, -rc, "fchownat", NULL, "cannot give the cgroup %s to user %u",
			       tree_name(v2, name), (unsigned)uid)
		   : 0;
}

/* Each name of the path in turn; the last one is open at the end. */
static int make_below(int dir, const char *path)
{
	owned_fd at = cgroupfs_open_dir(dir, "");
	char name[NAME_MAX + 1];

	while (at >= 0 && *path != '\0') {
		size_t len = strcspn(path, "/");
		int rc = text_format(name, sizeof(name), "%.*s", (int)len, path);
		int next;

		if (rc >= 0)
			rc = cgroupfs_make_dir(at, name);
		if (rc < 0)
			return rc;
		next = cgroupfs_open_dir(at, name);
		close_fd(&at);
		at = next;
		path += len + (path[len] == '/');
	}
	return take_fd(&at);
}

int cgroup_make_inner(struct cgroup *cgroup, const char *path, uid_t uid, const char *pointer,
		      struct error *err)
{
	const struct tree *v2 = trees_v2(cgroup);
	char name[PATH_MAX];
	int rc;

	if (!v2 || v2->dir < 0)
		return error_set(err, ENODEV, pointer,
				 "the container has no cgroup of v2 to have another one in");
	rc = cgroup->inner = make_below(v2->dir, path);
	if (rc >= 0)
		rc = give(cgroup->inner, uid);
	return rc < 0 ? error_sys(err, -rc, "mkdir", pointer, "cannot make the cgroup %s/%s",
				  tree_name(v2, name), path)
		      : 0;
}

/* With the process out of the way, the controllers can be handed on to it. */
int delegate_enter(const struct cgroup *cgroup, const char *pid, struct error *err)
{
	const struct tree *v2 = trees_v2(cgroup);
	char name[PATH_MAX];
	int rc = cgroupfs_write(cgroup->inner, "cgroup.procs", pid);

	if (rc < 0)
		return error_sys(err, -rc, "write", NULL,
				 "cannot move the container into a cgroup below %s",
				 tree_name(v2, name));
	controllers_hand_on(v2->dir);
	return 0;
}

/* "0::/tare-ID/a/b": the text behind the last "0::". */
static int read_place(pid_t pid, char line[LINE])
{
	char path[64], text[LINE], *at;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return -errno;
	text[got] = '\0';
	at = strstr(text, "0::/");
	if (!at || (at != text && at[-1] != '\n'))
		return -ENOENT;
	at[strcspn(at, "\n")] = '\0';
	return text_format(line, LINE, "%s", at + 3);
}

static bool holds(int dir, pid_t pid)
{
	ssize_t room = cgroupfs_read_pids(dir, "cgroup.procs", NULL, 0) + SLACK, count;
	pid_t *pids = room < SLACK ? NULL : calloc((size_t)room, sizeof(*pids));
	bool found = false;

	if (!pids)
		return false;
	count = cgroupfs_read_pids(dir, "cgroup.procs", pids, (size_t)room);
	for (ssize_t i = 0; !found && i < count && i < room; i++)
		found = pids[i] == pid;
	free(pids);
	return found;
}

/* Has the cgroup handed controllers on, so that it takes no processes itself? */
static bool takes_none(int dir)
{
	char text[LINE];

	return cgroupfs_read(dir, "cgroup.subtree_control", text, sizeof(text)) > 0;
}

void cgroup_follow(struct cgroup *cgroup, pid_t pid, bool always)
{
	const struct tree *v2 = trees_v2(cgroup);
	char place[LINE];
	size_t len = v2 ? strlen(v2->path) : 0;

	if (!v2 || v2->dir < 0 || (!always && !takes_none(v2->dir)) || read_place(pid, place) < 0)
		return;
	/* /proc begins at our cgroup namespace, the path at the mount: the end is the same. */
	for (char *at = strstr(place, v2->path); at; at = strstr(at + 1, v2->path)) {
		owned_fd dir = at[len] == '/' ? cgroupfs_open_dir(v2->dir, at + len + 1) : FD_NONE;

		if (dir < 0 || !holds(dir, pid))
			continue;
		close_fd(&cgroup->followed);
		cgroup->followed = take_fd(&dir);
		return;
	}
}

/* ---- exec --cgroup: into one below the container's, which has to be there */

static bool is_chosen(const struct tree *tree, const char *controllers, size_t len)
{
	if (len == 0)
		return true;
	for (const char *end = controllers + len; !tree->v2 && controllers < end; controllers++) {
		const size_t part = strcspn(controllers, ",:");

		if (tree_list_has(tree->controllers, controllers, part))
			return true;
		controllers += part;
	}
	return false;
}

static int descend(struct cgroup *cgroup, struct tree *tree, const char *path, struct error *err)
{
	char name[PATH_MAX];
	const int dir = cgroupfs_open_dir(tree->dir, path);

	if (dir < 0)
		return error_sys(err, -dir, "openat2", NULL,
				 "cannot use the cgroup %s below the container's %s", path,
				 tree_name(tree, name));
	if (tree->v2) {
		close_fd(&cgroup->followed);
		cgroup->followed = dir;
	} else {
		close_fd(&tree->dir);
		tree->dir = dir;
	}
	return 0;
}

int cgroup_descend(struct cgroup *cgroup, const char *where, struct error *err)
{
	const char *colon = strchr(where, ':');
	const char *path = colon ? colon + 1 : where;
	const size_t len = colon ? (size_t)(colon - where) : 0;
	size_t chosen = 0;

	path += strspn(path, "/");
	for (size_t i = 0; i < cgroup->count; i++) {
		struct tree *tree = &cgroup->trees[i];
		const bool beside = tree->v2 && cgroup->count > 1; /* hybrid: no limits are here */
		int rc;

		if (tree->dir < 0 || !is_chosen(tree, where, len))
			continue;
		chosen += !beside;
		rc = path[0] ? descend(cgroup, tree, path, beside ? NULL : err) : 0;
		if (rc < 0 && !beside)
			return rc;
	}
	return chosen > 0
		   ? 0
		   : error_set(err, ENODEV, NULL,
			       "the container has no cgroup of the controllers in \"%s\"", where);
}
