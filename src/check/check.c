/*
 * check.c - see check.h. Applies the rules of rules.def, all of them, one after the other.
 */
#include "check/check.h"

#include "check/rules.h"

enum check_when { ALWAYS, IF_PROCESS, IF_RESOURCES };

struct check_rule {
	const char *name;
	const char *section; /* page and heading of the runtime-spec */
	enum check_when when;
	void (*apply)(const struct check *check);
};

static const struct check_rule check_rules[] = {
#define RULE(name, section, when, function, what) { name, section, when, function },
#include "check/rules.def"
#undef RULE
};

#define RULE_COUNT (sizeof(check_rules) / sizeof(check_rules[0]))

const char *check_rule(size_t number, const char **section)
{
	if (number >= RULE_COUNT)
		return NULL;
	*section = check_rules[number].section;
	return check_rules[number].name;
}

static bool check_applies(const struct check *check, const struct check_rule *rule)
{
	switch (rule->when) {
	case ALWAYS:
		break;
	case IF_PROCESS:
		return check->config->process != NULL;
	case IF_RESOURCES:
		return check->config->linux && check->config->linux->resources;
	}
	return true;
}

/* Put one list behind the other; it becomes empty. */
static void check_append(struct problems *to, struct problems *from)
{
	if (from->first) {
		*to->tail = from->first;
		to->tail = from->tail;
	}
	to->errors += from->errors;
	to->warnings += from->warnings;
	problems_init(from);
}

/* Give the new findings the code of the rule that made them; *last is the end of the older ones. */
static void check_name_findings(struct problem **last, const struct check_rule *rule)
{
	const enum error_code code = *last ? codes_find(rule->name) : CODE_NONE;

	for (struct problem *p = *last; p; p = p->next)
		p->code = code;
}

/*
 * The rules see only the reader's problems as "not read": their own are collected apart and
 * appended at the end, or the first finding on a list would hide those on its items.
 */
void check_spec(const struct oci_config *config, const struct host_facts *facts,
		struct problems *found)
{
	static const struct oci_process no_process;
	static const struct oci_linux no_linux;
	static const struct oci_resources no_resources;
	struct problems own;
	struct check check = {
		.config = config,
		.process = config->process ? config->process : &no_process,
		.linux = config->linux ? config->linux : &no_linux,
		.resources = &no_resources,
		.facts = facts,
		.reader = found,
		.found = &own,
	};

	problems_init(&own);
	if (check.linux->resources)
		check.resources = check.linux->resources;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		struct problem **last = own.tail;

		if (!check_applies(&check, &check_rules[i]))
			continue;
		check_rules[i].apply(&check);
		check_name_findings(last, &check_rules[i]);
	}
	check_append(found, &own);
}
