/* tree.c - see tree.h. */
#include "cgroup/tree.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/cgroupfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Another tare may remove a parent that it finds empty between our making it and using it. */
enum { CREATE_ATTEMPTS = 64 };

/* A container may nest cgroups as it likes; each level of ours holds a descriptor. */
enum { MAX_DEPTH = 128 };

enum { MAX_NAMED_PIDS = 8 };

const char *tree_name(const struct tree *tree, char buffer[PATH_MAX])
{
	if (text_format(buffer, PATH_MAX, "%s%s", tree->mount_point, tree->path) < 0)
		return tree->path;
	return buffer;
}

bool tree_list_has(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t item = strcspn(list, ", ");

		if (item == len && memcmp(list, word, len) == 0)
			return true;
		list += item;
		list += *list != '\0';
	}
	return false;
}

bool tree_next_ancestor(const struct tree *tree, size_t *end, char buffer[PATH_MAX])
{
	const char *next;

	if (*end == SIZE_MAX)
		return false;
	memcpy(buffer, tree->path + 1, *end);
	buffer[*end] = '\0';
	if (*end > 0)
		buffer[*end - 1] = '\0';
	next = strchr(tree->path + *end + 1, '/');
	*end = next ? (size_t)(next - tree->path) : SIZE_MAX;
	return true;
}

int64_t tree_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void tree_pause(unsigned milliseconds)
{
	const struct timespec time = { .tv_nsec = (long)milliseconds * 1000000 };

	(void)nanosleep(&time, NULL);
}

void tree_init(struct tree *tree, bool v2)
{
	*tree = (struct tree){
		.v2 = v2,
		.kept = SIZE_MAX,
		.mount = FD_NONE,
		.dir = FD_NONE,
	};
}

void tree_close(struct tree *tree)
{
	close_fd(&tree->dir);
	close_fd(&tree->mount);
}

void tree_free(struct tree *tree)
{
	tree_close(tree);
	free(tree->controllers);
	free(tree->mount_point);
	free(tree->path);
	free(tree->own);
	free(tree->others.items);
}

static int create_error(const struct tree *tree, int errnum, const char *pointer, struct error *err)
{
	char name[PATH_MAX];

	(void)error_sys(err, errnum, "mkdir", pointer, "cannot make the cgroup %s",
			tree_name(tree, name));
	if (errnum == EACCES || errnum == EPERM)
		error_add_hint(err, "run as root, or have a cgroup delegated to this user "
				    "(systemd: Delegate=yes) and name a path below it");
	else if (errnum == EROFS)
		error_add_hint(err, "%s is mounted read-only; remount it read-write",
			       tree->mount_point);
	else if (errnum == EAGAIN)
		error_add_hint(err, "a limit in cgroup.max.descendants or cgroup.max.depth of a "
				    "parent is reached");
	else if (errnum == EOPNOTSUPP)
		error_add_hint(err,
			       "a parent is a threaded cgroup (cgroup.type); choose another path");
	return -errnum;
}

/*
 * Go down one name, which begins behind the first `start` bytes of the path, making the directory
 * if it is missing. The one entered replaces `*dir`.
 */
static int enter(struct tree *tree, int *dir, const char *name, size_t start)
{
	int made = 0;
	int next = FD_NONE;

	tree->made = false;
	/* The last one is usually new, the others usually exist. */
	if (tree->path[start + 1 + strlen(name)] == '\0')
		made = cgroupfs_make_dir(*dir, name);
	else
		next = cgroupfs_open_dir(*dir, name);
	if (next == -ENOENT)
		made = cgroupfs_make_dir(*dir, name);
	if (made < 0)
		return made;
	tree->made = made > 0;
	if (made > 0 && start < tree->kept)
		tree->kept = start;
	if (next < 0)
		next = cgroupfs_open_dir(*dir, name);
	if (next < 0)
		return next;
	close_fd(dir);
	*dir = next;
	return 0;
}

static int walk_and_make(struct tree *tree)
{
	owned_fd dir = cgroupfs_open_dir(tree->mount, "");
	const char *rest = tree->path;
	char name[NAME_MAX + 1];
	int rc;

	if (dir < 0)
		return dir;
	while (*rest != '\0') {
		size_t len = strcspn(rest + 1, "/");

		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest + 1, len);
		name[len] = '\0';
		rc = enter(tree, &dir, name, (size_t)(rest - tree->path));
		if (rc < 0)
			return rc;
		rest += 1 + len;
	}
	tree->dir = take_fd(&dir);
	return cgroupfs_inode(tree->dir, "", &tree->inode);
}

/* The processes of the directory and of those below it; some of them by name, for messages. */
struct census {
	pid_t pids[MAX_NAMED_PIDS];
	size_t count;
	unsigned depth;
};

static int count_pids(int dir, const char *name, void *data)
{
	struct census *census = data;
	owned_fd child = cgroupfs_open_dir(dir, name);
	size_t room = census->count < MAX_NAMED_PIDS ? MAX_NAMED_PIDS - census->count : 0;
	ssize_t found;

	if (child < 0 || census->depth >= MAX_DEPTH)
		return 0;
	found =
	    cgroupfs_read_pids(child, "cgroup.procs", census->pids + MAX_NAMED_PIDS - room, room);
	census->count += found > 0 ? (size_t)found : 0;
	census->depth++;
	found = cgroupfs_each_child(child, count_pids, census);
	census->depth--;
	return (int)found;
}

static int refuse_busy(const struct tree *tree, size_t processes, const char *pointer,
		       struct error *err)
{
	char name[PATH_MAX];

	(void)error_set(err, EBUSY, pointer,
			"container's cgroup is not empty: %zu process(es) found in %s", processes,
			tree_name(tree, name));
	error_add_hint(err, "choose another linux.cgroupsPath, or end these processes");
	return -EBUSY;
}

static int refuse_frozen(const struct tree *tree, const char *pointer, struct error *err)
{
	char name[PATH_MAX];

	(void)error_set(err, EBUSY, pointer,
			"the cgroup %s or a parent of it is unexpectedly frozen",
			tree_name(tree, name));
	error_add_hint(err, "thaw it (%s), or choose another linux.cgroupsPath",
		       tree->v2 ? "cgroup.freeze" : "freezer.state");
	return -EBUSY;
}

/*
 * Frozen concerns a new directory too: it inherits the state of its parents, and a clone into it
 * would hang.
 */
static int check_state(const struct tree *tree, const char *pointer, struct error *err)
{
	struct census census = { .count = 0 };
	uint64_t flag = 0;
	char state[32];
	int rc = tree->made ? 0 : count_pids(tree->dir, "", &census);

	if (rc < 0)
		return error_sys(err, -rc, "read", pointer,
				 "cannot read the processes of a cgroup");
	if (census.count > 0)
		return refuse_busy(tree, census.count, pointer, err);
	if (tree->v2) {
		if (cgroupfs_read_key(tree->dir, "cgroup.events", "frozen", &flag) == 0 && flag > 0)
			return refuse_frozen(tree, pointer, err);
	} else if (tree_list_has(tree->controllers, "freezer", strlen("freezer"))) {
		if (cgroupfs_read(tree->dir, "freezer.state", state, sizeof(state)) > 0 &&
		    strcmp(state, "THAWED") != 0)
			return refuse_frozen(tree, pointer, err);
	}
	return 0;
}

static int note_other(int dir, const char *name, void *data)
{
	struct tree *tree = data;
	uint64_t *items =
	    realloc(tree->others.items, (tree->others.count + 1) * sizeof(*tree->others.items));
	int rc;

	if (!items)
		return -ENOMEM;
	tree->others.items = items;
	rc = cgroupfs_inode(dir, name, &items[tree->others.count]);
	tree->others.count += rc == 0;
	return rc == -ENOENT ? 0 : rc;
}

/* Of a directory that existed: what is below it stays when the container goes. */
static int note_others(struct tree *tree, const char *pointer, struct error *err)
{
	char name[PATH_MAX];
	int rc = tree->made ? 0 : cgroupfs_each_child(tree->dir, note_other, tree);

	return rc < 0 ? error_sys(err, -rc, "read", pointer, "cannot list the cgroups below %s",
				  tree_name(tree, name))
		      : 0;
}

bool tree_is_other(const struct tree *tree, int dir, const char *name)
{
	uint64_t inode = 0;

	if (tree->others.count == 0 || cgroupfs_inode(dir, name, &inode) < 0)
		return false;
	for (size_t i = 0; i < tree->others.count; i++)
		if (tree->others.items[i] == inode)
			return true;
	return false;
}

struct removal {
	const struct tree *tree;
	unsigned depth;
	int result; /* the first failure; the others are tried nevertheless */
};

/* Remove one child, from the bottom up. */
static int remove_child(int dir, const char *name, void *data)
{
	struct removal *removal = data;
	owned_fd child = FD_NONE;
	int rc;

	if (removal->depth == 0 && tree_is_other(removal->tree, dir, name))
		return 0;
	rc = cgroupfs_remove_dir(dir, name);
	if (rc == -EBUSY && removal->depth < MAX_DEPTH) {
		child = cgroupfs_open_dir(dir, name);
		if (child < 0)
			return 0;
		removal->depth++;
		rc = cgroupfs_each_child(child, remove_child, removal);
		removal->depth--;
		if (rc == 0)
			rc = cgroupfs_remove_dir(dir, name);
	}
	if (rc < 0 && rc != -ENOENT && removal->result == 0)
		removal->result = rc;
	return 0;
}

/* Absent is -ENOENT; so is what somebody else has made in its place by now. */
static int remove_own(const struct tree *tree)
{
	uint64_t inode = 0;
	int rc = cgroupfs_inode(tree->mount, tree->path + 1, &inode);

	if (rc < 0 || (tree->inode != 0 && tree->inode != inode))
		return rc < 0 ? rc : -ENOENT;
	return cgroupfs_remove_dir(tree->mount, tree->path + 1);
}

/* One try to remove everything below, and the directory itself if it is ours. */
static int remove_once(struct tree *tree)
{
	struct removal removal = { .tree = tree };
	int rc = tree->made ? remove_own(tree) : -EBUSY;

	if (rc == -ENOENT || rc == -ENODEV)
		return 0;
	if (rc != -EBUSY)
		return rc;
	rc = cgroupfs_each_child(tree->dir, remove_child, &removal);
	if (rc == -ENOENT || rc == -ENODEV)
		return 0; /* removed by somebody else meanwhile */
	if (rc == 0)
		rc = removal.result;
	if (rc == 0 && tree->made)
		rc = remove_own(tree);
	return rc == -ENOENT ? 0 : rc;
}

static int remove_error(const struct tree *tree, int errnum, struct error *err)
{
	struct census census = { .count = 0 };
	char name[PATH_MAX], list[128] = "";
	size_t used = 0;
	int len;

	if (count_pids(tree->dir, "", &census) < 0)
		census.count = 0;
	for (size_t i = 0; i < census.count && i < MAX_NAMED_PIDS; i++) {
		len = snprintf(list + used, sizeof(list) - used, " %d", (int)census.pids[i]);
		used += len > 0 && (size_t)len < sizeof(list) - used ? (size_t)len : 0;
	}
	if (census.count == 0)
		return error_sys(err, errnum, "rmdir", NULL, "cannot remove the cgroup %s",
				 tree_name(tree, name));
	return error_sys(err, errnum, "rmdir", NULL,
			 "cannot remove the cgroup %s: %zu process(es) remain in it:%s%s",
			 tree_name(tree, name), census.count, list,
			 census.count > MAX_NAMED_PIDS ? " ..." : "");
}

/*
 * Parents that we made, from the bottom up, as far as they are empty: others may use them by now.
 * One that is missing was never made, or is gone already.
 */
static void remove_parents(const struct tree *tree)
{
	char path[PATH_MAX];
	char *slash;
	int rc = 0;

	if (tree->mount < 0 || text_format(path, sizeof(path), "%s", tree->path + 1) < 0)
		return;
	while ((rc == 0 || rc == -ENOENT) && (slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		/* The slash is at this offset of tree->path too, less its own leading one. */
		if ((size_t)(slash - path) + 1 <= tree->kept)
			return;
		rc = cgroupfs_remove_dir(tree->mount, path);
	}
}

/* There is no directory that would be known as the container's. */
static int remove_remains(struct tree *tree, struct error *err)
{
	char name[PATH_MAX];
	int rc = 0;

	if (tree->mount < 0)
		return 0; /* nothing was made, or it was removed before */
	/*
	 * Made after the record, and not written down after that: then no process of ours has been
	 * in it. One with processes or children is another's, and rmdir leaves it alone.
	 */
	if (tree->intended && tree->kept != SIZE_MAX)
		rc = cgroupfs_remove_dir(tree->mount, tree->path + 1);
	if (rc < 0 && rc != -ENOENT && rc != -ENODEV && rc != -EBUSY)
		return error_sys(err, -rc, "rmdir", NULL, "cannot remove the cgroup %s",
				 tree_name(tree, name));
	remove_parents(tree);
	tree_close(tree);
	return 0;
}

void tree_undo(struct tree *tree)
{
	/* What exists without being ours may be another container's: it is not touched. */
	if (tree->made)
		(void)remove_once(tree);
	remove_parents(tree);
	tree->made = false;
	tree->kept = SIZE_MAX;
	tree_close(tree);
}

int tree_open_mount(struct tree *tree, struct error *err)
{
	tree->mount = cgroupfs_open_mount(tree->mount_point, tree->v2);
	if (tree->mount == -EMEDIUMTYPE)
		return error_set(err, EMEDIUMTYPE, NULL,
				 "%s is not the cgroup filesystem that "
				 "/proc/self/mountinfo says",
				 tree->mount_point);
	if (tree->mount < 0)
		return error_sys(err, -tree->mount, "open", NULL, "cannot open the cgroup mount %s",
				 tree->mount_point);
	return 0;
}

int tree_create(struct tree *tree, const char *pointer, struct error *err)
{
	int rc;

	rc = tree_open_mount(tree, err);
	if (rc < 0)
		return rc;
	for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
		rc = walk_and_make(tree);
		if (rc != -ENOENT && rc != -ENODEV)
			break;
	}
	rc = rc < 0 ? create_error(tree, -rc, pointer, err) : check_state(tree, pointer, err);
	if (rc == 0)
		rc = note_others(tree, pointer, err);
	if (rc < 0)
		tree_undo(tree);
	return rc;
}

int tree_remove(struct tree *tree, int64_t deadline, struct error *err)
{
	unsigned pause = 1;
	int rc;

	if (tree->dir < 0)
		return remove_remains(tree, err);
	/* After the reaping the first try succeeds; what takes time is only processes still dying.
	 */
	while ((rc = remove_once(tree)) == -EBUSY && tree_now() < deadline) {
		tree_pause(pause);
		pause = pause < 100 ? pause * 2 : pause;
	}
	if (rc < 0)
		return remove_error(tree, -rc, err);
	remove_parents(tree);
	tree_close(tree);
	return 0;
}
