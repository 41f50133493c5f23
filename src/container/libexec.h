/* libexec.h - the helpers of tare that are programs of their own. */
#ifndef TARE_CONTAINER_LIBEXEC_H
#define TARE_CONTAINER_LIBEXEC_H

#include "base/error.h"

#include <stddef.h>

#ifndef TARE_LIBEXEC_DIR
#define TARE_LIBEXEC_DIR "/usr/libexec/tare"
#endif

/*
 * The absolute path of `program`: beside tare (a build directory), beside it in ../libexec/tare or
 * ../lib/tare, or in TARE_LIBEXEC_DIR; never by PATH. -ENOENT, without a description, if it is
 * nowhere.
 */
int libexec_find(const char *program, char *path, size_t size) MUST_CHECK;

#endif
