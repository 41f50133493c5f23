/*
 * fence.h - what main() does before anything else: make sure that only the descriptors meant to
 * be passed on can be passed on (CVE-2024-21626 and its kin), and that there are enough of them.
 */
#ifndef TARE_SYS_FENCE_H
#define TARE_SYS_FENCE_H

#include "base/error.h"

#include <sys/resource.h>

struct fence {
	struct rlimit nofile; /* RLIMIT_NOFILE as the caller had set it, to be given to programs */
};

/*
 * In this order: open /dev/null where 0, 1 or 2 is closed; check that the descriptors from 3 to
 * 2 + preserve_fds, which the container is to inherit, are open; mark all above close-on-exec;
 * raise the soft RLIMIT_NOFILE to the hard one; ignore SIGPIPE, and
 * not SIGCHLD. To be called before tare opens
 * anything. Every failure is fatal.
 */
int fence_start(unsigned preserve_fds, struct fence *saved, struct error *err) MUST_CHECK;

/*
 * In a child that is about to execute a program other than tare-init (a hook, newuidmap): undo
 * what such a program must not inherit, the raised limit and the ignored SIGPIPE.
 * Async-signal-safe. 0 or -errno.
 */
int fence_undo(const struct fence *saved) MUST_CHECK;

#endif
