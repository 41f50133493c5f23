/*
 * seccomp_prologue.h - the part of a filter that comes before libseccomp's.
 *
 * First, ENOSYS for system calls newer than the profile. A libc tries a new call and falls back
 * to an old one on ENOSYS, but not on EPERM; a profile written before the call existed cannot
 * mention it, so the default action would break programs that run well on an old kernel. Numbers
 * only grow: what is above every number the profile names is taken for newer than the profile.
 *
 * Second, the system calls whose rules test arguments. libseccomp (2.5.4) folds several such rules
 * for one call into a tree, and for operators other than EQ and MASKED_EQ the tree may allow what
 * no rule allows, or its making may never end. So they are tested here one after the other, and
 * libseccomp is given what it does well: numbers, architectures, and the search for the call.
 *
 * Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_PROLOGUE_H
#define TARE_COMPILE_SECCOMP_PROLOGUE_H

#include "compile/seccomp_abi.h"
#include "compile/seccomp_rules.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

struct seccomp_prologue {
	struct sock_filter *insns; /* in the arena; room for BPF_MAXINSNS */
	size_t count;
	bool full; /* there was not room enough */
};

/* What the kernel is to run first; it returns, or goes on to what follows its last instruction. */
int seccomp_prologue_build(const struct oci_seccomp *profile, const struct seccomp_calls *calls,
			   const struct seccomp_abis *abis, struct arena *arena,
			   struct seccomp_prologue *out) MUST_CHECK;

#endif
