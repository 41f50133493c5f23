/* seccomp_abi.c - see seccomp_abi.h. */
#include "compile/seccomp_abi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libseccomp's tokens; 0 for those that the libseccomp of this build does not know. */
static const uint32_t tokens[] = {
	[OCI_SECCOMP_ARCH_X86] = SCMP_ARCH_X86,
	[OCI_SECCOMP_ARCH_X86_64] = SCMP_ARCH_X86_64,
	[OCI_SECCOMP_ARCH_X32] = SCMP_ARCH_X32,
	[OCI_SECCOMP_ARCH_ARM] = SCMP_ARCH_ARM,
	[OCI_SECCOMP_ARCH_AARCH64] = SCMP_ARCH_AARCH64,
#ifdef SCMP_ARCH_LOONGARCH64
	[OCI_SECCOMP_ARCH_LOONGARCH64] = SCMP_ARCH_LOONGARCH64,
#endif
#ifdef SCMP_ARCH_M68K
	[OCI_SECCOMP_ARCH_M68K] = SCMP_ARCH_M68K,
#endif
	[OCI_SECCOMP_ARCH_MIPS] = SCMP_ARCH_MIPS,
	[OCI_SECCOMP_ARCH_MIPS64] = SCMP_ARCH_MIPS64,
	[OCI_SECCOMP_ARCH_MIPS64N32] = SCMP_ARCH_MIPS64N32,
	[OCI_SECCOMP_ARCH_MIPSEL] = SCMP_ARCH_MIPSEL,
	[OCI_SECCOMP_ARCH_MIPSEL64] = SCMP_ARCH_MIPSEL64,
	[OCI_SECCOMP_ARCH_MIPSEL64N32] = SCMP_ARCH_MIPSEL64N32,
	[OCI_SECCOMP_ARCH_PPC] = SCMP_ARCH_PPC,
	[OCI_SECCOMP_ARCH_PPC64] = SCMP_ARCH_PPC64,
	[OCI_SECCOMP_ARCH_PPC64LE] = SCMP_ARCH_PPC64LE,
	[OCI_SECCOMP_ARCH_S390] = SCMP_ARCH_S390,
	[OCI_SECCOMP_ARCH_S390X] = SCMP_ARCH_S390X,
#ifdef SCMP_ARCH_SH
	[OCI_SECCOMP_ARCH_SH] = SCMP_ARCH_SH,
#endif
#ifdef SCMP_ARCH_SHEB
	[OCI_SECCOMP_ARCH_SHEB] = SCMP_ARCH_SHEB,
#endif
	[OCI_SECCOMP_ARCH_PARISC] = SCMP_ARCH_PARISC,
	[OCI_SECCOMP_ARCH_PARISC64] = SCMP_ARCH_PARISC64,
	[OCI_SECCOMP_ARCH_RISCV64] = SCMP_ARCH_RISCV64,
};
#define ARCHS (sizeof(tokens) / sizeof(tokens[0]))
_Static_assert(ARCHS + 1 <= SECCOMP_ABIS_MAX, "every architecture and the native one fit");

/*
 * An architecture that cannot be added is no hole: a process that uses one the filter does not
 * cover is killed at its first system call.
 */
static int add(scmp_filter_ctx ctx, enum oci_seccomp_arch arch, struct seccomp_abis *abis,
	       const char **problem)
{
	uint32_t token = (size_t)arch < ARCHS ? tokens[arch] : 0;
	int rc = token ? seccomp_arch_add(ctx, token) : -EINVAL;

	*problem = NULL;
	if (rc == 0)
		abis->tokens[abis->count++] = token;
	if (rc == 0 || rc == -EEXIST)
		return 0;
	if (rc == -EINVAL)
		*problem = "this libseccomp does not know it";
	else if (rc == -EDOM)
		*problem = "its byte order is not this machine's";
	return *problem ? 0 : rc;
}

int seccomp_abi_add_all(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
			struct seccomp_abis *abis, struct log *log, struct error *err)
{
	const struct oci_seccomp_arch_list *list = &profile->architectures;
	const char *problem;
	char pointer[64];
	int rc;

	abis->tokens[0] = seccomp_arch_native();
	abis->count = 1;
	for (size_t i = 0; i < list->count; i++) {
		(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/architectures/%zu", i);
		rc = add(ctx, list->items[i], abis, &problem);
		if (rc)
			return error_sys(err, -rc, "", pointer, "libseccomp cannot add %s",
					 oci_seccomp_arch_name(list->items[i]));
		if (problem)
			log_warn(log, pointer, "the filter does not cover %s: %s",
				 oci_seccomp_arch_name(list->items[i]), problem);
	}
	return 0;
}

bool seccomp_abi_covered(const struct seccomp_abis *abis, uint32_t token)
{
	for (size_t i = 0; i < abis->count; i++)
		if (abis->tokens[i] == token)
			return true;
	return false;
}

/* x32 too: its registers have 64 bits, but libseccomp and its users look at half of them. */
bool seccomp_abi_is_32bit(uint32_t token)
{
	return !(token & __AUDIT_ARCH_64BIT) || token == SCMP_ARCH_MIPS64N32 ||
	       token == SCMP_ARCH_MIPSEL64N32;
}

/* libseccomp's pseudo numbers for what socketcall(2) and ipc(2) carry. */
static bool is_multiplexed(int number)
{
	return number <= -100 && number > -300;
}

/*
 * libseccomp lets the direct calls of Linux 4.3 and 5.1 through as well where it says such a
 * pseudo number, but tells their numbers only the other way round.
 */
static int search_direct(uint32_t token, const char *name)
{
	bool mips = token == SCMP_ARCH_MIPS || token == SCMP_ARCH_MIPSEL;
	int first = mips ? 4160 : 320, last = mips ? 4410 : 410;

	for (int number = first; number <= last; number++) {
		char *found = seccomp_syscall_resolve_num_arch(token, number);
		bool same = found && !strcmp(found, name);

		free(found);
		if (same)
			return number;
	}
	return -ENOENT;
}

int seccomp_abi_number(uint32_t token, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(token, name);

	if (is_multiplexed(number))
		return search_direct(token, name);
	return number < 0 ? -ENOENT : number;
}

bool seccomp_abi_multiplexes(const struct seccomp_abis *abis, const char *name)
{
	for (size_t i = 0; i < abis->count; i++)
		if (is_multiplexed(seccomp_syscall_resolve_name_arch(abis->tokens[i], name)))
			return true;
	return false;
}
