/*
 * top.h - the table of tare top: what each container uses between two looks.
 */
#ifndef TARE_CLI_TOP_H
#define TARE_CLI_TOP_H

#include "cgroup/stats.h"
#include "ocispec/config.h"

#include <stdio.h>

struct top_row {
	char *id;
	enum oci_status status;
	double cpu; /* percent of one processor since the look before; below 0: not known yet */
	uint64_t cpu_ns;               /* of processor time, in all */
	uint64_t memory, memory_limit; /* bytes; STATS_UNLIMITED: none */
	uint64_t pids, pids_limit;     /* 0: none */
	uint64_t read, written;        /* bytes of block devices, in all */
	double pressure[3]; /* of cpu, memory, io: share of the last 10 s in which something waited;
			       below 0: not counted */
	uint64_t at;        /* when it was looked at, in nanoseconds of CLOCK_MONOTONIC */
};

struct top_table {
	struct top_row *rows;
	size_t count;
};

/* From the counters; `before` is the row of the last look, or NULL. */
void top_fill(struct top_row *row, const struct stats *stats, const struct top_row *before);

/* The row of this container, or NULL. */
const struct top_row *top_find(const struct top_table *table, const char *id);

/* "12.3M" for bytes: at most 6 characters. */
void top_size(uint64_t bytes, char out[16]);

void top_write_text(FILE *to, const struct top_table *table);
void top_write_json(FILE *to, const struct top_table *table);

#endif
