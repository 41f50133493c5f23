/* v2.c - see v2.h. */
#include "cgroup/v2.h"

#include "cgroup/weight.h"
#include "sys/cgroupfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* checkBeforeUpdate: refuse a limit below what is used instead of calling the OOM killer. */
static int check_usage(const struct put *to, const struct oci_memory *memory)
{
	uint64_t used = 0, swapped = 0;
	int rc = cgroupfs_read_number(to->tree->dir, "memory.current", &used);

	if (rc < 0)
		return error_sys(to->err, -rc, "read", "/linux/resources/memory/checkBeforeUpdate",
				 "cannot read memory.current");
	if (memory->limit > 0 && used > (uint64_t)memory->limit)
		return put_invalid(to->err, "memory/limit",
				   "the limit of %" PRId64 " bytes is below the %" PRIu64
				   " bytes in use",
				   memory->limit, used);
	if (memory->swap <= 0 ||
	    cgroupfs_read_number(to->tree->dir, "memory.swap.current", &swapped) < 0)
		return 0;
	if (used + swapped > (uint64_t)memory->swap)
		return put_invalid(to->err, "memory/swap",
				   "the limit of %" PRId64 " bytes is below the %" PRIu64
				   " bytes in use",
				   memory->swap, used + swapped);
	return 0;
}

/* In the spec swap is memory and swap together; in v2 it is swap alone. */
static int put_swap(const struct put *to, const struct oci_memory *memory)
{
	int64_t swap = memory->swap;
	int rc;

	if (swap == 0 && memory->limit == -1)
		swap = -1; /* as on v1, where unlimited memory made swap unlimited */
	if (swap == 0)
		return 0;
	if (swap == -1)
		rc = put_text(to, "memory/swap", "memory.swap.max", "max");
	else
		rc = put_format(to, "memory/swap", "memory.swap.max", "%" PRId64,
				swap - memory->limit);
	/* Without swap in the kernel there is no file, and none or any amount of it is the same. */
	if (rc == -ENOENT && (swap == -1 || swap == memory->limit))
		return put_forgive(to);
	return rc;
}

int v2_memory(const struct put *to, const struct oci_memory *memory)
{
	int rc = 0;

	if (memory->check_before_update)
		rc = check_usage(to, memory);
	if (rc == 0)
		rc = put_swap(to, memory);
	if (rc == 0)
		rc = put_limit(to, "memory/limit", "memory.max", memory->limit);
	if (rc == 0)
		rc = put_limit(to, "memory/reservation", "memory.low", memory->reservation);
	return rc;
}

static int put_max(const struct put *to, const struct oci_cpu *cpu)
{
	const char *property = cpu->quota ? "cpu/quota" : "cpu/period";
	uint64_t period = cpu->period ? cpu->period : 100000; /* the kernel's default */

	if (cpu->quota == 0 && cpu->period == 0)
		return 0;
	if (cpu->quota > 0)
		return put_format(to, property, "cpu.max", "%" PRId64 " %" PRIu64, cpu->quota,
				  period);
	return put_format(to, property, "cpu.max", "max %" PRIu64, period);
}

static int put_burst(const struct put *to, const struct oci_cpu *cpu)
{
	/* 0 takes an earlier one back; a kernel without bursts has none to take back. */
	if (cpu->burst == 0 && (!cpu->has_burst || !put_has(to, "cpu.max.burst")))
		return 0;
	return put_format(to, "cpu/burst", "cpu.max.burst", "%" PRIu64, cpu->burst);
}

/* Each is checked against the other: which can go first depends on what was there before. */
static int put_bandwidth(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = put_max(to, cpu);

	if (rc == -EINVAL && cpu->has_burst && put_burst(to, cpu) == 0)
		return put_max(to, cpu);
	return rc < 0 ? rc : put_burst(to, cpu);
}

static int put_weight(const struct put *to, const struct oci_cpu *cpu)
{
	if (cpu->shares == 0)
		return 0;
	return put_format(to, "cpu/shares", "cpu.weight", "%" PRIu64,
			  weight_from_shares(cpu->shares));
}

static int put_idle(const struct put *to, const struct oci_cpu *cpu)
{
	return put_format(to, "cpu/idle", "cpu.idle", "%" PRId64, cpu->idle);
}

/* An idle group takes no weight, so idle is left first and entered last. */
static int put_share(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = 0;

	if (cpu->has_idle && cpu->idle == 0 && put_has(to, "cpu.idle"))
		rc = put_idle(to, cpu);
	if (rc == 0)
		rc = put_weight(to, cpu);
	if (rc == 0 && cpu->idle != 0)
		rc = put_idle(to, cpu);
	return rc;
}

int v2_cpu(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = put_share(to, cpu);

	return rc < 0 ? rc : put_bandwidth(to, cpu);
}

static bool acts_on_processes(const char *key)
{
	static const char *const keys[] = {
		"cgroup.freeze",          "cgroup.kill",    "cgroup.procs",
		"cgroup.subtree_control", "cgroup.threads", "cgroup.type",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

int v2_check_unified(const char *key, const char *value, struct error *err)
{
	char token[256] = "unified/";
	const char *dot = strchr(key, '.');

	(void)put_escape(key, token + strlen(token), sizeof(token) - strlen(token));
	if (strchr(key, '/'))
		return put_invalid(err, token, "\"%s\" has a slash: it must be the name of a file",
				   key);
	if (!dot || dot == key || dot[1] == '\0')
		return put_invalid(err, token, "\"%s\" has not the form CONTROLLER.VALUE", key);
	if (acts_on_processes(key))
		return put_invalid(err, token,
				   "%s is not a limit: it would get in the way of starting "
				   "the container",
				   key);
	if (value[0] == '\0')
		return put_invalid(err, token, "the value for %s is empty", key);
	return 0;
}

int v2_unified(const struct put *to, const char *key, const char *value)
{
	char token[256] = "unified/";
	int rc = 0;

	(void)put_escape(key, token + strlen(token), sizeof(token) - strlen(token));
	while (rc == 0 && *value != '\0') {
		size_t len = strcspn(value, "\n");

		if (len > 400)
			return put_invalid(to->err, token, "a line of the value for %s is too long",
					   key);
		if (len > 0)
			rc = put_format(to, token, key, "%.*s", (int)len, value);
		value += len + (value[len] == '\n');
	}
	return rc;
}
