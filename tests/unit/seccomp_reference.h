/*
 * seccomp_reference.h - what a seccomp profile means, said in the plainest way.
 *
 * Slow and without libseccomp's filters: it is what compiled filters are compared with. Only the
 * table of names and numbers is libseccomp's.
 */
#ifndef TESTS_SECCOMP_REFERENCE_H
#define TESTS_SECCOMP_REFERENCE_H

#include "ocispec/config.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE_X32_BIT 0x40000000u
#define REFERENCE_NUMBERS 1024

/* One ABI of the filter: whose numbers, which names, how wide its arguments are. */
struct reference_abi {
	uint32_t token;
	uint32_t arch; /* in seccomp_data */
	uint32_t base; /* what its first number is */
	uint64_t mask; /* of an argument */
	char *names[REFERENCE_NUMBERS];
	bool has_last;
	uint32_t last; /* largest number that the profile names */
};

static uint32_t reference_action(enum oci_seccomp_action action, bool has_errno, uint32_t errno_ret)
{
	uint32_t value = has_errno ? errno_ret : EPERM;

	switch (action) {
	case OCI_SECCOMP_ACTION_KILL:
	case OCI_SECCOMP_ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case OCI_SECCOMP_ACTION_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case OCI_SECCOMP_ACTION_TRAP:
		return SECCOMP_RET_TRAP;
	case OCI_SECCOMP_ACTION_ERRNO:
		return SECCOMP_RET_ERRNO | value;
	case OCI_SECCOMP_ACTION_TRACE:
		return SECCOMP_RET_TRACE | value;
	case OCI_SECCOMP_ACTION_LOG:
		return SECCOMP_RET_LOG;
	case OCI_SECCOMP_ACTION_NOTIFY:
		return SECCOMP_RET_USER_NOTIF;
	case OCI_SECCOMP_ACTION_ALLOW:
		break;
	}
	return SECCOMP_RET_ALLOW;
}

static uint32_t reference_default(const struct oci_seccomp *profile)
{
	return reference_action(profile->default_action, profile->has_default_errno_ret,
				profile->default_errno_ret);
}

static bool reference_condition(const struct oci_syscall_arg *arg, uint64_t mask,
				const struct seccomp_data *data)
{
	uint64_t actual = data->args[arg->index] & mask;
	uint64_t value = arg->value & mask;

	switch (arg->op) {
	case OCI_SECCOMP_OPERATOR_NE:
		return actual != value;
	case OCI_SECCOMP_OPERATOR_LT:
		return actual < value;
	case OCI_SECCOMP_OPERATOR_LE:
		return actual <= value;
	case OCI_SECCOMP_OPERATOR_EQ:
		return actual == value;
	case OCI_SECCOMP_OPERATOR_GE:
		return actual >= value;
	case OCI_SECCOMP_OPERATOR_GT:
		return actual > value;
	case OCI_SECCOMP_OPERATOR_MASKED_EQ:
		return (actual & value) == (arg->value_two & value);
	}
	return false;
}

/* Conditions on different arguments all have to hold; on one argument twice, any of them. */
static bool reference_matches(const struct oci_syscall *entry, uint64_t mask,
			      const struct seccomp_data *data)
{
	unsigned seen = 0, matching = 0;
	bool repeated = false;

	for (size_t i = 0; i < entry->args.count; i++) {
		const struct oci_syscall_arg *arg = &entry->args.items[i];

		repeated = repeated || (seen & 1u << arg->index);
		seen |= 1u << arg->index;
		matching += reference_condition(arg, mask, data);
	}
	return repeated ? matching > 0 : matching == entry->args.count;
}

static bool reference_names(const struct oci_syscall *entry, const char *name)
{
	for (size_t i = 0; i < entry->names.count; i++)
		if (!strcmp(entry->names.items[i], name))
			return true;
	return false;
}

/* The first rule without conditions wins; without one, the first whose conditions hold. */
static uint32_t reference_rules(const struct oci_seccomp *profile, const char *name, uint64_t mask,
				const struct seccomp_data *data)
{
	uint32_t fallback = reference_default(profile), result = fallback;
	bool decided = false;

	for (size_t i = 0; i < profile->syscalls.count; i++) {
		const struct oci_syscall *entry = &profile->syscalls.items[i];
		uint32_t action =
		    reference_action(entry->action, entry->has_errno_ret, entry->errno_ret);

		if (action == fallback || !reference_names(entry, name))
			continue;
		if (entry->args.count == 0)
			return action;
		if (!decided && reference_matches(entry, mask, data)) {
			result = action;
			decided = true;
		}
	}
	return result;
}

static bool reference_hides_new_calls(const struct oci_seccomp *profile)
{
	return profile->default_action != OCI_SECCOMP_ACTION_ALLOW &&
	       profile->default_action != OCI_SECCOMP_ACTION_LOG &&
	       profile->default_action != OCI_SECCOMP_ACTION_TRACE &&
	       reference_default(profile) != (SECCOMP_RET_ERRNO | ENOSYS);
}

static void reference_abi_init(struct reference_abi *abi)
{
	for (uint32_t i = 0; i < REFERENCE_NUMBERS; i++)
		abi->names[i] = seccomp_syscall_resolve_num_arch(abi->token, (int)(abi->base + i));
}

/* Find the last number that the profile names. */
static void reference_abi_use(struct reference_abi *abi, const struct oci_seccomp *profile)
{
	abi->has_last = false;
	for (uint32_t i = 0; i < REFERENCE_NUMBERS; i++) {
		for (size_t n = 0; abi->names[i] && n < profile->syscalls.count; n++) {
			if (!reference_names(&profile->syscalls.items[n], abi->names[i]))
				continue;
			abi->has_last = true;
			abi->last = abi->base + i;
		}
	}
}

static void reference_abi_free(struct reference_abi *abi)
{
	for (size_t i = 0; i < REFERENCE_NUMBERS; i++)
		free(abi->names[i]);
}

/* What the filter has to return for a call of this ABI. */
static uint32_t reference_run(const struct oci_seccomp *profile, const struct reference_abi *abi,
			      const struct seccomp_data *data)
{
	uint32_t number = (uint32_t)data->nr;

	if (abi->has_last && number > abi->last && reference_hides_new_calls(profile))
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (number - abi->base >= REFERENCE_NUMBERS || !abi->names[number - abi->base])
		return reference_default(profile);
	return reference_rules(profile, abi->names[number - abi->base], abi->mask, data);
}

#endif
