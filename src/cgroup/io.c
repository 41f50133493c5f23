/*
 * io.c - see io.h.
 *
 * Weights belong to the BFQ scheduler where it is built in (io.bfq.weight, blkio.bfq.weight) and
 * keep the scale of the spec there, 10 to 1000; the general io.weight of v2 has 1 to 10000.
 */
#include "cgroup/io.h"

#include "cgroup/weight.h"

#include <inttypes.h>
#include <stdio.h>

struct throttle {
	const struct oci_throttle_device_list *list;
	const char *property;
	const char *v1_file;
	const char *v2_key; /* in io.max */
};

enum { THROTTLES = 4 };

static void list_throttles(const struct oci_block_io *io, struct throttle out[THROTTLES])
{
	const struct throttle all[THROTTLES] = {
		{ &io->throttle_read_bps_device, "blockIO/throttleReadBpsDevice",
		  "blkio.throttle.read_bps_device", "rbps" },
		{ &io->throttle_write_bps_device, "blockIO/throttleWriteBpsDevice",
		  "blkio.throttle.write_bps_device", "wbps" },
		{ &io->throttle_read_iops_device, "blockIO/throttleReadIOPSDevice",
		  "blkio.throttle.read_iops_device", "riops" },
		{ &io->throttle_write_iops_device, "blockIO/throttleWriteIOPSDevice",
		  "blkio.throttle.write_iops_device", "wiops" },
	};

	for (size_t i = 0; i < THROTTLES; i++)
		out[i] = all[i];
}

bool io_asked(const struct oci_block_io *io)
{
	struct throttle throttles[THROTTLES];

	list_throttles(io, throttles);
	for (size_t i = 0; i < THROTTLES; i++)
		if (throttles[i].list->count > 0)
			return true;
	return io->weight != 0 || io->leaf_weight != 0 || io->weight_device.count > 0;
}

static int put_throttle(const struct put *to, const struct throttle *throttle, size_t index)
{
	const struct oci_throttle_device *device = &throttle->list->items[index];
	char property[80];

	(void)snprintf(property, sizeof(property), "%s/%zu", throttle->property, index);
	if (!to->tree->v2)
		return put_format(to, property, throttle->v1_file,
				  "%" PRId64 ":%" PRId64 " %" PRIu64, device->major, device->minor,
				  device->rate);
	if (device->rate == 0) /* v1 reads 0 as no limit; io.max refuses it */
		return put_format(to, property, "io.max", "%" PRId64 ":%" PRId64 " %s=max",
				  device->major, device->minor, throttle->v2_key);
	return put_format(to, property, "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
			  device->major, device->minor, throttle->v2_key, device->rate);
}

static int check_weight(const struct put *to, const char *property, unsigned weight)
{
	if (weight < 10 || weight > 1000)
		return put_invalid(to->err, property, "%u is not a weight from 10 to 1000", weight);
	return 0;
}

static int put_weight(const struct put *to, unsigned weight)
{
	int rc = check_weight(to, "blockIO/weight", weight);

	if (rc < 0)
		return rc;
	if (!to->tree->v2)
		return put_format(to, "blockIO/weight",
				  put_has(to, "blkio.bfq.weight") ? "blkio.bfq.weight"
								  : "blkio.weight",
				  "%u", weight);
	if (put_has(to, "io.bfq.weight"))
		return put_format(to, "blockIO/weight", "io.bfq.weight", "%u", weight);
	return put_format(to, "blockIO/weight", "io.weight", "%u", weight_from_blkio(weight));
}

static int put_leaf_weight(const struct put *to, const char *property, const char *file,
			   const char *value)
{
	if (to->tree->v2) {
		put_ignored(to, property, "cgroup v2 has no leaf weights");
		return 0;
	}
	return put_text(to, property, file, value);
}

static int put_device_weight(const struct put *to, size_t index,
			     const struct oci_weight_device *device)
{
	bool bfq = put_has(to, to->tree->v2 ? "io.bfq.weight" : "blkio.bfq.weight_device");
	char property[64], value[96];
	unsigned weight = device->weight;
	int rc = 0;

	(void)snprintf(property, sizeof(property), "blockIO/weightDevice/%zu", index);
	if (device->weight != 0) {
		rc = check_weight(to, property, weight);
		if (rc < 0)
			return rc;
		if (to->tree->v2 && !bfq)
			weight = weight_from_blkio(weight);
		(void)snprintf(value, sizeof(value), "%" PRId64 ":%" PRId64 " %u", device->major,
			       device->minor, weight);
		if (to->tree->v2)
			rc = put_text(to, property, bfq ? "io.bfq.weight" : "io.weight", value);
		else
			rc = put_text(to, property,
				      bfq ? "blkio.bfq.weight_device" : "blkio.weight_device",
				      value);
	}
	if (rc == 0 && device->leaf_weight != 0) {
		(void)snprintf(value, sizeof(value), "%" PRId64 ":%" PRId64 " %u", device->major,
			       device->minor, (unsigned)device->leaf_weight);
		rc = put_leaf_weight(to, property, "blkio.leaf_weight_device", value);
	}
	return rc;
}

static int put_weights(const struct put *to, const struct oci_block_io *io)
{
	char value[16];
	int rc = 0;

	if (io->weight != 0)
		rc = put_weight(to, io->weight);
	if (rc == 0 && io->leaf_weight != 0) {
		(void)snprintf(value, sizeof(value), "%u", (unsigned)io->leaf_weight);
		rc = put_leaf_weight(to, "blockIO/leafWeight", "blkio.leaf_weight", value);
	}
	for (size_t i = 0; rc == 0 && i < io->weight_device.count; i++)
		rc = put_device_weight(to, i, &io->weight_device.items[i]);
	return rc;
}

int io_apply(const struct put *to, const struct oci_block_io *io)
{
	struct throttle throttles[THROTTLES];
	int rc = put_weights(to, io);

	list_throttles(io, throttles);
	for (size_t i = 0; i < THROTTLES; i++)
		for (size_t j = 0; rc == 0 && j < throttles[i].list->count; j++)
			rc = put_throttle(to, &throttles[i], j);
	return rc;
}
