/*
 * seccomp.c - see seccomp.h.
 *
 * libseccomp turns the rules into instructions; in front of them goes our own prologue for system
 * calls newer than the profile (seccomp_enosys.h).
 */
#include "compile/seccomp.h"

#include "compile/seccomp_enosys.h"
#include "compile/seccomp_export.h"
#include "compile/seccomp_rules.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/*
 * What libseccomp offers on Linux 5.14, the oldest that tare runs on. Said outright, it need not
 * try the system calls of this machine one by one, and the result depends on the profile alone.
 */
#define API_LEVEL 6

/* A shorter list of calls is passed faster one by one than through a tree. */
#define TREE_FROM 33

/* libseccomp's tokens; 0 for those that the libseccomp of this build does not know. */
static const uint32_t arch_tokens[] = {
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
#define ARCHS (sizeof(arch_tokens) / sizeof(arch_tokens[0]))
_Static_assert(ARCHS + 1 <= SECCOMP_ABIS_MAX, "every architecture and the native one fit");

static void release_context(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

#define owned_context __attribute__((cleanup(release_context))) scmp_filter_ctx

/* TSYNC asks for what is so anyway: the filter is loaded by the only thread there is. */
static void translate_flags(const struct oci_seccomp *profile, struct log *log,
			    struct seccomp_filter *out)
{
	char pointer[64];

	if (!profile->flags.items) /* absent; an empty list asks for none */
		out->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < profile->flags.count; i++) {
		switch (profile->flags.items[i]) {
		case OCI_SECCOMP_FLAG_TSYNC:
			break;
		case OCI_SECCOMP_FLAG_LOG:
			out->flags |= SECCOMP_FILTER_FLAG_LOG;
			break;
		case OCI_SECCOMP_FLAG_SPEC_ALLOW:
			out->flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
			break;
		case OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV:
			/* The kernel refuses it without a listener, where it would mean nothing. */
			if (out->wants_listener) {
				out->flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
				break;
			}
			(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/flags/%zu", i);
			log_warn(log, pointer, "%s has no effect without an action SCMP_ACT_NOTIFY",
				 oci_seccomp_flag_name(profile->flags.items[i]));
			break;
		}
	}
}

static bool wants_listener(const struct oci_seccomp *profile)
{
	for (size_t i = 0; i < profile->syscalls.count; i++)
		if (profile->syscalls.items[i].action == OCI_SECCOMP_ACTION_NOTIFY)
			return true;
	return false;
}

/*
 * An architecture that cannot be added is no hole: a process that uses one the filter does not
 * cover is killed at its first system call.
 */
static int add_arch(scmp_filter_ctx ctx, enum oci_seccomp_arch arch, struct seccomp_abis *abis,
		    const char **problem)
{
	uint32_t token = (size_t)arch < ARCHS ? arch_tokens[arch] : 0;
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

static int add_archs(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
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
		rc = add_arch(ctx, list->items[i], abis, &problem);
		if (rc)
			return error_sys(err, -rc, "", pointer, "libseccomp cannot add %s",
					 oci_seccomp_arch_name(list->items[i]));
		if (problem)
			log_warn(log, pointer, "the filter does not cover %s: %s",
				 oci_seccomp_arch_name(list->items[i]), problem);
	}
	return 0;
}

/*
 * tare-init sets no_new_privs, if the config asks for it, and loads the filter itself, so these
 * settings only keep libseccomp from refusing; the flags go to the kernel by our own hand.
 */
static int configure(scmp_filter_ctx ctx, size_t added, struct error *err)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);

	if (rc == 0 && added >= TREE_FROM)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc)
		return error_sys(err, -rc, "", "/linux/seccomp",
				 "libseccomp refuses a setting of the filter");
	return 0;
}

static int assemble(scmp_filter_ctx ctx, const struct seccomp_prologue *prologue,
		    struct arena *arena, struct seccomp_filter *out, struct error *err)
{
	struct seccomp_code code = { .head = prologue->count };
	int rc = seccomp_export(ctx, arena, &code, err);

	if (rc)
		return rc;
	memcpy(code.insns, prologue->insns, prologue->count * sizeof(*code.insns));
	out->insns = code.insns;
	out->count = code.count;
	if (out->count <= BPF_MAXINSNS)
		return 0;
	(void)error_set(err, E2BIG, "/linux/seccomp/syscalls",
			"the seccomp filter has %zu instructions, the kernel takes %d", out->count,
			BPF_MAXINSNS);
	error_add_hint(err, "use fewer conditions on arguments or fewer architectures");
	return -E2BIG;
}

int seccomp_compile(const struct oci_seccomp *profile, struct arena *arena, struct log *log,
		    struct seccomp_filter *out, struct error *err)
{
	struct seccomp_prologue prologue;
	struct seccomp_abis abis;
	owned_context ctx = NULL;
	uint32_t default_action;
	size_t added;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = seccomp_rules_default(profile, &default_action, err);
	if (rc)
		return rc;
	(void)seccomp_api_set(API_LEVEL);
	ctx = seccomp_init(default_action);
	if (!ctx)
		return error_set(err, ENOMEM, "/linux/seccomp", "libseccomp makes no filter");
	rc = add_archs(ctx, profile, &abis, log, err);
	if (rc)
		return rc;
	rc = seccomp_rules_add(ctx, profile, default_action, &added, err);
	if (rc)
		return rc;
	rc = configure(ctx, added, err);
	if (rc)
		return rc;
	out->wants_listener = wants_listener(profile);
	translate_flags(profile, log, out);
	seccomp_enosys_prologue(profile, &abis, &prologue);
	return assemble(ctx, &prologue, arena, out, err);
}
