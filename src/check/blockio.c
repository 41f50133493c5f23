/* blockio.c - rules on /linux/resources/blockIO. */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

static const struct oci_block_io *blockio_of(const struct check *check)
{
	static const struct oci_block_io none;

	return check->resources->block_io ? check->resources->block_io : &none;
}

static void blockio_one_weight(const struct check *check, uint32_t weight, const char *pointer)
{
	if (weight && (weight < WEIGHT_MIN || weight > WEIGHT_MAX))
		finding_error(check, pointer, "%u is out of range: a weight is %d to %d", weight,
			      WEIGHT_MIN, WEIGHT_MAX);
}

static void blockio_leaf_weight(const struct check *check, uint32_t weight, const char *pointer)
{
	blockio_one_weight(check, weight, pointer);
	if (weight && check->facts->cgroups.mode == HOST_CGROUP_V2)
		finding_warning(
		    check, pointer,
		    "cgroup v2, which this host uses, has no leaf weights; it is left out");
}

void check_blockio_weight(const struct check *check)
{
	const struct oci_block_io *io = blockio_of(check);

	blockio_one_weight(check, io->weight, "/linux/resources/blockIO/weight");
	blockio_leaf_weight(check, io->leaf_weight, "/linux/resources/blockIO/leafWeight");
	for (size_t i = 0; i < io->weight_device.count; i++) {
		blockio_one_weight(check, io->weight_device.items[i].weight,
				   AT("/linux/resources/blockIO/weightDevice/%zu/weight", i));
		blockio_leaf_weight(check, io->weight_device.items[i].leaf_weight,
				    AT("/linux/resources/blockIO/weightDevice/%zu/leafWeight", i));
	}
}

static void blockio_number(const struct check *check, int64_t value, const char *pointer)
{
	if (value < 0 || value > UINT32_MAX)
		finding_error(check, pointer, "%" PRId64 " is no device number", value);
}

static void blockio_throttle(const struct check *check, const struct oci_throttle_device_list *list,
			     const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		blockio_number(check, list->items[i].major,
			       AT("/linux/resources/blockIO/%s/%zu/major", name, i));
		blockio_number(check, list->items[i].minor,
			       AT("/linux/resources/blockIO/%s/%zu/minor", name, i));
		if (!list->items[i].has_rate &&
		    finding_known(check, AT("/linux/resources/blockIO/%s/%zu/rate", name, i)))
			problem_hint(finding_error(check,
						   AT("/linux/resources/blockIO/%s/%zu", name, i),
						   "the entry limits nothing: it has no rate"),
				     "give \"rate\"; 0 takes a limit away");
	}
}

static void blockio_weight_device(const struct check *check, const struct oci_weight_device *device,
				  size_t index)
{
	const char *const list = "/linux/resources/blockIO/weightDevice";

	blockio_number(check, device->major, AT("%s/%zu/major", list, index));
	blockio_number(check, device->minor, AT("%s/%zu/minor", list, index));
	if (!device->has_weight && !device->has_leaf_weight &&
	    finding_known(check, AT("%s/%zu/weight", list, index)) &&
	    finding_known(check, AT("%s/%zu/leafWeight", list, index)))
		finding_error(check, AT("%s/%zu", list, index),
			      "the entry sets nothing: give weight or leafWeight");
}

void check_blockio_devices(const struct check *check)
{
	const struct oci_block_io *io = blockio_of(check);

	for (size_t i = 0; i < io->weight_device.count; i++)
		blockio_weight_device(check, &io->weight_device.items[i], i);
	blockio_throttle(check, &io->throttle_read_bps_device, "throttleReadBpsDevice");
	blockio_throttle(check, &io->throttle_write_bps_device, "throttleWriteBpsDevice");
	blockio_throttle(check, &io->throttle_read_iops_device, "throttleReadIOPSDevice");
	blockio_throttle(check, &io->throttle_write_iops_device, "throttleWriteIOPSDevice");
}
