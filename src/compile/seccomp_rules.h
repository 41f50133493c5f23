/*
 * seccomp_rules.h - the rules of a profile, checked and sorted by system call.
 *
 * Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_RULES_H
#define TARE_COMPILE_SECCOMP_RULES_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry of /linux/seccomp/syscalls. */
struct seccomp_rule {
	const struct oci_syscall *entry;
	uint32_t action;
	bool any;       /* any condition will do: an argument is tested twice */
	bool redundant; /* it says what the default action says, and is left out */
};

/* Where the profile names a system call. */
struct seccomp_mention {
	const char *name;
	const struct seccomp_rule *rule;
};

/* Everything that it says about one of them. */
struct seccomp_call {
	const char *name;
	const struct seccomp_mention *mentions; /* in the order of the profile */
	size_t count;
	const struct seccomp_rule *always; /* the rule without conditions, which wins, or NULL */
	bool conditional;                  /* there are rules, all of them with conditions */
};

struct seccomp_calls {
	struct seccomp_call *items; /* in the arena, like all they point to */
	size_t count;
	uint32_t default_action;
};

/* Actions are as libseccomp and the kernel count them. */
int seccomp_rules_read(const struct oci_seccomp *profile, struct arena *arena,
		       struct seccomp_calls *out, struct error *err) MUST_CHECK;

#endif
