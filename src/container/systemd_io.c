/*
 * systemd_io.c - see systemd_properties.h: limits of block devices, and the keys of
 * /linux/resources/unified that systemd has properties for. What it does not know, tare alone
 * writes.
 */
#include "base/text.h"
#include "cgroup/weight.h"
#include "container/systemd_properties.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_throttles(struct systemd_properties *list, const char *name,
			  const struct oci_throttle_device_list *devices)
{
	for (size_t i = 0; i < devices->count; i++) {
		const struct oci_throttle_device *device = &devices->items[i];

		systemd_property(list, "%s=st:/dev/block/%" PRId64 ":%" PRId64 " %" PRIu64, name,
				 device->major, device->minor,
				 device->rate ? device->rate : UINT64_MAX);
	}
}

static void add_weights(struct systemd_properties *list, const struct oci_block_io *io, bool v2)
{
	if (io->weight >= 10)
		systemd_property(list, "%s=t:%u", v2 ? "IOWeight" : "BlockIOWeight",
				 v2 ? weight_from_blkio(io->weight) : io->weight);
	for (size_t i = 0; i < io->weight_device.count; i++) {
		const struct oci_weight_device *device = &io->weight_device.items[i];

		if (device->weight >= 10)
			systemd_property(list, "%s=st:/dev/block/%" PRId64 ":%" PRId64 " %u",
					 v2 ? "IODeviceWeight" : "BlockIODeviceWeight",
					 device->major, device->minor,
					 v2 ? weight_from_blkio(device->weight) : device->weight);
	}
}

void systemd_properties_io(struct systemd_properties *list, const struct oci_block_io *io, bool v2)
{
	if (!io)
		return;
	add_weights(list, io, v2);
	add_throttles(list, v2 ? "IOReadBandwidthMax" : "BlockIOReadBandwidth",
		      &io->throttle_read_bps_device);
	add_throttles(list, v2 ? "IOWriteBandwidthMax" : "BlockIOWriteBandwidth",
		      &io->throttle_write_bps_device);
	if (!v2)
		return; /* operations per second: only tare knows of them there */
	add_throttles(list, "IOReadIOPSMax", &io->throttle_read_iops_device);
	add_throttles(list, "IOWriteIOPSMax", &io->throttle_write_iops_device);
}

/* "max", or a number; other values are the kernel's to refuse. */
static void add_number(struct systemd_properties *list, const char *property, const char *value)
{
	uint64_t number = UINT64_MAX;

	if (strcmp(value, "max") == 0 || text_to_u64(value, UINT64_MAX, &number) == 0)
		systemd_property(list, "%s=t:%" PRIu64, property, number);
}

void systemd_properties_unified(struct systemd_properties *list,
				const struct oci_string_map *unified)
{
	static const struct {
		const char *key, *property;
	} known[] = {
		{ "memory.min", "MemoryMin" },
		{ "memory.low", "MemoryLow" },
		{ "memory.high", "MemoryHigh" },
		{ "memory.max", "MemoryMax" },
		{ "memory.swap.max", "MemorySwapMax" },
		{ "cpu.weight", "CPUWeight" },
		{ "pids.max", "TasksMax" },
	};

	for (size_t i = 0; i < unified->count; i++) {
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (strcmp(unified->items[i].key, known[k].key) == 0)
				add_number(list, known[k].property, unified->items[i].value);
		}
	}
}
