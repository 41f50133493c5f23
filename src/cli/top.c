/* top.c - see top.h. */
#include "cli/top.h"

#include <inttypes.h>
#include <string.h>

enum { ID_WIDTH = 24 };

static uint64_t sum_of(const struct stats_io_list *list, const char *operation)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].op, operation) == 0)
			sum += list->items[i].value;
	return sum;
}

static double pressure_of(const struct stats_psi *psi)
{
	return psi->present ? psi->some.avg10 : -1;
}

void top_fill(struct top_row *row, const struct stats *stats, const struct top_row *before)
{
	row->cpu_ns = stats->cpu.total;
	row->cpu = -1;
	if (before && row->at > before->at && row->cpu_ns >= before->cpu_ns)
		row->cpu =
		    100.0 * (double)(row->cpu_ns - before->cpu_ns) / (double)(row->at - before->at);
	row->memory = stats->memory.memory.usage;
	row->memory_limit = stats->memory.memory.limit;
	row->pids = stats->pids.current;
	row->pids_limit = stats->pids.limit;
	row->read = sum_of(&stats->io.bytes, "Read");
	row->written = sum_of(&stats->io.bytes, "Write");
	row->pressure[0] = pressure_of(&stats->cpu.psi);
	row->pressure[1] = pressure_of(&stats->memory.psi);
	row->pressure[2] = pressure_of(&stats->io.psi);
}

const struct top_row *top_find(const struct top_table *table, const char *id)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].id, id) == 0)
			return &table->rows[i];
	return NULL;
}

void top_size(uint64_t bytes, char out[16])
{
	static const char units[] = " KMGTPE";
	double value = (double)bytes;
	size_t unit = 0;

	/* what would be printed as 1000.0 is of the next unit */
	while (value >= (unit == 0 ? 1000 : 999.95) && units[unit + 1] != '\0') {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		(void)snprintf(out, 16, "%u", (unsigned)bytes);
	else
		(void)snprintf(out, 16, "%.1f%c", value, units[unit]);
}

/* A limit that no machine has is none: v1 says 2^63 without the part of a page. */
static bool is_limit(uint64_t bytes)
{
	return bytes > 0 && bytes < UINT64_MAX / 4;
}

static void write_percent(FILE *to, int width, double value)
{
	if (value < 0)
		(void)fprintf(to, " %*s", width, "-");
	else
		(void)fprintf(to, " %*.1f", width, value);
}

static void write_memory(FILE *to, const struct top_row *row)
{
	char used[16], limit[16] = "-";

	top_size(row->memory, used);
	if (is_limit(row->memory_limit))
		top_size(row->memory_limit, limit);
	(void)fprintf(to, " %8s %8s", used, limit);
	write_percent(to, 6,
		      is_limit(row->memory_limit)
			  ? 100.0 * (double)row->memory / (double)row->memory_limit
			  : -1);
}

static void write_row(FILE *to, const struct top_row *row)
{
	char limit[24] = "-", read[16], written[16];

	if (row->pids_limit > 0 && row->pids_limit < UINT32_MAX)
		(void)snprintf(limit, sizeof(limit), "%" PRIu64, row->pids_limit);
	top_size(row->read, read);
	top_size(row->written, written);
	(void)fprintf(to, "%-*.*s %-8s", ID_WIDTH, ID_WIDTH, row->id, oci_status_name(row->status));
	write_percent(to, 6, row->cpu);
	write_memory(to, row);
	(void)fprintf(to, " %6" PRIu64 " %6s %7s %7s", row->pids, limit, read, written);
	for (size_t i = 0; i < 3; i++)
		write_percent(to, 5, row->pressure[i]);
	(void)fputc('\n', to);
}

void top_write_text(FILE *to, const struct top_table *table)
{
	(void)fprintf(to, "%-*s %-8s %6s %8s %8s %6s %6s %6s %7s %7s %5s %5s %5s\n", ID_WIDTH, "ID",
		      "STATUS", "CPU%", "MEMORY", "LIMIT", "MEM%", "PIDS", "LIMIT", "READ", "WRITE",
		      "PCPU", "PMEM", "PIO");
	for (size_t i = 0; i < table->count; i++)
		write_row(to, &table->rows[i]);
}

static void write_number(FILE *to, const char *name, double value)
{
	if (value >= 0)
		(void)fprintf(to, ",\"%s\":%.2f", name, value);
}

static void write_object(FILE *to, const struct top_row *row)
{
	static const char *const names[] = { "cpu", "memory", "io" };

	(void)fprintf(to, "{\"id\":\"%s\",\"status\":\"%s\"", row->id,
		      oci_status_name(row->status));
	write_number(to, "cpuPercent", row->cpu);
	(void)fprintf(to, ",\"cpuTime\":%" PRIu64 ",\"memory\":{\"usage\":%" PRIu64, row->cpu_ns,
		      row->memory);
	if (is_limit(row->memory_limit))
		(void)fprintf(to, ",\"limit\":%" PRIu64, row->memory_limit);
	(void)fprintf(to, "},\"pids\":{\"current\":%" PRIu64, row->pids);
	if (row->pids_limit > 0 && row->pids_limit < UINT32_MAX)
		(void)fprintf(to, ",\"limit\":%" PRIu64, row->pids_limit);
	(void)fprintf(to, "},\"io\":{\"read\":%" PRIu64 ",\"written\":%" PRIu64 "},\"pressure\":{",
		      row->read, row->written);
	for (size_t i = 0, shown = 0; i < 3; i++) {
		if (row->pressure[i] >= 0)
			(void)fprintf(to, "%s\"%s\":%.2f", shown++ ? "," : "", names[i],
				      row->pressure[i]);
	}
	(void)fputs("}}", to);
}

void top_write_json(FILE *to, const struct top_table *table)
{
	(void)fputc('[', to);
	for (size_t i = 0; i < table->count; i++) {
		if (i > 0)
			(void)fputc(',', to);
		write_object(to, &table->rows[i]);
	}
	(void)fputs("]\n", to);
}
