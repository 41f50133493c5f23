/*
 * stats.h - what a container uses, as its cgroup counts it, for `tare events`.
 *
 * Times are nanoseconds, sizes bytes; a limit that is none is STATS_UNLIMITED. What this cgroup
 * does not count is 0 or an empty list.
 */
#ifndef TARE_CGROUP_STATS_H
#define TARE_CGROUP_STATS_H

#include "cgroup/cgroup.h"

#include <stdint.h>

#define STATS_UNLIMITED UINT64_MAX

/* Of memory.stat: "anon", 4096. */
struct stats_value {
	char *key;
	uint64_t value;
};

struct stats_usage {
	uint64_t limit;
	uint64_t usage;
	uint64_t max;
	uint64_t failcnt;
};

/* Share of time in which some, or all, tasks waited, in percent; total in microseconds. */
struct stats_pressure {
	double avg10, avg60, avg300;
	uint64_t total;
};

struct stats_psi {
	bool present;
	struct stats_pressure some, full;
};

struct stats_io {
	uint64_t major, minor;
	const char *op; /* "Read", "Write" ... */
	uint64_t value;
};

struct stats_io_list {
	struct stats_io *items;
	size_t count;
};

struct stats_pages {
	char *size; /* "2MB" */
	struct stats_usage usage;
};

struct stats_interface {
	char *name;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

struct stats {
	struct {
		uint64_t total, user, kernel;
		uint64_t *each; /* of each processor (v1) */
		size_t count;
		uint64_t *each_user, *each_kernel; /* (v1) */
		size_t split_count;
		uint64_t periods, throttled, throttled_time;
		struct stats_psi psi;
	} cpu;
	struct {
		uint64_t cache;
		struct stats_usage memory, swap, kernel, kernel_tcp;
		struct stats_value *raw;
		size_t count;
		struct stats_psi psi;
	} memory;
	struct {
		uint64_t current, limit; /* 0: none */
	} pids;
	struct {
		struct stats_io_list bytes, operations;
		/* of CFQ, or BFQ with its statistics (v1) */
		struct stats_io_list queued, service_time, wait_time, merged, time, sectors;
		struct stats_psi psi;
	} io;
	struct stats_pages *pages;
	size_t page_sizes;
	char *cpus, *mems; /* lists such as "0-3", or NULL */
	struct {           /* of v1 */
		uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate,
		    memory_spread_page, memory_spread_slab, memory_pressure, sched_load_balance;
		int64_t sched_relax_domain_level;
	} cpuset;
	struct stats_interface *interfaces; /* not read here: of the container's processes */
	size_t interface_count;
};

/* Read all of it; everything is in the arena. Only running out of memory is an error. */
int stats_read(const struct cgroup *cgroup, struct arena *arena, struct stats *out,
	       struct error *err) MUST_CHECK;

/*
 * A descriptor that poll(2) reports, with *events, when the OOM killer may have been at work;
 * cgroup_oom_kills() tells how often. -ENODEV where nobody counts that.
 */
int stats_watch_oom(const struct cgroup *cgroup, short *events) MUST_CHECK;

/* After poll: be ready for the next one. */
void stats_rearm_oom(int fd);

#endif
