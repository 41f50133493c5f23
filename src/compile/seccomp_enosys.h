/*
 * seccomp_enosys.h - ENOSYS for system calls newer than the profile.
 *
 * A libc tries a new system call and falls back to an old one on ENOSYS, but not on EPERM. A
 * profile written before the call existed cannot mention it, so the default action would break
 * programs that run well on an old kernel. Numbers only grow: what is above every number the
 * profile names is taken for newer than the profile. Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_ENOSYS_H
#define TARE_COMPILE_SECCOMP_ENOSYS_H

#include "ocispec/config.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_ABIS_MAX     24
#define SECCOMP_PROLOGUE_MAX (SECCOMP_ABIS_MAX * 5 + 3)

/* The architectures that the filter covers, as libseccomp's tokens; the native one is first. */
struct seccomp_abis {
	uint32_t tokens[SECCOMP_ABIS_MAX];
	size_t count;
};

struct seccomp_prologue {
	struct sock_filter insns[SECCOMP_PROLOGUE_MAX];
	size_t count;
};

/*
 * The instructions to put before the filter: they return ENOSYS or fall through. None where the
 * default action lets calls through, leaves them to a tracer, or is ENOSYS already.
 */
void seccomp_enosys_prologue(const struct oci_seccomp *profile, const struct seccomp_abis *abis,
			     struct seccomp_prologue *out);

#endif
