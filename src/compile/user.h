/*
 * user.h - the identity of the process: limits, groups, ids, capabilities.
 */
#ifndef TARE_COMPILE_USER_H
#define TARE_COMPILE_USER_H

#include "compile/compile.h"

/* Bit n is capability n. What cannot be granted has been taken out, with a warning by check. */
struct user_caps {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
};

/* The sets that are to be applied, once it is known whose the user namespace is. */
void user_read_caps(struct compile *c, struct user_caps *caps);

void user_emit_rlimits(struct compile *c);

/* Bounding set, working directory, groups, ids, umask. Gives the sets that are to be applied. */
void user_emit_ids(struct compile *c, struct user_caps *caps);

void user_emit_caps(struct compile *c, const struct user_caps *caps);

#endif
