/*
 * vclone.h - clone3 with CLONE_VM|CLONE_VFORK from C.
 *
 * The child borrows our memory and our stack below this call until it executes a program or
 * exits, while we wait; that saves copying page tables. It gets a descriptor table of its own
 * unless CLONE_FILES is asked for.
 */
#ifndef TARE_SYS_VCLONE_H
#define TARE_SYS_VCLONE_H

#include <linux/sched.h>

/* What the child runs; it ends in exec or _exit and never returns. */
typedef void vclone_child(void *arg);

/*
 * CLONE_VM and CLONE_VFORK are added to args->flags. Returns the pid or -errno. The child shares
 * our memory: what it writes through `arg` we see.
 */
int vclone(struct clone_args *args, vclone_child *child, void *arg);

/*
 * The same with memory of its own, for where we must not wait: a cgroup that may be frozen would
 * keep a vfork-like parent waiting for ever. What the child writes is lost to us.
 */
int vclone_apart(struct clone_args *args, vclone_child *child, void *arg);

#endif
