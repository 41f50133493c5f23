/* stats_v1.c - time, memory and I/O as the controllers of v1 count them. */
#include "cgroup/stats_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_each(const struct stats_reader *r, const struct tree *tree)
{
	char *text = stats_text(r, tree, "cpuacct.usage_percpu"), *word;
	size_t most = text ? strlen(text) / 2 + 1 : 0;

	if (!text)
		return 0;
	r->out->cpu.each = arena_array(r->arena, most, sizeof(uint64_t));
	if (!r->out->cpu.each)
		return -ENOMEM;
	while ((word = strsep(&text, " \n")) != NULL) {
		if (word[0] != '\0')
			r->out->cpu.each[r->out->cpu.count++] = stats_parse(word);
	}
	return 0;
}

/* A line "cpu user system", then "0 123 45" for each processor. */
static int read_each_split(const struct stats_reader *r, const struct tree *tree)
{
	char *text = stats_text(r, tree, "cpuacct.usage_all"), *line;
	size_t most = text ? strlen(text) / 6 + 1 : 0;

	if (!text)
		return 0;
	r->out->cpu.each_user = arena_array(r->arena, most, sizeof(uint64_t));
	r->out->cpu.each_kernel = arena_array(r->arena, most, sizeof(uint64_t));
	if (!r->out->cpu.each_user || !r->out->cpu.each_kernel)
		return -ENOMEM;
	(void)strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) != NULL) {
		char *user = (strsep(&line, " "), strsep(&line, " "));

		if (!user || !line)
			continue;
		r->out->cpu.each_user[r->out->cpu.split_count] = stats_parse(user);
		r->out->cpu.each_kernel[r->out->cpu.split_count++] = stats_parse(line);
	}
	return 0;
}

void stats_read_v1_cpuset(const struct stats_reader *r, const struct tree *tree)
{
	const struct {
		const char *file;
		uint64_t *to;
	} files[] = {
		{ "cpuset.cpu_exclusive", &r->out->cpuset.cpu_exclusive },
		{ "cpuset.mem_hardwall", &r->out->cpuset.mem_hardwall },
		{ "cpuset.mem_exclusive", &r->out->cpuset.mem_exclusive },
		{ "cpuset.memory_migrate", &r->out->cpuset.memory_migrate },
		{ "cpuset.memory_spread_page", &r->out->cpuset.memory_spread_page },
		{ "cpuset.memory_spread_slab", &r->out->cpuset.memory_spread_slab },
		{ "cpuset.memory_pressure", &r->out->cpuset.memory_pressure },
		{ "cpuset.sched_load_balance", &r->out->cpuset.sched_load_balance },
	};
	const char *level = stats_text(r, tree, "cpuset.sched_relax_domain_level");

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		*files[i].to = stats_number(tree, files[i].file);
	/* -1 is the default */
	if (level)
		r->out->cpuset.sched_relax_domain_level = level[0] == '-'
							      ? -(int64_t)stats_parse(level + 1)
							      : (int64_t)stats_parse(level);
}

static int read_cpu(const struct stats_reader *r)
{
	const struct tree *account = stats_tree(r, "cpuacct");
	const struct tree *cpu = stats_tree(r, "cpu");
	const uint64_t tick = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	int rc = 0;

	if (account && !account->v2) {
		r->out->cpu.total = stats_number(account, "cpuacct.usage");
		r->out->cpu.user = stats_key(account, "cpuacct.stat", "user") * tick;
		r->out->cpu.kernel = stats_key(account, "cpuacct.stat", "system") * tick;
		rc = read_each(r, account);
		if (rc == 0)
			rc = read_each_split(r, account);
	}
	if (cpu && !cpu->v2) {
		r->out->cpu.periods = stats_key(cpu, "cpu.stat", "nr_periods");
		r->out->cpu.throttled = stats_key(cpu, "cpu.stat", "nr_throttled");
		r->out->cpu.throttled_time = stats_key(cpu, "cpu.stat", "throttled_time");
	}
	return rc;
}

static struct stats_usage usage_of(const struct tree *tree, const char *const files[4])
{
	return (struct stats_usage){ .limit = stats_number(tree, files[0]),
				     .usage = stats_number(tree, files[1]),
				     .max = stats_number(tree, files[2]),
				     .failcnt = stats_number(tree, files[3]) };
}

#define USAGE(tree, name)                                                                          \
	usage_of(tree, (const char *const[]){ name ".limit_in_bytes", name ".usage_in_bytes",      \
					      name ".max_usage_in_bytes", name ".failcnt" })

static int read_memory(const struct stats_reader *r)
{
	const struct tree *tree = stats_tree(r, "memory");

	if (!tree || tree->v2)
		return 0;
	r->out->memory.memory = USAGE(tree, "memory");
	r->out->memory.swap = USAGE(tree, "memory.memsw");
	r->out->memory.kernel = USAGE(tree, "memory.kmem");
	r->out->memory.kernel_tcp = USAGE(tree, "memory.kmem.tcp");
	r->out->memory.cache = stats_key(tree, "memory.stat", "cache");
	return stats_raw(r, tree) ? 0 : -ENOMEM;
}

/* "8:0 Read 4096", and a last line "Total 4096"; some have no word between. */
static int read_io_file(const struct stats_reader *r, const struct tree *tree, const char *file,
			struct stats_io_list *list)
{
	char *text = stats_text(r, tree, file), *line;

	while (text && (line = strsep(&text, "\n")) != NULL) {
		char *device = strsep(&line, " "), *op = line ? strsep(&line, " ") : NULL;
		char *minor = strchr(device, ':');
		struct stats_io *io;

		if (!minor || !op)
			continue;
		if (!line) {
			line = op;
			op = NULL;
		}
		*minor = '\0';
		io = stats_add_io(r, list);
		if (!io)
			return -ENOMEM;
		*io = (struct stats_io){ stats_parse(device), stats_parse(minor + 1), op ? op : "",
					 stats_parse(line) };
	}
	return 0;
}

static int read_io(const struct stats_reader *r)
{
	const struct {
		const char *file;
		struct stats_io_list *to;
	} files[] = {
		{ "blkio.throttle.io_service_bytes_recursive", &r->out->io.bytes },
		{ "blkio.throttle.io_serviced_recursive", &r->out->io.operations },
		{ "blkio.bfq.io_queued_recursive", &r->out->io.queued },
		{ "blkio.bfq.io_service_time_recursive", &r->out->io.service_time },
		{ "blkio.bfq.io_wait_time_recursive", &r->out->io.wait_time },
		{ "blkio.bfq.io_merged_recursive", &r->out->io.merged },
		{ "blkio.bfq.time_recursive", &r->out->io.time },
		{ "blkio.bfq.sectors_recursive", &r->out->io.sectors },
	};
	const struct tree *tree = stats_tree(r, "io");
	int rc = 0;

	if (!tree || tree->v2)
		return 0;
	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		rc = read_io_file(r, tree, files[i].file, files[i].to);
	return rc;
}

int stats_read_v1(const struct stats_reader *r)
{
	int rc = read_cpu(r);

	if (rc == 0)
		rc = read_memory(r);
	return rc < 0 ? rc : read_io(r);
}
