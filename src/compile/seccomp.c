/*
 * seccomp.c - see seccomp.h.
 *
 * libseccomp turns the rules without conditions into instructions; in front of them goes a
 * prologue of our own (seccomp_prologue.h says for what and why).
 */
#include "compile/seccomp.h"
#include "base/nearest.h"
#include "compile/seccomp_cached.h"

#include "compile/seccomp_abi.h"
#include "compile/seccomp_export.h"
#include "compile/seccomp_prologue.h"
#include "compile/seccomp_ranges.h"
#include "compile/seccomp_rules.h"

#include "sys/seccomp_bpf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
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

struct filling {
	struct seccomp_calls calls;
	struct seccomp_abis abis;
	struct arena *arena;
	struct log *log;
};

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
	for (size_t i = 0; profile->flags.items && i < profile->flags.count; i++) {
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

static int refused(const struct seccomp_call *call, int rc, struct error *err)
{
	return error_sys(err, -rc, "", "/linux/seccomp/syscalls",
			 "libseccomp refuses the rule for %s", call->name);
}

/* The kernel's order: of two actions the more permissive is the larger, as a signed number. */
static uint32_t most_permissive(const struct seccomp_call *call)
{
	uint32_t best = SCMP_ACT_KILL_PROCESS;

	for (size_t i = 0; i < call->count; i++) {
		const struct seccomp_rule *rule = call->mentions[i].rule;

		if (!rule->redundant && (int32_t)rule->action > (int32_t)best)
			best = rule->action;
	}
	return best;
}

/*
 * libseccomp gets the rules without conditions; the prologue has the others. But socketcall(2) and
 * ipc(2) keep the arguments of what they carry in memory, which no filter can read. There a call
 * with conditions gets its most permissive action, else 32-bit programs could not use it at all.
 */
static int add_rules(scmp_filter_ctx ctx, const struct seccomp_calls *calls,
		     const struct seccomp_abis *abis, size_t *added, struct error *err)
{
	*added = 0;
	for (size_t i = 0; i < calls->count; i++) {
		const struct seccomp_call *call = &calls->items[i];
		bool hidden = call->conditional && seccomp_abi_multiplexes(abis, call->name);
		int number = seccomp_syscall_resolve_name(call->name);
		uint32_t action;
		int rc;

		if ((!call->always && !hidden) || number == __NR_SCMP_ERROR)
			continue;
		action = hidden ? most_permissive(call) : call->always->action;
		rc = seccomp_rule_add_array(ctx, action, number, 0, NULL);
		if (rc)
			return refused(call, rc, err);
		++*added;
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

static int too_large(struct error *err)
{
	(void)error_set(err, E2BIG, "/linux/seccomp/syscalls",
			"the seccomp filter has more than %d instructions, which is all that the "
			"kernel takes",
			BPF_MAXINSNS);
	error_add_hint(err, "use fewer conditions on arguments or fewer architectures");
	return -E2BIG;
}

static int assemble(scmp_filter_ctx ctx, const struct seccomp_prologue *prologue,
		    struct arena *arena, struct seccomp_filter *out, struct error *err)
{
	struct seccomp_code code = { .head = prologue->count };
	int rc;

	if (prologue->full)
		return too_large(err);
	rc = seccomp_export(ctx, arena, &code, err);
	if (rc)
		return rc;
	if (code.count > BPF_MAXINSNS)
		return too_large(err);
	if (prologue->count > 0)
		memcpy(code.insns, prologue->insns, prologue->count * sizeof(*code.insns));
	out->insns = code.insns;
	out->count = code.count;
	rc = seccomp_ranges(arena, out);
	return rc < 0 ? error_set(err, -rc, "/linux/seccomp", "no memory for the filter") : 0;
}

/* What libseccomp is asked to do, and the instructions in front of what it makes of it. */
static int fill(scmp_filter_ctx ctx, const struct oci_seccomp *profile, struct filling *with,
		struct seccomp_prologue *prologue, struct error *err)
{
	size_t added;
	int rc;

	rc = seccomp_abi_add_all(ctx, profile, &with->abis, with->log, err);
	if (rc)
		return rc;
	rc = add_rules(ctx, &with->calls, &with->abis, &added, err);
	if (rc)
		return rc;
	rc = configure(ctx, added, err);
	if (rc)
		return rc;
	rc = seccomp_prologue_build(profile, &with->calls, &with->abis, with->arena, prologue);
	if (rc)
		return error_set(err, -rc, "/linux/seccomp", "no memory for the filter");
	return 0;
}

int seccomp_compile(const struct oci_seccomp *profile, struct arena *arena, struct log *log,
		    struct seccomp_filter *out, struct error *err)
{
	struct filling with = { .arena = arena, .log = log };
	struct seccomp_prologue prologue;
	owned_context ctx = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = seccomp_rules_read(profile, arena, &with.calls, err);
	if (rc)
		return rc;
	(void)seccomp_api_set(API_LEVEL);
	ctx = seccomp_init(with.calls.default_action);
	if (!ctx)
		return error_set(err, ENOMEM, "/linux/seccomp", "libseccomp makes no filter");
	rc = fill(ctx, profile, &with, &prologue, err);
	if (rc)
		return rc;
	out->wants_listener = wants_listener(profile);
	translate_flags(profile, log, out);
	return assemble(ctx, &prologue, arena, out, err);
}

int seccomp_given(const char *base64, const struct oci_seccomp *profile,
		  const struct seccomp_means *means, struct seccomp_filter *out, struct error *err)
{
	static const struct oci_seccomp none;
	struct sock_filter *insns = arena_array(means->arena, SECCOMP_BPF_MAX, sizeof(*insns));
	struct seccomp_bpf_fault fault;

	memset(out, 0, sizeof(*out));
	if (!insns)
		return error_set(err, ENOMEM, SECCOMP_GIVEN_POINTER, "no memory for the filter");
	if (seccomp_bpf_read(base64, insns, &out->count, &fault) < 0)
		return error_set(err, EINVAL, SECCOMP_GIVEN_POINTER, "the filter %s", fault.text);
	out->insns = insns;
	translate_flags(profile ? profile : &none, means->log, out);
	return 0;
}

uint32_t seccomp_library(void)
{
	const struct scmp_version *version = seccomp_version();

	return version ? version->major << 16 | version->minor << 8 | version->micro : 0;
}

/* Of the native architecture only: the names of the others are the same ones. */
static int unknown_name(const char *name, const char *pointer, struct error *err)
{
	enum { NUMBERS = 1024 }; /* more than any architecture of Linux has */
	const struct scmp_version *version = seccomp_version();
	struct nearest nearest = { .word = name };

	(void)error_set(err, EINVAL, pointer, "libseccomp %u.%u.%u knows no system call \"%s\"",
			version->major, version->minor, version->micro, name);
	for (int number = 0; number < NUMBERS; number++) {
		char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (known)
			nearest_offer(&nearest, known);
		free(known);
	}
	if (nearest.best[0])
		error_add_hint(err, "did you mean \"%s\"?", nearest.best);
	return -EINVAL;
}

int seccomp_check_names(const struct oci_seccomp *profile, struct error *err)
{
	char pointer[96];

	for (size_t i = 0; i < profile->syscalls.count; i++) {
		const struct oci_strings *names = &profile->syscalls.items[i].names;

		for (size_t n = 0; n < names->count; n++) {
			if (seccomp_syscall_resolve_name(names->items[n]) != __NR_SCMP_ERROR)
				continue;
			(void)snprintf(pointer, sizeof(pointer),
				       "/linux/seccomp/syscalls/%zu/names/%zu", i, n);
			return unknown_name(names->items[n], pointer, err);
		}
	}
	return 0;
}
