/*
 * seccomp_rules.c - see seccomp_rules.h.
 *
 * What a rule means follows runc and crun, since profiles are written against them: a rule that
 * says what the default says anyway is left out, a rule without conditions beats those with, and
 * conditions that test one argument twice are alternatives, not a conjunction. Which of two rules
 * with conditions wins if both match they leave to chance; here it is the first.
 */
#include "compile/seccomp_rules.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
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

static int read_default(const struct oci_seccomp *profile, uint32_t *action, struct error *err)
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

static int check_conditions(struct seccomp_rule *rule, size_t index, struct error *err)
{
	const struct oci_syscall_arg_list *args = &rule->entry->args;
	bool seen[ARGS_MAX] = { false };
	char pointer[POINTER_BYTES];

	for (size_t i = 0; i < args->count; i++) {
		uint32_t arg = args->items[i].index;

		if (arg < ARGS_MAX) {
			rule->any = rule->any || seen[arg];
			seen[arg] = true;
			continue;
		}
		(void)snprintf(pointer, sizeof(pointer),
			       "/linux/seccomp/syscalls/%zu/args/%zu/index", index, i);
		return error_set(err, EINVAL, pointer,
				 "a system call has no argument %u: they count from 0 to %d", arg,
				 ARGS_MAX - 1);
	}
	return 0;
}

static int check_names(const struct seccomp_rule *rule, size_t index, struct error *err)
{
	const struct oci_strings *names = &rule->entry->names;
	const char *problem = NULL;
	char pointer[POINTER_BYTES];
	size_t i;

	for (i = 0; i < names->count && !problem; i++) {
		if (names->items[i][0] == '\0')
			problem = "the name of a system call is empty";
		/* As runc: a runtime may have to write before the agent holds the listener. */
		else if (rule->action == SCMP_ACT_NOTIFY && !strcmp(names->items[i], "write"))
			problem = "SCMP_ACT_NOTIFY cannot be used for write";
	}
	if (!problem)
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/names/%zu", index,
		       i - 1);
	return error_set(err, EINVAL, pointer, "%s", problem);
}

/* Rules that are left out are checked all the same: a mistake is one in any case. */
static int read_rule(struct seccomp_rule *rule, size_t index, uint32_t default_action,
		     struct error *err)
{
	const struct oci_syscall *entry = rule->entry;
	char pointer[POINTER_BYTES];
	struct action wanted = { entry->action, entry->has_errno_ret, entry->errno_ret, pointer };
	int rc;

	(void)snprintf(pointer, sizeof(pointer), "/linux/seccomp/syscalls/%zu/errnoRet", index);
	rc = translate_action(&wanted, &rule->action, err);
	if (rc)
		return rc;
	rule->redundant = rule->action == default_action;
	rc = check_names(rule, index, err);
	return rc ? rc : check_conditions(rule, index, err);
}

/* By name; within a name in the order of the profile, which is that of the array of rules. */
static int compare_mentions(const void *first, const void *second)
{
	const struct seccomp_mention *a = first, *b = second;
	int order = strcmp(a->name, b->name);

	if (order)
		return order;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

static void add_mention(struct seccomp_call *call, const struct seccomp_rule *rule)
{
	call->count++;
	if (rule->redundant)
		return;
	call->conditional = true;
	if (rule->entry->args.count == 0 && !call->always)
		call->always = rule;
}

static void group(const struct seccomp_mention *mentions, size_t count, struct seccomp_calls *out)
{
	struct seccomp_call *call = NULL;

	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!call || strcmp(call->name, mentions[i].name) != 0) {
			call = &out->items[out->count++];
			call->name = mentions[i].name;
			call->mentions = &mentions[i];
		}
		add_mention(call, mentions[i].rule);
	}
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].always)
			out->items[i].conditional = false;
}

static int collect(const struct oci_seccomp *profile, const struct seccomp_rule *rules,
		   struct arena *arena, struct seccomp_calls *out, struct error *err)
{
	struct seccomp_mention *mentions;
	size_t count = 0, next = 0;

	for (size_t i = 0; i < profile->syscalls.count; i++)
		count += rules[i].entry->names.count;
	mentions = arena_array(arena, count, sizeof(*mentions));
	out->items = arena_array(arena, count, sizeof(*out->items));
	if (!mentions || !out->items)
		return error_set(err, ENOMEM, "/linux/seccomp", "no memory for the rules");
	for (size_t i = 0; i < profile->syscalls.count; i++) {
		for (size_t n = 0; n < rules[i].entry->names.count; n++) {
			mentions[next].name = rules[i].entry->names.items[n];
			mentions[next++].rule = &rules[i];
		}
	}
	if (count > 0)
		qsort(mentions, count, sizeof(*mentions), compare_mentions);
	group(mentions, count, out);
	return 0;
}

int seccomp_rules_read(const struct oci_seccomp *profile, struct arena *arena,
		       struct seccomp_calls *out, struct error *err)
{
	struct seccomp_rule *rules;
	int rc = read_default(profile, &out->default_action, err);

	if (rc)
		return rc;
	rules = arena_array(arena, profile->syscalls.count, sizeof(*rules));
	if (!rules)
		return error_set(err, ENOMEM, "/linux/seccomp", "no memory for the rules");
	for (size_t i = 0; i < profile->syscalls.count; i++) {
		rules[i].entry = &profile->syscalls.items[i];
		rc = read_rule(&rules[i], i, out->default_action, err);
		if (rc)
			return rc;
	}
	return collect(profile, rules, arena, out, err);
}
