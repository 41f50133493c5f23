/*
 * clone.h - the birth of tare-init: in its namespaces, in its cgroup, from the sealed helper.
 */
#ifndef TARE_CONTAINER_CLONE_H
#define TARE_CONTAINER_CLONE_H

#include "base/error.h"
#include "compile/program.h"

#include <sys/types.h>

struct clone_request {
	struct program *program; /* its FD fields are opened: they are passed on */
	int helper;              /* executable (sys/helper.h) */
	int program_fd;          /* memfd with the program */
	int socket;              /* the helper's end */
	int cgroup;              /* directory for CLONE_INTO_CGROUP, or FD_NONE */
	bool apart; /* into a cgroup that others may freeze: do not wait for the exec */
};

/*
 * Clone tare-init. Namespaces by path are entered first, in a child of their own, so that tare
 * itself (and with it hooks) stays in the runtime's. All descriptors are borrowed. On success
 * the pid and an owned pidfd; the helper has been executed.
 */
int clone_init(const struct clone_request *request, pid_t *pid, int *pidfd,
	       struct error *err) MUST_CHECK;

#endif
