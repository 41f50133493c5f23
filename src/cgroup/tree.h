/*
 * tree.h - one hierarchy, and the container's directory in it: made, emptied of its children and
 * removed. Knows nothing of resources.
 */
#ifndef TARE_CGROUP_TREE_H
#define TARE_CGROUP_TREE_H

#include "base/error.h"

#include <limits.h>
#include <stdint.h>

struct tree {
	bool v2;
	char *controllers; /* v1: "cpu,cpuacct"; v2: those that the mount offers, known after
			      tree_create() */
	char *mount_point; /* "/sys/fs/cgroup" */
	char *path;        /* below the mount: "/tare-ID" */
	char *own;   /* the caller's cgroup below the mount ("" for it), or NULL if it is outside */
	size_t kept; /* so many bytes of the path existed before: parents behind them are ours */
	bool made;   /* the directory itself is ours */
	uint64_t inode; /* of the directory: what has its path and another number is a stranger's */
	struct {        /* cgroups that were in it before, by their inodes: if it is not `made` */
		uint64_t *items; /* freed by tree_free() */
		size_t count;
	} others;
	bool intended; /* from a record older than the directory, which may be anybody's: `dir` is
			  FD_NONE. `kept` says what was missing then */
	int mount;
	int dir; /* the container's own directory, FD_NONE if there is none */
};

/* A tree as it is before tree_create(). The strings are the caller's to set and to free. */
void tree_init(struct tree *tree, bool v2);

/* Open the mount point, and see that it is one. */
int tree_open_mount(struct tree *tree, struct error *err) MUST_CHECK;

/*
 * Make the directory and its missing parents. An existing one that holds processes or is frozen
 * is refused. `pointer` is the property that the path comes from, or NULL. After a failure
 * nothing is left behind.
 */
int tree_create(struct tree *tree, const char *pointer, struct error *err) MUST_CHECK;

/* Take back what tree_create() made, before a process was in it. A directory that existed stays as
 * it is. */
void tree_undo(struct tree *tree);

/*
 * Remove the children that the container made (not those of others that were there before), the
 * directory if tree_create() made it, and parents that it made and that are empty. Of one that was
 * only intended, what was missing before and is empty now. Retries until `deadline`
 * (CLOCK_MONOTONIC, in milliseconds). Absent already is success.
 */
int tree_remove(struct tree *tree, int64_t deadline, struct error *err) MUST_CHECK;

int64_t tree_now(void); /* the clock of deadlines */
void tree_pause(unsigned milliseconds);

/* "/sys/fs/cgroup/tare-ID", for messages. */
const char *tree_name(const struct tree *tree, char buffer[PATH_MAX]);

/*
 * The path of the ancestor that is `*end` bytes long, without its leading slash; steps `*end` on
 * to the next one. Starts with *end = 0, the mount itself (""), ends with the path's own parent.
 */
bool tree_next_ancestor(const struct tree *tree, size_t *end, char buffer[PATH_MAX]);

/* Is `word` an item of a list separated by commas or blanks? */
bool tree_list_has(const char *list, const char *word, size_t len);

/* Is this child of the container's own directory one that was there before the container? */
bool tree_is_other(const struct tree *tree, int dir, const char *name);

void tree_close(struct tree *tree);

/* Close it, and free what it holds. */
void tree_free(struct tree *tree);

#endif
