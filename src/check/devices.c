/* devices.c - rules on /linux/devices. */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A dev_t of the kernel has 12 bits for the major number and 20 for the minor. */
#define MAJOR_MAX ((INT64_C(1) << 12) - 1)
#define MINOR_MAX ((INT64_C(1) << 20) - 1)

void check_devices_path(const struct check *check)
{
	const struct oci_device_list *list = &check->linux->devices;

	for (size_t i = 0; i < list->count; i++) {
		const char *path = list->items[i].path;

		if (!path)
			continue;
		if (!names_is_absolute(path))
			problem_hint(finding_error(check, AT("/linux/devices/%zu/path", i),
						   "%s is not an absolute path in the container",
						   QUOTE(path)),
				     "device files usually are below /dev");
		else if (names_has_component(path, ".."))
			finding_error(check, AT("/linux/devices/%zu/path", i), "%s contains \"..\"",
				      QUOTE(path));
		else if (path[strlen(path) - 1] == '/')
			finding_error(check, AT("/linux/devices/%zu/path", i),
				      "%s names a directory, not a device", QUOTE(path));
	}
}

/* One half of a device number: there, and in range. */
struct devices_half {
	bool present;
	int64_t value;
	int64_t max;
	const char *name;
};

static void devices_half(const struct check *check, const struct devices_half *half, size_t index)
{
	if (!half->present)
		finding_error(check, AT("/linux/devices/%zu/%s", index, half->name),
			      "the device needs a %s number", half->name);
	else if (half->value < 0 || half->value > half->max)
		finding_error(check, AT("/linux/devices/%zu/%s", index, half->name),
			      "%" PRId64 " is out of range: a %s number is 0 to %" PRId64,
			      half->value, half->name, half->max);
}

void check_devices_number(const struct check *check)
{
	const struct oci_device_list *list = &check->linux->devices;

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_device *device = &list->items[i];
		const struct devices_half major = { device->has_major, device->major, MAJOR_MAX,
						    "major" };
		const struct devices_half minor = { device->has_minor, device->minor, MINOR_MAX,
						    "minor" };

		if (!device->type || *device->type == 'p')
			continue; /* a FIFO has no number */
		devices_half(check, &major, i);
		devices_half(check, &minor, i);
	}
}

void check_devices_owner(const struct check *check)
{
	const struct oci_device_list *list = &check->linux->devices;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].uid == UINT32_MAX)
			finding_error(check, AT("/linux/devices/%zu/uid", i), "%u is not an id",
				      UINT32_MAX);
		if (list->items[i].gid == UINT32_MAX)
			finding_error(check, AT("/linux/devices/%zu/gid", i), "%u is not an id",
				      UINT32_MAX);
	}
}

static bool devices_same(const struct oci_device *a, const struct oci_device *b)
{
	char left = a->type ? *a->type : 0;
	char right = b->type ? *b->type : 0;

	/* "u", an unbuffered character device, is what Linux calls "c". */
	left = left == 'u' ? 'c' : left;
	right = right == 'u' ? 'c' : right;
	return left == right && (left == 'p' || (a->major == b->major && a->minor == b->minor));
}

static void devices_compare(const struct check *check, const struct names_entry *a,
			    const struct names_entry *b)
{
	const struct oci_device *devices = check->linux->devices.items;

	if (strcmp(a->name, b->name) != 0)
		return;
	if (devices_same(&devices[a->index], &devices[b->index]))
		finding_warning(check, AT("/linux/devices/%zu/path", b->index),
				"%s is in the list already, at index %zu", QUOTE(b->name),
				a->index);
	else
		finding_error(check, AT("/linux/devices/%zu/path", b->index),
			      "%s is in the list already, as another device, at index %zu",
			      QUOTE(b->name), a->index);
}

void check_devices_twice(const struct check *check)
{
	const struct oci_device_list *list = &check->linux->devices;
	struct names_entry *entries = calloc(list->count + 1, sizeof(*entries));
	size_t count = 0;

	if (!entries)
		return; /* out of memory, as the caller will soon notice */
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].path)
			entries[count++] = (struct names_entry){ list->items[i].path, i };
	}
	names_sort(entries, count);
	for (size_t i = 1; i < count; i++)
		devices_compare(check, &entries[i - 1], &entries[i]);
	free(entries);
}
