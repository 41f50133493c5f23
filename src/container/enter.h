/*
 * enter.h - the way into a running container: for exec, and for a change of its mounts.
 */
#ifndef TARE_CONTAINER_ENTER_H
#define TARE_CONTAINER_ENTER_H

#include "base/error.h"
#include "compile/program.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Add to *flags the CLONE_NEW* of those namespaces of the process that are not ours already: to
 * enter our own user namespace is EINVAL.
 */
int enter_find_namespaces(pid_t pid, uint64_t *flags, struct error *err) MUST_CHECK;

/*
 * Give the step "enter" of the program a copy of the pidfd: the pid that was looked at is still
 * that process, or the pidfd says that it is dead.
 */
int enter_open_process(const struct program *program, int pidfd, struct error *err) MUST_CHECK;

#endif
