/* cmd_events.c - tare events: statistics and OOM notices, a JSON object a line, in runc's form. */
#include "base/numbers.h"
#include "cli/buffer.h"
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_MS = 5000 };

static void write_pressure(FILE *to, const struct stats_pressure *p)
{
	(void)fprintf(to, "{\"avg10\":%.2f,\"avg60\":%.2f,\"avg300\":%.2f,\"total\":%" PRIu64 "}",
		      p->avg10, p->avg60, p->avg300, p->total);
}

static void write_psi(FILE *to, const struct stats_psi *psi)
{
	if (!psi->present)
		return;
	(void)fputs(",\"psi\":{\"some\":", to);
	write_pressure(to, &psi->some);
	(void)fputs(",\"full\":", to);
	write_pressure(to, &psi->full);
	(void)fputc('}', to);
}

/* For each processor; nothing where that is not counted. */
static void write_each(FILE *to, const char *name, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fprintf(to, "%s%s%s%" PRIu64 "%s", i == 0 ? ",\"" : "", i == 0 ? name : "",
			      i == 0 ? "\":[" : ",", values[i], i + 1 == count ? "]" : "");
}

static void write_cpu(FILE *to, const struct stats *s)
{
	(void)fprintf(to, "\"cpu\":{\"usage\":{\"total\":%" PRIu64, s->cpu.total);
	write_each(to, "percpu", s->cpu.each, s->cpu.count);
	write_each(to, "percpu_kernel", s->cpu.each_kernel, s->cpu.split_count);
	write_each(to, "percpu_user", s->cpu.each_user, s->cpu.split_count);
	(void)fprintf(
	    to,
	    ",\"kernel\":%" PRIu64 ",\"user\":%" PRIu64 "},\"throttling\":{\"periods\":%" PRIu64
	    ",\"throttledPeriods\":%" PRIu64 ",\"throttledTime\":%" PRIu64 "}",
	    s->cpu.kernel, s->cpu.user, s->cpu.periods, s->cpu.throttled, s->cpu.throttled_time);
	write_psi(to, &s->cpu.psi);
	(void)fputc('}', to);
}

/* "0-2,5" as [0,1,2,5]. */
static void write_numbers(FILE *to, const char *name, const char *list)
{
	uint64_t words[NUMBERS_WORDS];
	const int count = list && list[0] ? numbers_read(list, words) : 0;
	const char *comma = "";

	(void)fprintf(to, "\"%s\":[", name);
	for (int n = 0; n < count * 64; n++) {
		if (!(words[n / 64] >> n % 64 & 1))
			continue;
		(void)fprintf(to, "%s%d", comma, n);
		comma = ",";
	}
	(void)fputc(']', to);
}

/* The switches are v1's: 0 elsewhere, as in runc. */
static void write_cpuset(FILE *to, const struct stats *s)
{
	const struct {
		const char *name;
		uint64_t value;
	} switches[] = {
		{ "cpu_exclusive", s->cpuset.cpu_exclusive },
		{ "mem_hardwall", s->cpuset.mem_hardwall },
		{ "mem_exclusive", s->cpuset.mem_exclusive },
		{ "memory_migrate", s->cpuset.memory_migrate },
		{ "memory_spread_page", s->cpuset.memory_spread_page },
		{ "memory_spread_slab", s->cpuset.memory_spread_slab },
		{ "memory_pressure", s->cpuset.memory_pressure },
		{ "sched_load_balance", s->cpuset.sched_load_balance },
	};

	(void)fputs(",\"cpuset\":{", to);
	write_numbers(to, "cpus", s->cpus);
	(void)fputc(',', to);
	write_numbers(to, "mems", s->mems);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		(void)fprintf(to, ",\"%s\":%" PRIu64, switches[i].name, switches[i].value);
	(void)fprintf(to, ",\"sched_relax_domain_level\":%" PRId64 "}",
		      s->cpuset.sched_relax_domain_level);
}

static void write_usage(FILE *to, const char *name, const struct stats_usage *u)
{
	(void)fprintf(to,
		      "\"%s\":{\"limit\":%" PRIu64 ",\"usage\":%" PRIu64 ",\"max\":%" PRIu64
		      ",\"failcnt\":%" PRIu64 "}",
		      name, u->limit, u->usage, u->max, u->failcnt);
}

static void write_memory(FILE *to, const struct stats *s)
{
	(void)fprintf(to, ",\"memory\":{\"cache\":%" PRIu64 ",", s->memory.cache);
	write_usage(to, "usage", &s->memory.memory);
	(void)fputc(',', to);
	write_usage(to, "swap", &s->memory.swap);
	(void)fputc(',', to);
	write_usage(to, "kernel", &s->memory.kernel);
	(void)fputc(',', to);
	write_usage(to, "kernelTCP", &s->memory.kernel_tcp);
	(void)fputs(",\"raw\":{", to);
	for (size_t i = 0; i < s->memory.count; i++)
		(void)fprintf(to, "%s\"%s\":%" PRIu64, i ? "," : "", s->memory.raw[i].key,
			      s->memory.raw[i].value);
	(void)fputc('}', to);
	write_psi(to, &s->memory.psi);
	(void)fputc('}', to);
}

static void write_io_list(FILE *to, const char *name, const struct stats_io_list *list)
{
	(void)fprintf(to, "\"%s\":[", name);
	for (size_t i = 0; i < list->count; i++) {
		const struct stats_io *io = &list->items[i];

		(void)fprintf(to,
			      "%s{\"major\":%" PRIu64 ",\"minor\":%" PRIu64
			      ",\"op\":\"%s\",\"value\":%" PRIu64 "}",
			      i ? "," : "", io->major, io->minor, io->op, io->value);
	}
	(void)fputc(']', to);
}

static void write_io(FILE *to, const struct stats *s)
{
	const struct {
		const char *name;
		const struct stats_io_list *list;
	} lists[] = {
		{ "ioServiceBytesRecursive", &s->io.bytes },
		{ "ioServicedRecursive", &s->io.operations },
		{ "ioQueueRecursive", &s->io.queued },
		{ "ioServiceTimeRecursive", &s->io.service_time },
		{ "ioWaitTimeRecursive", &s->io.wait_time },
		{ "ioMergedRecursive", &s->io.merged },
		{ "ioTimeRecursive", &s->io.time },
		{ "sectorsRecursive", &s->io.sectors },
	};

	(void)fputs(",\"blkio\":{", to);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (i > 0)
			(void)fputc(',', to);
		write_io_list(to, lists[i].name, lists[i].list);
	}
	write_psi(to, &s->io.psi);
	(void)fputc('}', to);
}

/* The container names its devices, and may use anything but blanks, colons and slashes. */
static void write_name(FILE *to, const char *name)
{
	struct buffer text;

	buffer_clear(&text);
	buffer_add_escaped(&text, BUFFER_JSON, name, BUFFER_SIZE - 1);
	(void)fprintf(to, "{\"Name\":\"%s\"", text.data);
}

static void write_interfaces(FILE *to, const struct stats *s)
{
	if (s->interface_count == 0)
		(void)fputs(",\"network_interfaces\":null", to);
	for (size_t i = 0; i < s->interface_count; i++) {
		const struct stats_interface *n = &s->interfaces[i];

		(void)fputs(i == 0 ? ",\"network_interfaces\":[" : ",", to);
		write_name(to, n->name);
		(void)fprintf(to,
			      ",\"RxBytes\":%" PRIu64 ",\"RxPackets\":%" PRIu64
			      ",\"RxErrors\":%" PRIu64 ",\"RxDropped\":%" PRIu64
			      ",\"TxBytes\":%" PRIu64 ",\"TxPackets\":%" PRIu64
			      ",\"TxErrors\":%" PRIu64 ",\"TxDropped\":%" PRIu64 "}%s",
			      n->rx_bytes, n->rx_packets, n->rx_errors, n->rx_dropped, n->tx_bytes,
			      n->tx_packets, n->tx_errors, n->tx_dropped,
			      i + 1 == s->interface_count ? "]" : "");
	}
}

static void write_rest(FILE *to, const struct stats *s)
{
	(void)fprintf(to, ",\"pids\":{\"current\":%" PRIu64 ",\"limit\":%" PRIu64 "}",
		      s->pids.current, s->pids.limit);
	write_io(to, s);
	(void)fputs(",\"hugetlb\":{", to);
	for (size_t i = 0; i < s->page_sizes; i++) {
		const struct stats_pages *p = &s->pages[i];

		(void)fprintf(
		    to,
		    "%s\"%s\":{\"usage\":%" PRIu64 ",\"max\":%" PRIu64 ",\"failcnt\":%" PRIu64 "}",
		    i ? "," : "", p->size, p->usage.usage, p->usage.max, p->usage.failcnt);
	}
	(void)fputs("},\"intel_rdt\":{}", to);
	write_interfaces(to, s);
}

struct event {
	const char *id, *type;
	const struct stats *stats; /* NULL: none */
};

/* The id needs no escape: id_check() has seen to that. */
static int write_event(FILE *to, const void *data, struct error *err)
{
	const struct event *event = data;

	(void)err;
	(void)fprintf(to, "{\"type\":\"%s\",\"id\":\"%s\"", event->type, event->id);
	if (event->stats) {
		(void)fputs(",\"data\":{", to);
		write_cpu(to, event->stats);
		write_cpuset(to, event->stats);
		write_memory(to, event->stats);
		write_rest(to, event->stats);
		(void)fputc('}', to);
	}
	(void)fputs("}\n", to);
	return 0;
}

static int print_stats(void *data, const struct stats *stats, struct error *err)
{
	return output_written(write_event, &(struct event){ data, "stats", stats }, err);
}

static int print_oom(void *data, struct error *err)
{
	return output_written(write_event, &(struct event){ data, "oom", NULL }, err);
}

int cmd_events(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_events events = {
		.once = args->events_stats,
		.interval_ms = args->events_interval ? args->events_interval : DEFAULT_MS,
		.stats = print_stats,
		.oom = print_oom,
	};
	int ret = id_name(args, &events.name, err);

	(void)report; /* nothing to warn of */
	events.data = (void *)(uintptr_t)events.name.id;
	return ret < 0 ? ret : container_events(&events, err);
}
