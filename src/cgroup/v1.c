/* v1.c - see v1.h. */
#include "cgroup/v1.h"

#include "base/fd.h"
#include "sys/cgroupfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* "0-255" grows with the machine, and a list with gaps more so: a page is what the kernel writes.
 */
enum { CPU_LIST = 4096 };

static int check_usage(const struct put *to, const char *property, const char *file, int64_t limit)
{
	uint64_t used = 0;
	int rc;

	if (limit <= 0)
		return 0;
	rc = cgroupfs_read_number(to->tree->dir, file, &used);
	if (rc < 0)
		return error_sys(to->err, -rc, "read", "/linux/resources/memory/checkBeforeUpdate",
				 "cannot read %s", file);
	if (used > (uint64_t)limit)
		return put_invalid(to->err, property,
				   "the limit of %" PRId64 " bytes is below the %" PRIu64
				   " bytes in use",
				   limit, used);
	return 0;
}

static int put_swap(const struct put *to, const struct oci_memory *memory)
{
	int64_t swap = memory->swap;
	int rc;

	if (swap == 0 && memory->limit == -1)
		swap = -1; /* the sum cannot stay limited when memory is not */
	rc = put_limit(to, "memory/swap", "memory.memsw.limit_in_bytes", swap);
	return rc == -ENOENT && swap == -1 ? put_forgive(to) : rc;
}

/*
 * Pages that a processor keeps in stock for the cgroup count as used, and the kernel takes them
 * back in the background when a limit needs them (mm/memcontrol.c, drain_all_stock): on a busy
 * machine later than the write that needs them gives up. So a small limit is worth a second try.
 */
static int put_memory_limit(const struct put *to, int64_t limit)
{
	enum { TRIES = 7 }; /* 1, 2, 4 ... ms: 63 ms in all */
	struct timespec pause = { .tv_nsec = 1000000 };
	int rc = 0;

	for (int i = 0; i < TRIES; i++) {
		rc = put_limit(to, "memory/limit", "memory.limit_in_bytes", limit);
		if (rc != -EBUSY || i == TRIES - 1)
			break;
		(void)put_forgive(to);
		(void)nanosleep(&pause, NULL);
		pause.tv_nsec *= 2;
	}
	return rc;
}

/* memsw may never be below the limit: which goes first depends on whether they grow or shrink. */
static int put_memory_and_swap(const struct put *to, const struct oci_memory *memory)
{
	int rc;

	if (memory->limit == -1) {
		rc = put_swap(to, memory);
		return rc < 0 ? rc : put_memory_limit(to, -1);
	}
	rc = put_memory_limit(to, memory->limit);
	if (rc == -EINVAL && memory->swap != 0 && put_swap(to, memory) == 0)
		return put_memory_limit(to, memory->limit);
	return rc < 0 ? rc : put_swap(to, memory);
}

int v1_memory(const struct put *to, const struct oci_memory *memory)
{
	int rc = 0;

	if (memory->check_before_update)
		rc = check_usage(to, "memory/limit", "memory.usage_in_bytes", memory->limit);
	if (rc == 0 && memory->check_before_update && memory->swap > 0)
		rc = check_usage(to, "memory/swap", "memory.memsw.usage_in_bytes", memory->swap);
	if (rc == 0)
		rc = put_memory_and_swap(to, memory);
	if (rc == 0)
		rc = put_limit(to, "memory/reservation", "memory.soft_limit_in_bytes",
			       memory->reservation);
	if (rc == 0 && memory->has_swappiness) /* 0 is a real value: swap nothing out */
		rc = put_format(to, "memory/swappiness", "memory.swappiness", "%" PRIu64,
				memory->swappiness);
	if (rc == 0 && memory->disable_oom_killer)
		rc = put_text(to, "memory/disableOOMKiller", "memory.oom_control", "1");
	/* An update may take it back; a new cgroup has the OOM killer anyway. */
	else if (rc == 0 && memory->has_disable_oom_killer && to->undo)
		rc = put_text(to, "memory/disableOOMKiller", "memory.oom_control", "0");
	return rc;
}

static int put_unsigned(const struct put *to, const char *property, const char *file,
			uint64_t value)
{
	return value == 0 ? 0 : put_format(to, property, file, "%" PRIu64, value);
}

static int put_period(const struct put *to, const struct oci_cpu *cpu)
{
	return put_unsigned(to, "cpu/period", "cpu.cfs_period_us", cpu->period);
}

/* 0 takes an earlier one back; a kernel without bursts has none to take back. */
static int put_burst(const struct put *to, const struct oci_cpu *cpu)
{
	if (cpu->burst == 0 && (!cpu->has_burst || !put_has(to, "cpu.cfs_burst_us")))
		return 0;
	return put_format(to, "cpu/burst", "cpu.cfs_burst_us", "%" PRIu64, cpu->burst);
}

static int put_quota(const struct put *to, const struct oci_cpu *cpu)
{
	/* Every negative quota means none, as the kernel has it. */
	return put_limit(to, "cpu/quota", "cpu.cfs_quota_us", cpu->quota < 0 ? -1 : cpu->quota);
}

/* The ratio is checked against the parent's at each step, so a refused order is tried reversed. */
static int put_bandwidth(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = put_period(to, cpu);

	if (rc == -EINVAL && cpu->quota != 0 && put_quota(to, cpu) == 0)
		rc = put_period(to, cpu);
	else if (rc == 0)
		rc = put_quota(to, cpu);
	/* A quota may not be below the burst that there is. */
	if (rc == -EINVAL && cpu->has_burst && put_burst(to, cpu) == 0)
		rc = put_quota(to, cpu);
	return rc < 0 ? rc : put_burst(to, cpu);
}

/* An idle group takes no shares, so idle is left first and entered last. */
static int put_share(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = 0;

	if (cpu->has_idle && cpu->idle == 0 && put_has(to, "cpu.idle"))
		rc = put_text(to, "cpu/idle", "cpu.idle", "0");
	if (rc == 0)
		rc = put_unsigned(to, "cpu/shares", "cpu.shares", cpu->shares);
	if (rc == 0 && cpu->idle != 0)
		rc = put_format(to, "cpu/idle", "cpu.idle", "%" PRId64, cpu->idle);
	return rc;
}

int v1_cpu(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = put_share(to, cpu);

	if (rc == 0)
		rc = put_bandwidth(to, cpu);
	if (rc == 0)
		rc = put_unsigned(to, "cpu/realtimePeriod", "cpu.rt_period_us",
				  cpu->realtime_period);
	if (rc == 0)
		rc = put_limit(to, "cpu/realtimeRuntime", "cpu.rt_runtime_us",
			       cpu->realtime_runtime < 0 ? -1 : cpu->realtime_runtime);
	return rc;
}

int v1_net_cls(const struct put *to, const struct oci_network *network)
{
	return put_unsigned(to, "network/classID", "net_cls.classid", network->class_id);
}

int v1_net_prio(const struct put *to, const struct oci_network *network)
{
	char property[64];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < network->priorities.count; i++) {
		const struct oci_interface_priority *item = &network->priorities.items[i];

		(void)snprintf(property, sizeof(property), "network/priorities/%zu", i);
		if (item->name[strcspn(item->name, " \t\n")] != '\0' || item->name[0] == '\0')
			return put_invalid(to->err, property,
					   "\"%s\" is not the name of an interface", item->name);
		rc = put_format(to, property, "net_prio.ifpriomap", "%s %" PRIu32, item->name,
				item->priority);
	}
	return rc;
}

static int fill_error(const struct tree *tree, int errnum, const char *file, struct error *err)
{
	char name[PATH_MAX];

	return error_sys(err, errnum, "write", NULL,
			 "cannot give the cgroup %s the %s of its parents", tree_name(tree, name),
			 file);
}

/* Each ancestor from the mount down, then the container's own: what is empty gets what is above it.
 */
static int fill_file(const struct tree *tree, const char *file, struct error *err)
{
	char value[CPU_LIST] = "", own[CPU_LIST], path[PATH_MAX];
	size_t end = 0;
	ssize_t len;
	int rc = 0;

	while (tree_next_ancestor(tree, &end, path)) {
		owned_fd dir = cgroupfs_open_dir(tree->mount, path);

		len = dir < 0 ? dir : cgroupfs_read(dir, file, own, sizeof(own));
		if (len > 0)
			memcpy(value, own, (size_t)len + 1);
		else if (len == 0)
			rc = cgroupfs_write(dir, file, value);
		if (len < 0 || rc < 0)
			return fill_error(tree, len < 0 ? (int)-len : -rc, file, err);
	}
	len = tree->made ? 0 : cgroupfs_read(tree->dir, file, own, sizeof(own));
	if (len == 0)
		rc = cgroupfs_write(tree->dir, file, value);
	if (len < 0 || rc < 0)
		return fill_error(tree, len < 0 ? (int)-len : -rc, file, err);
	return 0;
}

int v1_fill_cpuset(const struct tree *tree, struct error *err)
{
	int rc = fill_file(tree, "cpuset.cpus", err);

	return rc < 0 ? rc : fill_file(tree, "cpuset.mems", err);
}
