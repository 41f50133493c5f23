/* linux.c - rules on small sections of /linux: intelRdt, memoryPolicy, personality. */
#include "check/names.h"
#include "check/rules.h"

#include <string.h>

/* A directory of resctrl that the kernel does not have for itself. */
static bool linux_is_class(const char *name)
{
	static const char *const others[] = { "", ".", "..", "info", "mon_groups", "mon_data" };

	if (strcmp(name, "/") == 0) /* the class of all who are in no other */
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(name, others[i]) == 0)
			return false;
	}
	return !strpbrk(name, "/\n");
}

/* closID is a directory of resctrl, each schema a line written to a file in it. */
void check_linux_intel_rdt(const struct check *check)
{
	const struct oci_intel_rdt *rdt = check->linux->intel_rdt;

	if (!rdt)
		return;
	if (rdt->clos_id && !linux_is_class(rdt->clos_id))
		finding_error(check, "/linux/intelRdt/closID",
			      "%s cannot be the name of a directory in resctrl",
			      QUOTE(rdt->clos_id));
	if (rdt->l3_cache_schema && strchr(rdt->l3_cache_schema, '\n'))
		finding_warning(check, "/linux/intelRdt/l3CacheSchema", "%s has more than one line",
				QUOTE(rdt->l3_cache_schema));
	if (rdt->l3_cache_schema && rdt->l3_cache_schema[0] &&
	    strncmp(rdt->l3_cache_schema, "L3", 2) != 0)
		finding_warning(check, "/linux/intelRdt/l3CacheSchema",
				"%s does not begin with \"L3:\"", QUOTE(rdt->l3_cache_schema));
	for (size_t i = 0; i < rdt->schemata.count; i++) {
		if (rdt->schemata.items[i] && strchr(rdt->schemata.items[i], '\n'))
			finding_error(check, AT("/linux/intelRdt/schemata/%zu", i),
				      "%s has more than one line", QUOTE(rdt->schemata.items[i]));
	}
}

void check_linux_memory_policy(const struct check *check)
{
	const struct oci_memory_policy *policy = check->linux->memory_policy;
	bool needs_nodes;

	if (policy && !policy->has_mode && finding_known(check, "/linux/memoryPolicy/mode"))
		problem_hint(finding_error(check, "/linux/memoryPolicy",
					   "the policy has no mode: nothing would be set"),
			     "give \"mode\", such as \"MPOL_BIND\"");
	if (!policy || !policy->has_mode)
		return;
	needs_nodes = policy->mode != OCI_MEMORY_POLICY_MODE_DEFAULT &&
		      policy->mode != OCI_MEMORY_POLICY_MODE_LOCAL &&
		      policy->mode != OCI_MEMORY_POLICY_MODE_PREFERRED;
	if (names_is_set(policy->nodes) && !names_is_number_list(policy->nodes))
		finding_error(check, "/linux/memoryPolicy/nodes",
			      "%s is not a list of memory nodes such as \"0-1\"",
			      QUOTE(policy->nodes));
	else if (needs_nodes && !names_is_set(policy->nodes))
		finding_error(check, "/linux/memoryPolicy/nodes", "%s needs memory nodes",
			      oci_memory_policy_mode_name(policy->mode));
	else if (names_is_set(policy->nodes) && !needs_nodes &&
		 policy->mode != OCI_MEMORY_POLICY_MODE_PREFERRED)
		finding_error(check, "/linux/memoryPolicy/nodes", "%s takes no memory nodes",
			      oci_memory_policy_mode_name(policy->mode));
}

void check_linux_personality(const struct check *check)
{
	const struct oci_personality *personality = check->linux->personality;

	if (personality && !personality->has_domain &&
	    finding_known(check, "/linux/personality/domain"))
		problem_hint(finding_error(check, "/linux/personality",
					   "the personality has no domain: nothing would be set"),
			     "give \"domain\": \"LINUX\" or \"LINUX32\"");
	if (personality && personality->flags.count > 0)
		finding_error(check, "/linux/personality/flags",
			      "no flags of a personality are defined");
}
