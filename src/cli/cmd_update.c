/* cmd_update.c - tare update: other limits for a container, from options or from JSON. */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CODE CODE_OPTION_VALUE

enum kind {
	SIZE,   /* bytes, with a unit if wanted: int64_t */
	SIGNED, /* int64_t; -1 */
	PLAIN,  /* uint64_t */
};

/* One option: the text, and the field of the specification that it sets. */
struct value {
	const char *name;
	const char *text;
	enum kind kind;
	void *field;
	bool *present;
};

static int refuse(const struct value *value, struct error *err)
{
	static const char *const expected[] = {
		[SIZE] = "a size such as 512m, or -1",
		[SIGNED] = "a whole number, -1 for no limit",
		[PLAIN] = "a whole number from 0 on",
	};

	return error_set(err, EINVAL, NULL, "invalid value \"%s\" for --%s: expected %s",
			 value->text, value->name, expected[value->kind]);
}

static int read_value(const struct value *value, struct error *err)
{
	uint64_t plain = 0;
	int64_t number = 0;
	int ret;

	if (!value->text)
		return 0;
	if (value->kind == SIZE)
		ret = text_to_size(value->text, &number);
	else if (value->kind == SIGNED && strcmp(value->text, "-1") == 0)
		ret = (int)(number = -1, 0);
	else
		ret = text_to_u64(value->text, INT64_MAX, &plain);
	if (ret < 0)
		return refuse(value, err);
	if (value->kind != SIZE && number == 0)
		number = (int64_t)plain;
	memcpy(value->field, &number, sizeof(number)); /* both kinds of number have 8 bytes */
	*value->present = true;
	return 0;
}

static int read_values(const struct value *values, size_t count, bool *any, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = read_value(&values[i], err);
		*any |= values[i].text != NULL;
	}
	return ret;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VALUE(name, text, kind, to, field)                                                         \
	{                                                                                          \
		name, text, kind, &(to)->field, &(to)->has_##field                                 \
	}

static int read_memory(const struct update_texts *texts, struct oci_memory *memory,
		       struct oci_resources *out, struct error *err)
{
	const struct value values[] = {
		VALUE("memory", texts->memory, SIZE, memory, limit),
		VALUE("memory-reservation", texts->memory_reservation, SIZE, memory, reservation),
		VALUE("memory-swap", texts->memory_swap, SIZE, memory, swap),
		VALUE("kernel-memory", texts->kernel_memory, SIZE, memory, kernel),
		VALUE("kernel-memory-tcp", texts->kernel_memory_tcp, SIZE, memory, kernel_tcp),
	};
	bool any = false;
	int ret = read_values(values, COUNT(values), &any, err);

	if (any)
		out->memory = memory;
	return ret;
}

static int read_cpu(const struct update_texts *texts, struct oci_cpu *cpu,
		    struct oci_resources *out, struct error *err)
{
	const struct value values[] = {
		VALUE("cpu-share", texts->cpu_share, PLAIN, cpu, shares),
		VALUE("cpu-quota", texts->cpu_quota, SIGNED, cpu, quota),
		VALUE("cpu-period", texts->cpu_period, PLAIN, cpu, period),
		VALUE("cpu-burst", texts->cpu_burst, PLAIN, cpu, burst),
		VALUE("cpu-idle", texts->cpu_idle, SIGNED, cpu, idle),
		VALUE("cpu-rt-period", texts->cpu_rt_period, PLAIN, cpu, realtime_period),
		VALUE("cpu-rt-runtime", texts->cpu_rt_runtime, SIGNED, cpu, realtime_runtime),
	};
	bool any = texts->cpuset_cpus || texts->cpuset_mems;
	int ret = read_values(values, COUNT(values), &any, err);

	cpu->cpus = (char *)texts->cpuset_cpus;
	cpu->mems = (char *)texts->cpuset_mems;
	if (any)
		out->cpu = cpu;
	return ret;
}

/* The weight has a type of its own size. */
static int read_weight(const char *text, struct oci_block_io *io, struct oci_resources *out,
		       struct error *err)
{
	uint64_t weight = 0;

	if (!text)
		return 0;
	if (text_to_u64(text, 1000, &weight) < 0 || weight < 10)
		return error_set(err, EINVAL, NULL,
				 "invalid value \"%s\" for --blkio-weight: expected 10 to 1000",
				 text);
	io->has_weight = true;
	io->weight = (uint16_t)weight;
	out->block_io = io;
	return 0;
}

int cmd_update(const struct arguments *args, struct container_report *report, struct error *err)
{
	const struct update_texts *texts = &args->update;
	struct container_update update = { .file = texts->resources,
					   .rdt = {
					       .l3_cache_schema = (char *)texts->l3_cache_schema,
					       .mem_bw_schema = (char *)texts->mem_bw_schema } };
	struct oci_memory memory = { 0 };
	struct oci_cpu cpu = { 0 };
	struct oci_pids pids = { 0 };
	struct oci_block_io block_io = { 0 };
	const struct value limit = VALUE("pids-limit", texts->pids_limit, SIGNED, &pids, limit);
	int ret = id_name(args, &update.name, err);

	if (ret == 0)
		ret = read_memory(texts, &memory, &update.resources, err);
	if (ret == 0)
		ret = read_cpu(texts, &cpu, &update.resources, err);
	if (ret == 0)
		ret = read_weight(texts->blkio_weight, &block_io, &update.resources, err);
	if (ret == 0)
		ret = read_value(&limit, err);
	if (pids.has_limit)
		update.resources.pids = &pids;
	return ret < 0 ? ret : container_update(&update, report, err);
}
