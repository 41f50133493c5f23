/*
 * capabilities.c - rules on /process/capabilities.
 *
 * A name that the kernel does not know, or that tare cannot grant, is a warning: engines ask for
 * all the capabilities they know of (runtime-spec 1.3, config.md "Linux Process").
 */
#include "check/names.h"
#include "check/rules.h"
#include "host/capabilities.h"

#include <ctype.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/capability.h>

enum capabilities_set { BOUNDING, PERMITTED, EFFECTIVE, INHERITABLE, AMBIENT, SET_COUNT };

struct capabilities_list {
	const char *name;
	const struct oci_strings *list;
};

static void capabilities_lists(const struct check *check, struct capabilities_list out[SET_COUNT])
{
	static const struct oci_capabilities none;
	const struct oci_capabilities *caps = check->process->capabilities;

	if (!caps)
		caps = &none;
	out[BOUNDING] = (struct capabilities_list){ "bounding", &caps->bounding };
	out[PERMITTED] = (struct capabilities_list){ "permitted", &caps->permitted };
	out[EFFECTIVE] = (struct capabilities_list){ "effective", &caps->effective };
	out[INHERITABLE] = (struct capabilities_list){ "inheritable", &caps->inheritable };
	out[AMBIENT] = (struct capabilities_list){ "ambient", &caps->ambient };
}

static void capabilities_hint(struct problem *problem, const char *name)
{
	struct nearest guess = { .word = name };

	for (cap_value_t i = 0; i <= CAP_LAST_CAP; i++) {
		char *known = cap_to_name(i);

		if (known)
			nearest_offer(&guess, known);
		(void)cap_free(known);
	}
	for (char *c = guess.best; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	finding_hint_guess(problem, &guess);
}

/* Where tare has only its own capabilities to give: no user namespace makes new ones. */
static bool capabilities_are_own(const struct check *check)
{
	return check->facts->privileged && names_lacks_namespace(check, OCI_NAMESPACE_USER);
}

static void capabilities_grantable(const struct check *check, const char *pointer, int number,
				   const char *name)
{
	if ((unsigned)number > check->facts->last_capability)
		finding_warning(check, pointer, "this kernel does not know %s; it is left out",
				name);
	else if (capabilities_are_own(check) && !(check->facts->capabilities >> number & 1))
		finding_warning(check, pointer,
				"tare does not have %s itself and cannot give it; it is left out",
				name);
}

/* An unknown name is reported wherever it stands, one that cannot be granted once. */
void check_capabilities_names(const struct check *check)
{
	struct capabilities_list sets[SET_COUNT];
	uint64_t seen = 0;

	capabilities_lists(check, sets);
	for (size_t s = 0; s < SET_COUNT; s++) {
		for (size_t i = 0; i < sets[s].list->count; i++) {
			const char *name = sets[s].list->items[i];
			int number = name ? capabilities_number(name) : 0;
			struct finding_text at;

			if (!name || (number >= 0 && seen >> number & 1))
				continue;
			at = finding_at("/process/capabilities/%s/%zu", sets[s].name, i);
			if (number < 0) {
				capabilities_hint(
				    finding_warning(check, at.text,
						    "%s is no capability; it is left out",
						    QUOTE(name)),
				    name);
				continue;
			}
			seen |= UINT64_C(1) << number;
			capabilities_grantable(check, at.text, number, name);
		}
	}
}

static uint64_t capabilities_mask(const struct oci_strings *list)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < list->count; i++) {
		int number = list->items[i] ? capabilities_number(list->items[i]) : -1;

		if (number >= 0)
			mask |= UINT64_C(1) << number;
	}
	return mask;
}

/* Each member of one set that is missing from the mask of another. */
struct capabilities_need {
	enum capabilities_set set;
	uint64_t mask;
	enum problem_severity severity;
	const char *why; /* behind the name */
};

static void capabilities_subset(const struct check *check, const struct capabilities_list *set,
				const struct capabilities_need *need)
{
	uint64_t seen = need->mask;

	for (size_t i = 0; i < set->list->count; i++) {
		const char *name = set->list->items[i];
		int number = name ? capabilities_number(name) : -1;

		if (number < 0 || seen >> number & 1)
			continue;
		seen |= UINT64_C(1) << number;
		if (need->severity == PROBLEM_ERROR)
			finding_error(check, AT("/process/capabilities/%s/%zu", set->name, i),
				      "%s %s", name, need->why);
		else
			finding_warning(check, AT("/process/capabilities/%s/%zu", set->name, i),
					"%s %s", name, need->why);
	}
}

/* What capset(2) and PR_CAP_AMBIENT_RAISE would refuse: see capabilities(7). */
void check_capabilities_sets(const struct check *check)
{
	struct capabilities_list sets[SET_COUNT];
	uint64_t mask[SET_COUNT];

	capabilities_lists(check, sets);
	for (size_t s = 0; s < SET_COUNT; s++) {
		mask[s] = capabilities_mask(sets[s].list);
		if (!finding_known(check, AT("/process/capabilities/%s", sets[s].name)))
			mask[s] = UINT64_MAX; /* the list was not read: assume nothing is missing */
	}
	const struct capabilities_need needs[] = {
		{ EFFECTIVE, mask[PERMITTED], PROBLEM_ERROR,
		  "cannot be effective: it is not in the permitted set" },
		{ INHERITABLE, mask[BOUNDING], PROBLEM_ERROR,
		  "cannot be inheritable: it is not in the bounding set" },
		{ AMBIENT, mask[PERMITTED] & mask[INHERITABLE], PROBLEM_WARNING,
		  "cannot be ambient: it is not both permitted and inheritable; it is left out" },
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		capabilities_subset(check, &sets[needs[i].set], &needs[i]);
}
