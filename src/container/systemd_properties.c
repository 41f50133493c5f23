/* systemd_properties.c - see systemd_properties.h; the names are those of
 * systemd.resource-control(5). */
#include "container/systemd_properties.h"
#include "base/numbers.h"
#include "base/text.h"
#include "cgroup/weight.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE CODE_SYSTEMD

#define ANNOTATION "org.systemd.property."

void systemd_property(struct systemd_properties *list, const char *format, ...)
{
	char text[1200];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (list->count == SYSTEMD_PROPERTIES_MAX || len < 0 || (size_t)len >= sizeof(text)) {
		list->failed = true;
		return;
	}
	list->out[list->count] = arena_strdup(list->arena, text);
	list->failed |= !list->out[list->count++];
}

/* -1 is no limit, which systemd writes as the largest number. */
static void add_limit(struct systemd_properties *list, const char *name, int64_t value)
{
	if (value != 0)
		systemd_property(list, "%s=t:%" PRIu64, name,
				 value < 0 ? UINT64_MAX : (uint64_t)value);
}

static void add_memory(struct systemd_properties *list, const struct oci_memory *memory, bool v2)
{
	if (!memory)
		return;
	add_limit(list, v2 ? "MemoryMax" : "MemoryLimit", memory->limit);
	if (!v2)
		return;
	add_limit(list, "MemoryLow", memory->reservation);
	if (memory->swap > 0 && memory->swap == memory->limit)
		systemd_property(list, "MemorySwapMax=t:0");
	else if (memory->swap != 0)
		add_limit(list, "MemorySwapMax",
			  memory->swap < 0 ? -1 : memory->swap - memory->limit);
}

/* systemd keeps the quota as time per second, in whole hundredths. */
static void add_quota(struct systemd_properties *list, const struct oci_cpu *cpu)
{
	const uint64_t period = cpu->period ? cpu->period : 100000;
	uint64_t second = UINT64_MAX;

	if (cpu->quota == 0 && cpu->period == 0)
		return;
	if (cpu->quota > 0) {
		second = (uint64_t)cpu->quota * 1000000 / period;
		second = (second + 9999) / 10000 * 10000;
	}
	if (cpu->period)
		systemd_property(list, "CPUQuotaPeriodUSec=t:%" PRIu64, period);
	systemd_property(list, "CPUQuotaPerSecUSec=t:%" PRIu64, second);
}

/* "0-3" as the bytes of a bit mask, the first CPU in the lowest bit of the first. */
static void add_mask(struct systemd_properties *list, const char *name, const char *numbers)
{
	uint64_t words[NUMBERS_WORDS];
	char hex[1100] = "";
	int count;

	if (!numbers || numbers[0] == '\0')
		return;
	count = numbers_read(numbers, words) * 8;
	for (int i = 0; i < count && i < 512; i++)
		(void)snprintf(hex + (size_t)i * 2, 3, "%02x",
			       (unsigned)(words[i / 8] >> (8 * (i % 8)) & 0xff));
	if (count > 0)
		systemd_property(list, "%s=ay:%s", name, hex);
}

static void add_cpu(struct systemd_properties *list, const struct oci_cpu *cpu, bool v2)
{
	if (!cpu)
		return;
	if (cpu->shares && v2)
		systemd_property(list, "CPUWeight=t:%" PRIu64, weight_from_shares(cpu->shares));
	else if (cpu->shares)
		systemd_property(list, "CPUShares=t:%" PRIu64, cpu->shares);
	add_quota(list, cpu);
	if (v2) {
		add_mask(list, "AllowedCPUs", cpu->cpus);
		add_mask(list, "AllowedMemoryNodes", cpu->mems);
	}
}

int systemd_properties_end(const struct systemd_properties *list)
{
	if (list->failed)
		return error_set(list->err, E2BIG, NULL,
				 "there are too many properties for systemd");
	return 0;
}

int systemd_properties_add(struct systemd_properties *list, const struct oci_resources *resources,
			   bool v2)
{
	if (!resources)
		return 0;
	add_memory(list, resources->memory, v2);
	add_cpu(list, resources->cpu, v2);
	if (resources->pids)
		add_limit(list, "TasksMax", resources->pids->limit);
	systemd_properties_io(list, resources->block_io, v2);
	if (v2)
		systemd_properties_unified(list, &resources->unified);
	return systemd_properties_end(list);
}

/* Letters only, and nothing that makes systemd run something. */
static bool is_name(const char *name)
{
	size_t len = 0;

	while (isalpha((unsigned char)name[len]))
		len++;
	return len > 0 && name[len] == '\0' && !text_has_prefix(name, "Exec");
}

int systemd_properties_annotated(struct systemd_properties *list,
				 const struct oci_string_map *annotations)
{
	for (size_t i = 0; i < annotations->count; i++) {
		const struct oci_string_pair *pair = &annotations->items[i];
		char pointer[256];

		if (!text_has_prefix(pair->key, ANNOTATION))
			continue;
		if (!is_name(pair->key + strlen(ANNOTATION))) {
			(void)snprintf(pointer, sizeof(pointer), "/annotations/%s", pair->key);
			return error_set(list->err, EINVAL, pointer,
					 "%s is no property that a container may set",
					 pair->key + strlen(ANNOTATION));
		}
		systemd_property(list, "%s=v:%s", pair->key + strlen(ANNOTATION), pair->value);
	}
	return systemd_properties_end(list);
}
