/*
 * seccomp_abi.h - the architectures that a filter covers, and their system call numbers.
 *
 * Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_ABI_H
#define TARE_COMPILE_SECCOMP_ABI_H

#include "base/error.h"
#include "base/log.h"
#include "ocispec/config.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_ABIS_MAX          24
#define SECCOMP_ARM_PRIVATE_FIRST 0xf0000u /* cacheflush, set_tls ...: not in the sequence */

/* libseccomp's tokens; the native architecture is first. */
struct seccomp_abis {
	uint32_t tokens[SECCOMP_ABIS_MAX];
	size_t count;
};

/* Let the filter cover the architectures of the profile. What cannot be covered is a warning. */
int seccomp_abi_add_all(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
			struct seccomp_abis *abis, struct log *log, struct error *err) MUST_CHECK;

bool seccomp_abi_covered(const struct seccomp_abis *abis, uint32_t token);

/* Arguments have 32 bits, the other half says nothing. */
bool seccomp_abi_is_32bit(uint32_t token);

/* The number by which a program calls it directly, or -ENOENT if the architecture has none. */
int seccomp_abi_number(uint32_t token, const char *name);

/* Is it also to be had through socketcall(2) or ipc(2), where arguments cannot be seen? */
bool seccomp_abi_multiplexes(const struct seccomp_abis *abis, const char *name);

#endif
