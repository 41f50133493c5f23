/*
 * mount.h - the new mount API: everything is made detached, finished, then attached by fd.
 */
#ifndef TARE_INIT_MOUNT_H
#define TARE_INIT_MOUNT_H

#include "init/init.h"

#include <linux/mount.h>

/* Clone what `fd` refers to (flags: AT_RECURSIVE or 0), or a path of our mount namespace. */
int mount_clone(int fd, unsigned flags);
int mount_clone_path(const char *path, unsigned flags);

/* mount_setattr on the mount that `fd` refers to; does nothing when there is nothing to change. */
int mount_set(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);

/* Attach a detached mount on the file that `target` refers to. */
int mount_attach(int mount, int target);

/* fsopen, options, create, fsmount. Returns the mount, or -errno with part and text set. */
int mount_make(struct init *init, const char *type, struct program_ref options, uint64_t attr);

/* The descriptor that the bind or mount at `ref` kept (MOUNT_KEEP). */
int mount_kept(const struct init *init, uint64_t ref);

#endif
