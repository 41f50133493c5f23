/*
 * seccomp_rules.h - the actions and rules of a profile, given to libseccomp.
 *
 * Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_RULES_H
#define TARE_COMPILE_SECCOMP_RULES_H

#include "base/error.h"
#include "ocispec/config.h"

#include <seccomp.h>
#include <stdint.h>

/* The default action as libseccomp's number; refuses what cannot work as a default. */
int seccomp_rules_default(const struct oci_seccomp *profile, uint32_t *action,
			  struct error *err) MUST_CHECK;

/* Add all rules. `added` counts the system calls that got at least one. */
int seccomp_rules_add(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
		      uint32_t default_action, size_t *added, struct error *err) MUST_CHECK;

#endif
