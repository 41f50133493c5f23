/*
 * device_files.c - see device_files.h.
 *
 * The v1 controller knows a default and a set of exceptions to it. A rule of the default's own
 * kind takes back only an exception for exactly the same devices: "everything of major 8 but not
 * 8:1" cannot be said. Such a list is refused instead of being applied loosely, with one exception
 * of its own: that making nodes of all devices stays allowed (which every container has) when one
 * of them is denied. Docker's own list does that, and what cannot be opened does no harm.
 */
#include "cgroup/device_files.h"

#include "base/fd.h"
#include "sys/cgroupfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OPENING = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };

static const char *number(int64_t value, char buffer[24])
{
	if (value == DEVICES_ANY)
		return "*";
	(void)snprintf(buffer, 24, "%" PRId64, value);
	return buffer;
}

size_t device_files_line(const struct devices_rule *rule, char line[64])
{
	char major[24], minor[24];

	return (size_t)snprintf(line, 64, "%c %s:%s %s%s%s", rule->type, number(rule->major, major),
				number(rule->minor, minor),
				rule->access & BPF_DEVCG_ACC_READ ? "r" : "",
				rule->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
				rule->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

static bool overlap(int64_t a, int64_t b)
{
	return a == b || a == DEVICES_ANY || b == DEVICES_ANY;
}

/* Would v1 leave (part of) the earlier exception standing against this rule? */
static bool escapes(const struct devices_rule *earlier, const struct devices_rule *rule)
{
	return earlier->type == rule->type && (earlier->access & rule->access & OPENING) &&
	       overlap(earlier->major, rule->major) && overlap(earlier->minor, rule->minor) &&
	       (earlier->major != rule->major || earlier->minor != rule->minor);
}

int device_files_check(const struct devices_list *list, struct error *err)
{
	char property[64], line[64], other[64];

	for (size_t i = 0; i < list->count; i++) {
		const struct devices_rule *rule = &list->rules[i];

		if (rule->allow != list->allow)
			continue; /* an exception: those add up */
		for (size_t j = 0; j < i; j++) {
			if (list->rules[j].allow == list->allow || !escapes(&list->rules[j], rule))
				continue;
			(void)device_files_line(rule, line);
			(void)device_files_line(&list->rules[j], other);
			(void)snprintf(property, sizeof(property), "devices/%zu", rule->index);
			return put_invalid(err, property,
					   "cgroup v1 cannot %s \"%s\" out of \"%s\"",
					   rule->allow ? "allow" : "deny", line, other);
		}
	}
	return 0;
}

static int write_error(const struct put *to, const struct devices_rule *rule, int errnum,
		       const char *line)
{
	char property[64] = "devices", pointer[512], name[PATH_MAX];

	if (rule && rule->index != SIZE_MAX)
		(void)snprintf(property, sizeof(property), "devices/%zu", rule->index);
	(void)error_sys(to->err, errnum, "write", put_pointer(property, pointer),
			"cannot set the device rule \"%s\" in the cgroup %s", line,
			tree_name(to->tree, name));
	if (errnum == EPERM)
		error_add_hint(to->err, "a cgroup may allow only what its parent allows");
	return -errnum;
}

static int write_rule(const struct put *to, const struct devices_rule *rule, int allow, int deny)
{
	char line[64];
	size_t len = device_files_line(rule, line);
	int rc = cgroupfs_write_fd(rule->allow ? allow : deny, line, len);

	/* A parent that is limited itself may lack a default device: nobody asked for that one. */
	if (rc == -EPERM && rule->allow && rule->index == SIZE_MAX)
		return 0;
	return rc < 0 ? write_error(to, rule, -rc, line) : 0;
}

int device_files_write(const struct put *to, const struct devices_list *list)
{
	owned_fd allow = cgroupfs_open_file(to->tree->dir, "devices.allow");
	owned_fd deny = cgroupfs_open_file(to->tree->dir, "devices.deny");
	int rc = device_files_check(list, to->err);

	if (rc < 0)
		return rc;
	if (allow < 0 || deny < 0)
		return write_error(to, NULL, allow < 0 ? -allow : -deny, "a");
	rc = undo_note_devices(to->undo, to->tree);
	if (rc < 0)
		return write_error(to, NULL, -rc, "a");
	rc = cgroupfs_write_fd(list->allow ? allow : deny, "a", 1);
	if (rc < 0)
		return write_error(to, NULL, -rc, "a");
	for (size_t i = 0; rc == 0 && i < list->count; i++)
		rc = write_rule(to, &list->rules[i], allow, deny);
	return rc;
}
