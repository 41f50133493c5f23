/*
 * root.h - the directory of states: --root, or the default that suits the caller.
 */
#ifndef TARE_CONTAINER_ROOT_H
#define TARE_CONTAINER_ROOT_H

#include "base/error.h"

#include <sys/types.h>

struct root_facts {
	uid_t euid;
	bool in_user_namespace;  /* not the first one */
	const char *user;        /* $USER or NULL */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR or NULL; empty is the same as unset */
};

void root_facts_collect(struct root_facts *facts);

/*
 * Writes an absolute path to `to`. `given` is --root or NULL; the default is /run/PROGRAM, or
 * $XDG_RUNTIME_DIR/PROGRAM for a caller who is not really root.
 */
int root_resolve(const char *given, const char *program, const struct root_facts *facts, char *to,
		 struct error *err) MUST_CHECK;

#endif
