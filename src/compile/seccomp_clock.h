/*
 * seccomp_clock.h - may tare-init read the clock once this filter is loaded?
 *
 * It does so while a container is traced. A filter that kills at clock_gettime, or asks somebody
 * about it, would make the trace the end of the container.
 */
#ifndef TARE_COMPILE_SECCOMP_CLOCK_H
#define TARE_COMPILE_SECCOMP_CLOCK_H

#include "compile/seccomp.h"

/* True if clock_gettime of this architecture is let through, whatever its arguments are. */
bool seccomp_clock_is_free(const struct seccomp_filter *filter);

#endif
