/*
 * seccomp_rules.c - see seccomp_rules.h.
 *
 * What a rule means follows runc and crun, since profiles are written against them: a name that
 * this libseccomp does not know is passed over (a profile lists the calls of many kernels and
 * machines), a rule that says what the default says anyway is left out, and conditions that test
 * one argument twice are alternatives, not a conjunction.
 */
#include "compile/seccomp_rules.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ARGS_MAX      6
#define ERRNO_MAX     4095   /* the kernel cuts larger ones to this (MAX_ERRNO) */
#define TRACE_MAX     0xffff /* SECCOMP_RET_DATA */
#define POINTER_BYTES 128

struct action {
	enum oci_seccomp_action kind;
	bool has_errno;
	uint32_t errno_ret;
	const char *pointer; /* of the errno */
};

struct rules {
	scmp_filter_ctx ctx;
	const struct oci_syscall *entry; /* the one being added */
	size_t index;                    /* its place in /linux/seccomp/syscalls */
	uint32_t action;
	bool split; /* each condition is a rule of its own */
	struct error *err;
};

static int check_errno(const struct action *action, struct error *err)
{
	bool is_errno = action->kind == OCI_SECCOMP_ACTION_ERRNO;
	uint32_t max = is_errno ? ERRNO_MAX : TRACE_MAX;

	if (!action->has_errno)
		return 0;
	if (!is_errno && action->kind != OCI_SECCOMP_ACTION_TRACE)
		return error_set(err, EINVAL, action->pointer,
				 "an errno is given for the action %s, which returns none",
				 oci_seccomp_action_name(action->kind));
	if (action->errno_ret > max)
		return error_set(err, EINVAL, action->pointer,
				 "the errno %u is above %u, the largest that %s can return",
				 action->errno_ret, max, oci_seccomp_action_name(action->kind));
	return 0;
}

static int translate_action(const struct action *action, uint32_t *out, struct error *err)
{
	uint32_t value = action->has_errno ? action->errno_ret : EPERM;
	int rc = check_errno(action, err);

	if (rc)
		return rc;
	switch (action->kind) {
	case OCI_SECCOMP_ACTION_KILL:
	case OCI_SECCOMP_ACTION_KILL_THREAD:
		*out = SCMP_ACT_KILL_THREAD;
		return 0;
	case OCI_SECCOMP_ACTION_KILL_PROCESS:
		*out = SCMP_ACT_KILL_PROCESS;
		return 0;
	case OCI_SECCOMP_ACTION_TRAP:
		*out = SCMP_ACT_TRAP;
		return 0;
	case OCI_SECCOMP_ACTION_ERRNO:
		*out = SCMP_ACT_ERRNO(value);
		return 0;
	case OCI_SECCOMP_ACTION_TRACE:
		*out = SCMP_ACT_TRACE(value);
		return 0;
	case OCI_SECCOMP_ACTION_ALLOW:
		*out = SCMP_ACT_ALLOW;
		return 0;
	case OCI_SECCOMP_ACTION_LOG:
		*out = SCMP_ACT_LOG;
		return 0;
	case OCI_SECCOMP_ACTION_NOTIFY:
		*out = SCMP_ACT_NOTIFY;
		return 0;
	}
	return error_set(err, EINVAL, action->pointer, "unknown seccomp action %d",
			 (int)action->kind);
}

int seccomp_rules_default(const struct oci_seccomp *profile, uint32_t *action, struct error *err)
{
	struct action wanted = { profile->default_action, profile->has_default_errno_ret,
				 profile->default_errno_ret, "/linux/seccomp/defaultErrnoRet" };

	if (!profile->has_default_action)
		return error_set(err, EINVAL, "/linux/seccomp/defaultAction",
				 "the seccomp profile has no default action");
	/* The execve of the program itself would wait for an agent that may need its answer. */
	if (wanted.kind == OCI_SECCOMP_ACTION_NOTIFY)
		return error_set(err, EINVAL, "/linux/seccomp/defaultAction",
				 "SCMP_ACT_NOTIFY cannot be the default action");
	return translate_action(&wanted, action, err);
}

static enum scmp_compare translate_operator(enum oci_seccomp_operator op)
{
	switch (op) {
	case OCI_SECCOMP_OPERATOR_NE:
		return SCMP_CMP_NE;
	case OCI_SECCOMP_OPERATOR_LT:
		return SCMP_CMP_LT;
	case OCI_SECCOMP_OPERATOR_LE:
		return SCMP_CMP_LE;
	case OCI_SECCOMP_OPERATOR_EQ:
		return SCMP_CMP_EQ;
	case OCI_SECCOMP_OPERATOR_GE:
		return SCMP_CMP_GE;
	case OCI_SECCOMP_OPERATOR_GT:
		return SCMP_CMP_GT;
	case OCI_SECCOMP_OPERATOR_MASKED_EQ:
		return SCMP_CMP_MASKED_EQ;
	}
	return _SCMP_CMP_MIN; /* libseccomp refuses it */
}

/* For MASKED_EQ value is the mask, and valueTwo what must be left. */
static struct scmp_arg_cmp translate_condition(const struct oci_syscall_arg *arg)
{
	return (struct scmp_arg_cmp){ .arg = arg->index,
				      .op = translate_operator(arg->op),
				      .datum_a = arg->value,
				      .datum_b = arg->value_two };
}

static int check_conditions(struct rules *rules)
{
	const struct oci_syscall_arg_list *args = &rules->entry->args;
	bool seen[ARGS_MAX] = { false };
	char pointer[POINTER_BYTES];

	rules->split = false;
	for (size_t i = 0; i < args->count; i++) {
		uint32_t index = args->items[i].index;

		if (index < ARGS_MAX) {
			rules->split = rules->split || seen[index];
			seen[index] = true;
			continue;
		}
		(void)snprintf(pointer, sizeof(pointer),
			       "/linux/seccomp/syscalls/%zu/args/%zu/index", rules->index, i);
		return error_set(rules->err, EINVAL, pointer,
				 "a system call has no argument %u: they count from 0 to %d", index,
				 ARGS_MAX - 1);
	}
	return 0;
}

static int refused(const struct rules *rules, size_t name, int errnum)
{
	char pointer[POINTER_BYTES];

	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names/%zu",
		       rules->index, name);
	if (errnum == EEXIST) {
		(void)error_set(rules->err, EINVAL, pointer,
				"the rule for %s has the conditions of an earlier rule "
				"and another action",
				rules->entry->names.items[name]);
		error_add_hint(rules->err, "remove one of the two rules");
		return -EINVAL;
	}
	return error_sys(rules->err, errnum, "", pointer, "libseccomp refuses the rule for %s",
			 rules->entry->names.items[name]);
}

static int add_call(const struct rules *rules, int number)
{
	const struct oci_syscall_arg_list *args = &rules->entry->args;
	struct scmp_arg_cmp all[ARGS_MAX];
	int rc;

	if (!rules->split) {
		for (size_t i = 0; i < args->count; i++)
			all[i] = translate_condition(&args->items[i]);
		return seccomp_rule_add_array(rules->ctx, rules->action, number,
					      (unsigned)args->count, all);
	}
	for (size_t i = 0; i < args->count; i++) {
		all[0] = translate_condition(&args->items[i]);
		rc = seccomp_rule_add_array(rules->ctx, rules->action, number, 1, all);
		if (rc)
			return rc;
	}
	return 0;
}

/* Names are checked even where the rule is left out: a mistake is one in any case. */
static int check_names(const struct rules *rules)
{
	const struct oci_strings *names = &rules->entry->names;
	const char *problem = NULL;
	char pointer[POINTER_BYTES];
	size_t i;

	for (i = 0; i < names->count && !problem; i++) {
		if (names->items[i][0] == '\0')
			problem = "the name of a system call is empty";
		/* As runc: a runtime may have to write before the agent holds the listener. */
		else if (rules->action == SCMP_ACT_NOTIFY && !strcmp(names->items[i], "write"))
			problem = "SCMP_ACT_NOTIFY cannot be used for write";
	}
	if (!problem)
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names/%zu",
		       rules->index, i - 1);
	return error_set(rules->err, EINVAL, pointer, "%s", problem);
}

static int begin_entry(struct rules *rules, const struct oci_syscall *entry, size_t index)
{
	char pointer[POINTER_BYTES];
	struct action wanted = { entry->action, entry->has_errno_ret, entry->errno_ret, pointer };
	int rc;

	rules->entry = entry;
	rules->index = index;
	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/errnoRet", index);
	rc = translate_action(&wanted, &rules->action, rules->err);
	if (rc)
		return rc;
	rc = check_names(rules);
	return rc ? rc : check_conditions(rules);
}

int seccomp_rules_add(scmp_filter_ctx ctx, const struct oci_seccomp *profile,
		      uint32_t default_action, size_t *added, struct error *err)
{
	struct rules rules = { .ctx = ctx, .err = err };
	const struct oci_syscall *entry;
	int number, rc;

	*added = 0;
	for (size_t i = 0; i < profile->syscalls.count; i++) {
		entry = &profile->syscalls.items[i];
		rc = begin_entry(&rules, entry, i);
		if (rc)
			return rc;
		if (rules.action == default_action)
			continue;
		for (size_t n = 0; n < entry->names.count; n++) {
			number = seccomp_syscall_resolve_name(entry->names.items[n]);
			if (number == __NR_SCMP_ERROR)
				continue;
			rc = add_call(&rules, number);
			if (rc)
				return refused(&rules, n, -rc);
			++*added;
		}
	}
	return 0;
}
