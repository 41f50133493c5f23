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

/* "8:0 Read 4096", and a last line "Total 4096". */
static int read_io_file(const struct stats_reader *r, const struct tree *tree, const char *file,
			struct stats_io_list *list)
{
	char *text = stats_text(r, tree, file), *line;

	while (text && (line = strsep(&text, "\n")) != NULL) {
		char *device = strsep(&line, " "), *op = line ? strsep(&line, " ") : NULL;
		char *minor = strchr(device, ':');
		struct stats_io *io;

		if (!minor || !op || !line)
			continue;
		*minor = '\0';
		io = stats_add_io(r, list);
		if (!io)
			return -ENOMEM;
		*io = (struct stats_io){ stats_parse(device), stats_parse(minor + 1), op,
					 stats_parse(line) };
	}
	return 0;
}

static int read_io(const struct stats_reader *r)
{
	const struct tree *tree = stats_tree(r, "io");
	int rc;

	if (!tree || tree->v2)
		return 0;
	rc = read_io_file(r, tree, "blkio.throttle.io_service_bytes_recursive", &r->out->io.bytes);
	return rc < 0 ? rc
		      : read_io_file(r, tree, "blkio.throttle.io_serviced_recursive",
				     &r->out->io.operations);
}

int stats_read_v1(const struct stats_reader *r)
{
	int rc = read_cpu(r);

	if (rc == 0)
		rc = read_memory(r);
	return rc < 0 ? rc : read_io(r);
}
