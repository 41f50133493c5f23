/*
 * lib.h - libtare inside: between the structs of include/tare/tare.h and those of src/container.
 */
#ifndef TARE_LIB_LIB_H
#define TARE_LIB_LIB_H

#include "base/error.h"
#include "container/lifecycle.h"
#include "tare/tare.h"

#include <limits.h>

/* Which container, with room for its root. */
struct lib_name {
	struct container_name name;
	char root[PATH_MAX];
};

/* Checks the id and finds the root. -EINVAL without a name at all. */
int lib_name(const struct tare_name *from, struct lib_name *to, struct error *err) MUST_CHECK;

/* The root alone, into PATH_MAX bytes. */
int lib_root(const char *given, char *to, struct error *err) MUST_CHECK;

/* A struct of a newer library than this, or no struct of it at all, is refused. */
int lib_check_size(size_t given, size_t ours, struct error *err) MUST_CHECK;

/* Bits that are not known are refused. */
int lib_check_flags(unsigned given, unsigned known, struct error *err) MUST_CHECK;

/* Tell the caller; `to` may be NULL. */
void lib_export_error(const struct error *from, struct tare_error *to);

/* Tells the caller if `rc` is a failure, and returns it. */
int lib_finish(int rc, const struct error *err, struct tare_error *to);

#endif
