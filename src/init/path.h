/*
 * path.h - the one way from a path of the config to a file of the container.
 *
 * Every path inside the root filesystem is resolved here, by openat2(RESOLVE_IN_ROOT) from the
 * root's own descriptor; everything afterwards works on the descriptor (docs/design.md, rule 1).
 */
#ifndef TARE_INIT_PATH_H
#define TARE_INIT_PATH_H

#include "init/init.h"

/*
 * openat2 with O_CLOEXEC, `flags` and RESOLVE_* `resolve`: what every other call here, and all of
 * tare-init, goes through. The kernel answers EAGAIN when a path with .. (or a link with one) is
 * walked while somebody on this machine renames or mounts: tried again, not for ever.
 */
int path_open_how(int dir, const char *path, uint64_t flags, uint64_t resolve);

/* O_PATH|O_CLOEXEC and `flags` (O_DIRECTORY, O_NOFOLLOW ...), bounded retry on EAGAIN. */
int path_open_in_root(int root, const char *path, int flags);

/* The same, and a link anywhere in the path is ELOOP. */
int path_open_without_links(int root, const char *path);

/* Of the directory that `path`, which is absolute, is in. */
int path_open_parent_without_links(int root, const char *path);

/*
 * The same for a mount point: created as a directory or an empty file if it is missing, its
 * parents too, one component at a time without following what others may put there.
 */
int path_open_or_make(struct init *init, int root, const char *path, bool directory);

/* /proc and /sys: one component, a real directory, never a symlink (made if missing). */
int path_open_top_directory(struct init *init, int root, const char *path);

/*
 * The directory that `path` is in (made if missing), and in *name the last component, for calls
 * that create: mknodat, symlinkat.
 */
int path_open_parent(struct init *init, int root, const char *path, const char **name);

#endif
