/* stats_v2.c - time, memory, I/O and pressure as the controllers of v2 count them. */
#include "cgroup/stats_files.h"
#include "cgroup/trees.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Times are always counted, whether or not the controller is enabled. */
static void read_cpu(const struct stats_reader *r, const struct tree *tree)
{
	r->out->cpu.total = stats_key(tree, "cpu.stat", "usage_usec") * 1000;
	r->out->cpu.user = stats_key(tree, "cpu.stat", "user_usec") * 1000;
	r->out->cpu.kernel = stats_key(tree, "cpu.stat", "system_usec") * 1000;
	r->out->cpu.periods = stats_key(tree, "cpu.stat", "nr_periods");
	r->out->cpu.throttled = stats_key(tree, "cpu.stat", "nr_throttled");
	r->out->cpu.throttled_time = stats_key(tree, "cpu.stat", "throttled_usec") * 1000;
}

/* As on v1, and as engines expect: the values for swap are those of memory and swap together. */
static void add_swap(struct stats *out, const struct tree *tree)
{
	struct stats_usage *swap = &out->memory.swap;
	const struct stats_usage *memory = &out->memory.memory;

	swap->usage = stats_number(tree, "memory.swap.current") + memory->usage;
	swap->limit = stats_number(tree, "memory.swap.max");
	if (swap->limit != STATS_UNLIMITED && memory->limit != STATS_UNLIMITED)
		swap->limit += memory->limit;
	else
		swap->limit = STATS_UNLIMITED;
	swap->max = stats_number(tree, "memory.swap.peak");
	swap->failcnt = stats_key(tree, "memory.swap.events", "fail");
}

static int read_memory(const struct stats_reader *r, const struct tree *tree)
{
	struct stats_usage *memory = &r->out->memory.memory;

	memory->limit = stats_number(tree, "memory.max");
	memory->usage = stats_number(tree, "memory.current");
	memory->max = stats_number(tree, "memory.peak");
	memory->failcnt = stats_key(tree, "memory.events", "max");
	add_swap(r->out, tree);
	r->out->memory.kernel.usage = stats_key(tree, "memory.stat", "kernel");
	r->out->memory.kernel_tcp.usage = stats_key(tree, "memory.stat", "sock");
	r->out->memory.cache = stats_key(tree, "memory.stat", "file");
	return stats_raw(r, tree) ? 0 : -ENOMEM;
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static int read_io_line(const struct stats_reader *r, char *line)
{
	static const struct {
		const char *name, *op;
		bool bytes;
	} keys[] = {
		{ "rbytes", "Read", true },    { "wbytes", "Write", true },
		{ "dbytes", "Discard", true }, { "rios", "Read", false },
		{ "wios", "Write", false },    { "dios", "Discard", false },
	};
	char *device = strsep(&line, " "), *minor = strchr(device, ':'), *word;

	if (minor)
		*minor = '\0';
	while (minor && line && (word = strsep(&line, " ")) != NULL) {
		char *value = strchr(word, '=');

		for (size_t i = 0; value && i < sizeof(keys) / sizeof(keys[0]); i++) {
			struct stats_io *io;

			if (strlen(keys[i].name) != (size_t)(value - word) ||
			    strncmp(word, keys[i].name, (size_t)(value - word)) != 0)
				continue;
			io = stats_add_io(r, keys[i].bytes ? &r->out->io.bytes
							   : &r->out->io.operations);
			if (!io)
				return -ENOMEM;
			*io = (struct stats_io){ stats_parse(device), stats_parse(minor + 1),
						 keys[i].op, stats_parse(value + 1) };
		}
	}
	return 0;
}

static int read_io(const struct stats_reader *r, const struct tree *tree)
{
	char *text = stats_text(r, tree, "io.stat"), *line;
	int rc = 0;

	while (text && rc == 0 && (line = strsep(&text, "\n")) != NULL)
		rc = read_io_line(r, line);
	return rc;
}

int stats_read_v2(const struct stats_reader *r)
{
	const struct tree *v2 = trees_v2(r->cgroup), *tree;
	int rc = 0;

	if (!v2 || v2->dir < 0)
		return 0;
	if (r->cgroup->mode == HOST_CGROUP_V2)
		read_cpu(r, v2);
	stats_pressure_of(v2, "cpu.pressure", &r->out->cpu.psi);
	stats_pressure_of(v2, "memory.pressure", &r->out->memory.psi);
	stats_pressure_of(v2, "io.pressure", &r->out->io.psi);
	tree = stats_tree(r, "memory");
	if (tree && tree->v2)
		rc = read_memory(r, tree);
	tree = stats_tree(r, "io");
	return rc == 0 && tree && tree->v2 ? read_io(r, tree) : rc;
}
