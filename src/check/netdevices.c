/* netdevices.c - rules on /linux/netDevices: interfaces of the host moved into the container. */
#include "check/names.h"
#include "check/rules.h"

#include <stdlib.h>
#include <string.h>

void check_netdevices_namespace(const struct check *check)
{
	if (check->linux->net_devices.count == 0 ||
	    !names_lacks_namespace(check, OCI_NAMESPACE_NETWORK))
		return;
	problem_hint(
	    finding_error(check, "/linux/netDevices",
			  "there is nowhere to move network devices to: the container has no "
			  "network namespace"),
	    "add {\"type\": \"network\"} to /linux/namespaces");
}

static void netdevices_name(const struct check *check, const struct oci_net_device_pair *device)
{
	const char *fault = names_interface_fault(device->key);

	if (fault)
		finding_error(check, AT_KEY("/linux/netDevices", device->key),
			      "%s cannot be the name of a network device: %s", QUOTE(device->key),
			      fault);
	fault = device->value.name ? names_interface_fault(device->value.name) : NULL;
	if (fault)
		finding_error(check, AT("%s/name", AT_KEY("/linux/netDevices", device->key)),
			      "%s cannot be the name of a network device: %s",
			      QUOTE(device->value.name), fault);
}

/* Two devices that would have one name in the container. */
static void netdevices_twice(const struct check *check, const struct names_entry *a,
			     const struct names_entry *b)
{
	const struct oci_net_device_pair *devices = check->linux->net_devices.items;

	if (strcmp(a->name, b->name) == 0)
		finding_error(check, AT_KEY("/linux/netDevices", devices[b->index].key),
			      "it would be called %s in the container, as %s", QUOTE(b->name),
			      QUOTE(devices[a->index].key));
}

void check_netdevices_names(const struct check *check)
{
	const struct oci_net_device_map *map = &check->linux->net_devices;
	struct names_entry *entries = calloc(map->count + 1, sizeof(*entries));

	for (size_t i = 0; i < map->count; i++) {
		netdevices_name(check, &map->items[i]);
		if (entries)
			entries[i] = (struct names_entry){ names_is_set(map->items[i].value.name)
							       ? map->items[i].value.name
							       : map->items[i].key,
							   i };
	}
	if (!entries)
		return; /* out of memory, as the caller will soon notice; the kernel refuses twins
			 */
	names_sort(entries, map->count);
	for (size_t i = 1; i < map->count; i++)
		netdevices_twice(check, &entries[i - 1], &entries[i]);
	free(entries);
}
