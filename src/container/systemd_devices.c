/*
 * systemd_devices.c - see systemd_properties.h: device rules as systemd knows them.
 *
 * Only for v1, where systemd and tare write to the same files of the devices controller: whenever
 * systemd is reloaded it writes anew what it knows of the scope, and without a list of its own that
 * is "everything". On v2 each has a program of its own, and a device must pass both.
 */
#include "base/text.h"
#include "cgroup/devices.h"
#include "container/systemd_properties.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool covers(int64_t wide, int64_t narrow)
{
	return wide == DEVICES_ANY || wide == narrow;
}

/* What later rules have taken from rule `index`, which allows something. v1 refuses the others. */
static uint8_t remaining_access(const struct devices_list *list, size_t index)
{
	const struct devices_rule *rule = &list->rules[index];
	uint8_t access = rule->access;

	for (size_t i = index + 1; i < list->count; i++) {
		const struct devices_rule *later = &list->rules[i];

		if (!later->allow && later->type == rule->type &&
		    covers(later->major, rule->major) && covers(later->minor, rule->minor))
			access &= (uint8_t)~later->access;
	}
	return access;
}

/* A line of /proc/devices, "136 pts". */
static bool is_group(char *line, int64_t major, char name[64])
{
	char *begin = line + strspn(line, " "), *end = begin + strcspn(begin, " ");
	uint64_t number = 0;

	if (*end == '\0')
		return false;
	*end++ = '\0';
	end[strcspn(end, "\n")] = '\0';
	return text_to_u64(begin, UINT32_MAX, &number) == 0 && number == (uint64_t)major &&
	       text_format(name, 64, "%s", end) >= 0;
}

/* The name under which /proc/devices has the major number: "pts" for 136 of the character ones. */
static bool find_group(char type, int64_t major, char name[64])
{
	FILE *file = fopen("/proc/devices", "re");
	char line[128], section = 'c';
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (text_has_prefix(line, "Block"))
			section = 'b';
		found = section == type && is_group(line, major, name);
	}
	if (file)
		(void)fclose(file);
	return found;
}

/* False where systemd has no way to say it: a major number that this kernel has not. */
static bool name_devices(const struct devices_rule *rule, char out[128])
{
	const char *kind = rule->type == 'c' ? "char" : "block";
	char group[64];

	if (rule->major == DEVICES_ANY) {
		(void)snprintf(out, 128, "%s-*", kind);
		return rule->minor == DEVICES_ANY;
	}
	if (rule->minor != DEVICES_ANY) {
		(void)snprintf(out, 128, "/dev/%s/%" PRId64 ":%" PRId64, kind, rule->major,
			       rule->minor);
		return true;
	}
	if (!find_group(rule->type, rule->major, group))
		return false;
	(void)snprintf(out, 128, "%s-%s", kind, group);
	return true;
}

static void add_rule(struct systemd_properties *list, const struct devices_list *rules,
		     size_t index)
{
	const uint8_t access = remaining_access(rules, index);
	char devices[128];

	if (access && name_devices(&rules->rules[index], devices))
		systemd_property(list, "DeviceAllow=ss:%s %s%s%s", devices,
				 access & BPF_DEVCG_ACC_READ ? "r" : "",
				 access & BPF_DEVCG_ACC_WRITE ? "w" : "",
				 access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

int systemd_properties_devices(struct systemd_properties *list,
			       const struct oci_device_rule_list *config)
{
	struct devices_list rules;
	int rc = devices_build(config, &rules, list->err);

	if (rc < 0)
		return rc;
	systemd_property(list, "DevicePolicy=s:%s", rules.allow ? "auto" : "strict");
	systemd_property(list, "DeviceAllow=ss:"); /* none of those before */
	for (size_t i = 0; !rules.allow && i < rules.count; i++) {
		if (rules.rules[i].allow)
			add_rule(list, &rules, i);
	}
	devices_free(&rules);
	return systemd_properties_end(list);
}
