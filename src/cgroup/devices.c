/* devices.c - see devices.h. Here: from the config to the list, and who enforces it. */
#include "cgroup/devices.h"

#include "cgroup/device_files.h"
#include "cgroup/device_filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL_ACCESS = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };

static const struct devices_rule defaults[] = {
	{ true, 'c', BPF_DEVCG_ACC_MKNOD, DEVICES_ANY, DEVICES_ANY, SIZE_MAX },
	{ true, 'b', BPF_DEVCG_ACC_MKNOD, DEVICES_ANY, DEVICES_ANY, SIZE_MAX },
	{ true, 'c', ALL_ACCESS, 1, 3, SIZE_MAX },             /* null */
	{ true, 'c', ALL_ACCESS, 1, 5, SIZE_MAX },             /* zero */
	{ true, 'c', ALL_ACCESS, 1, 7, SIZE_MAX },             /* full */
	{ true, 'c', ALL_ACCESS, 1, 8, SIZE_MAX },             /* random */
	{ true, 'c', ALL_ACCESS, 1, 9, SIZE_MAX },             /* urandom */
	{ true, 'c', ALL_ACCESS, 5, 0, SIZE_MAX },             /* tty */
	{ true, 'c', ALL_ACCESS, 5, 2, SIZE_MAX },             /* ptmx */
	{ true, 'c', ALL_ACCESS, 10, 200, SIZE_MAX },          /* net/tun */
	{ true, 'c', ALL_ACCESS, 136, DEVICES_ANY, SIZE_MAX }, /* pts */
};

enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

static int invalid(struct error *err, size_t index, const char *member, const char *why)
{
	char property[64];

	(void)snprintf(property, sizeof(property), "devices/%zu/%s", index, member);
	return put_invalid(err, property, "the %s of a device rule %s", member, why);
}

static int read_access(const char *text, size_t index, uint8_t *out, struct error *err)
{
	uint8_t access = 0;

	for (const char *p = text ? text : "rwm"; *p != '\0'; p++) {
		if (*p == 'r')
			access |= BPF_DEVCG_ACC_READ;
		else if (*p == 'w')
			access |= BPF_DEVCG_ACC_WRITE;
		else if (*p == 'm')
			access |= BPF_DEVCG_ACC_MKNOD;
		else
			return invalid(err, index, "access",
				       "may have the letters r, w and m only");
	}
	if (access == 0)
		return invalid(err, index, "access", "must not be empty");
	*out = access;
	return 0;
}

static int read_number(bool has, int64_t number, int64_t *out)
{
	*out = has ? number : DEVICES_ANY;
	return *out < DEVICES_ANY || *out > UINT32_MAX ? -EINVAL : 0;
}

/* All but the type, which may stand for two rules. */
static int read_rule(const struct oci_device_rule *from, size_t index, struct devices_rule *out,
		     struct error *err)
{
	*out = (struct devices_rule){ .allow = from->allow, .index = index };
	if (read_number(from->has_major, from->major, &out->major) < 0)
		return invalid(err, index, "major", "must be -1 (any) or a device number");
	if (read_number(from->has_minor, from->minor, &out->minor) < 0)
		return invalid(err, index, "minor", "must be -1 (any) or a device number");
	return read_access(from->access, index, &out->access, err);
}

static void start_anew(struct devices_list *list, bool allow)
{
	list->allow = allow;
	list->count = 0;
	if (allow)
		return;
	memcpy(list->rules, defaults, sizeof(defaults));
	list->count = DEFAULTS;
}

static int add_rule(struct devices_list *list, const struct oci_device_rule *from, size_t index,
		    struct error *err)
{
	const char *type = from->type ? from->type : "a";
	struct devices_rule rule;
	int rc = read_rule(from, index, &rule, err);

	if (rc < 0)
		return rc;
	if (strlen(type) != 1 || !strchr("abc", type[0]))
		return invalid(err, index, "type", "must be a, b or c");
	if (type[0] == 'a' && rule.major == DEVICES_ANY && rule.minor == DEVICES_ANY &&
	    rule.access == ALL_ACCESS) {
		start_anew(list, rule.allow);
		return 0;
	}
	for (const char *each = "bc"; *each != '\0'; each++) {
		if (type[0] != 'a' && type[0] != *each)
			continue;
		rule.type = *each;
		list->rules[list->count++] = rule;
	}
	return 0;
}

int devices_build(const struct oci_device_rule_list *config, struct devices_list *out,
		  struct error *err)
{
	int rc = 0;

	out->rules = calloc(DEFAULTS + 2 * config->count, sizeof(*out->rules));
	if (!out->rules)
		return error_sys(err, ENOMEM, "malloc", "/linux/resources/devices",
				 "cannot compile the device rules");
	start_anew(out, false);
	for (size_t i = 0; rc == 0 && i < config->count; i++)
		rc = add_rule(out, &config->items[i], i, err);
	if (rc < 0)
		devices_free(out);
	return rc;
}

void devices_free(struct devices_list *list)
{
	free(list->rules);
	list->rules = NULL;
	list->count = 0;
}

bool devices_unprivileged(void)
{
	const ino_t initial = 0xEFFFFFFDU; /* PROC_USER_INIT_INO: fixed in the kernel */
	struct stat ns;

	if (geteuid() != 0)
		return true;
	return stat("/proc/self/ns/user", &ns) == 0 && ns.st_ino != initial;
}

int devices_apply(const struct put *to, const struct oci_device_rule_list *config)
{
	struct devices_list list;
	int rc = devices_build(config, &list, to->err);

	if (rc < 0)
		return rc;
	rc = to->tree->v2 ? device_filter_attach(to, &list) : device_files_write(to, &list);
	devices_free(&list);
	if ((rc != -EPERM && rc != -EACCES) || !devices_unprivileged())
		return rc;
	if (config->count > 0)
		put_ignored(to, "devices",
			    "device rules need privileges over the host that tare does "
			    "not have here");
	return put_forgive(to);
}
