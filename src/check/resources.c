/*
 * resources.c - rules on /linux/cgroupsPath and /linux/resources, without cpu and block I/O.
 *
 * Zero, false and empty are "not asked for". What cgroup v2 no longer has is a warning where
 * other runtimes ignore it (docs/design.md).
 */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

void check_resources_cgroups_path(const struct check *check)
{
	const char *path = check->linux->cgroups_path;

	if (!path)
		return;
	if (names_has_component(path, ".."))
		problem_hint(finding_error(check, "/linux/cgroupsPath",
					   "%s contains \"..\" and could lead to any cgroup",
					   QUOTE(path)),
			     "write the path without detours");
	else if (names_has_control(path))
		finding_error(check, "/linux/cgroupsPath", "%s contains a control character",
			      QUOTE(path));
	else if (strlen(path) >= PATH_MAX)
		finding_error(check, "/linux/cgroupsPath",
			      "the path has %zu bytes, the kernel takes at most %d", strlen(path),
			      PATH_MAX - 1);
	for (const char *part = path; *part; part += strspn(part, "/")) {
		size_t len = strcspn(part, "/");

		if (len > NAME_MAX)
			finding_error(
			    check, "/linux/cgroupsPath",
			    "the name of a cgroup has %zu bytes, the kernel takes at most %d", len,
			    NAME_MAX);
		part += len;
	}
}

static void resources_device_number(const struct check *check, const char *pointer, int64_t value)
{
	if (value < -1 || value > UINT32_MAX)
		finding_error(check, pointer,
			      "%" PRId64 " is no device number (-1 stands for all of them)", value);
}

static void resources_device(const struct check *check, const struct oci_device_rule *rule,
			     size_t index)
{
	if (names_is_set(rule->type) && (!strchr("abc", *rule->type) || rule->type[1]))
		finding_error(check, AT("/linux/resources/devices/%zu/type", index),
			      "%s is no type of device: \"c\", \"b\", or \"a\" for both",
			      QUOTE(rule->type));
	if (!names_is_set(rule->access))
		problem_hint(finding_error(check, AT("/linux/resources/devices/%zu/access", index),
					   "the rule does not say which access it is about"),
			     "write \"rwm\" for reading, writing and mknod");
	else if (strspn(rule->access, "rwm") != strlen(rule->access))
		finding_error(check, AT("/linux/resources/devices/%zu/access", index),
			      "%s has other letters than r, w and m", QUOTE(rule->access));
	if (rule->has_major)
		resources_device_number(check, AT("/linux/resources/devices/%zu/major", index),
					rule->major);
	if (rule->has_minor)
		resources_device_number(check, AT("/linux/resources/devices/%zu/minor", index),
					rule->minor);
}

void check_resources_devices(const struct check *check)
{
	for (size_t i = 0; i < check->resources->devices.count; i++)
		resources_device(check, &check->resources->devices.items[i], i);
}

static void resources_amount(const struct check *check, int64_t value, const char *name)
{
	if (value < -1)
		finding_error(check, AT("/linux/resources/memory/%s", name),
			      "%" PRId64 " bytes: only -1, for no limit, may be negative", value);
}

void check_resources_memory(const struct check *check)
{
	const struct oci_memory *memory = check->resources->memory;

	if (!memory)
		return;
	resources_amount(check, memory->limit, "limit");
	resources_amount(check, memory->reservation, "reservation");
	resources_amount(check, memory->swap, "swap");
	resources_amount(check, memory->kernel, "kernel");
	resources_amount(check, memory->kernel_tcp, "kernelTCP");
	/* swap counts memory and swap together */
	if (memory->swap > 0 && (memory->limit == 0 || memory->limit == -1))
		problem_hint(
		    finding_error(check, "/linux/resources/memory/swap",
				  "memory and swap together cannot be limited without a limit "
				  "of memory"),
		    "set /linux/resources/memory/limit too");
	else if (memory->swap > 0 && memory->swap < memory->limit)
		problem_hint(finding_error(check, "/linux/resources/memory/swap",
					   "%" PRId64 " is less than the memory limit %" PRId64,
					   memory->swap, memory->limit),
			     "the value is the sum of memory and swap");
	if (memory->swappiness > 100 && memory->swappiness != UINT64_MAX) /* engines' -1 */
		finding_error(check, "/linux/resources/memory/swappiness",
			      "%" PRIu64 " is out of range: 0 to 100", memory->swappiness);
}

static void resources_only_v1(const struct check *check, bool asked, const char *pointer)
{
	if (asked && check->facts->cgroups.mode == HOST_CGROUP_V2)
		finding_warning(
		    check, pointer,
		    "cgroup v2, which this host uses, has no such setting; it is left out");
}

void check_resources_memory_v1(const struct check *check)
{
	const struct oci_memory *memory = check->resources->memory;

	if (!memory)
		return;
	resources_only_v1(check, memory->kernel != 0, "/linux/resources/memory/kernel");
	resources_only_v1(check, memory->kernel_tcp != 0, "/linux/resources/memory/kernelTCP");
	resources_only_v1(check, memory->swappiness != 0 && memory->swappiness != UINT64_MAX,
			  "/linux/resources/memory/swappiness");
	resources_only_v1(check, memory->disable_oom_killer,
			  "/linux/resources/memory/disableOOMKiller");
}

void check_resources_pids(const struct check *check)
{
	const struct oci_pids *pids = check->resources->pids;

	if (pids && pids->limit < -1)
		problem_hint(finding_warning(check, "/linux/resources/pids/limit",
					     "%" PRId64 " is taken for no limit", pids->limit),
			     "write -1");
}

void check_resources_hugepages(const struct check *check)
{
	const struct oci_hugepage_limit_list *list = &check->resources->hugepage_limits;

	for (size_t i = 0; i < list->count; i++) {
		const char *size =
		    list->items[i].page_size; /* the reader saw that it is like 2MB */
		uint64_t number = 0;

		if (!size)
			continue;
		for (const char *c = size; *c >= '0' && *c <= '9'; c++)
			number = number * 10 + (uint64_t)(*c - '0');
		if (number & (number - 1))
			finding_error(
			    check, AT("/linux/resources/hugepageLimits/%zu/pageSize", i),
			    "there are no huge pages of %s: their sizes are powers of two",
			    QUOTE(size));
	}
}

void check_resources_network(const struct check *check)
{
	const struct oci_network *network = check->resources->network;

	if (!network)
		return;
	resources_only_v1(check, network->class_id != 0, "/linux/resources/network/classID");
	resources_only_v1(check, network->priorities.count > 0,
			  "/linux/resources/network/priorities");
	for (size_t i = 0; i < network->priorities.count; i++) {
		const char *name = network->priorities.items[i].name;
		const char *fault = name ? names_interface_fault(name) : NULL;

		if (fault)
			finding_error(check, AT("/linux/resources/network/priorities/%zu/name", i),
				      "%s cannot be the name of a network device: %s", QUOTE(name),
				      fault);
	}
}

void check_resources_rdma(const struct check *check)
{
	const struct oci_rdma_map *map = &check->resources->rdma;

	for (size_t i = 0; i < map->count; i++) {
		const struct oci_rdma_pair *pair = &map->items[i];

		if (!*pair->key || strpbrk(pair->key, " \n"))
			finding_error(check, AT_KEY("/linux/resources/rdma", pair->key),
				      "%s cannot be the name of an RDMA device", QUOTE(pair->key));
		else if (!pair->value.has_hca_handles && !pair->value.has_hca_objects)
			finding_error(check, AT_KEY("/linux/resources/rdma", pair->key),
				      "the entry limits nothing: give hcaHandles or hcaObjects");
	}
}

static void resources_unified_key(const struct check *check, const char *key)
{
	const char *dot = strchr(key, '.');

	if (strchr(key, '/') || names_has_control(key))
		problem_hint(finding_error(check, AT_KEY("/linux/resources/unified", key),
					   "%s is not the name of a file in the cgroup",
					   QUOTE(key)),
			     "the key is a plain name such as \"memory.high\"");
	else if (!dot || dot == key || !dot[1])
		problem_hint(finding_error(check, AT_KEY("/linux/resources/unified", key),
					   "%s is not of the form CONTROLLER.NAME", QUOTE(key)),
			     "the key is a file of cgroup v2 such as \"memory.high\"");
}

void check_resources_unified(const struct check *check)
{
	const struct oci_string_map *map = &check->resources->unified;
	enum host_cgroup_mode mode = check->facts->cgroups.mode;

	for (size_t i = 0; i < map->count; i++)
		resources_unified_key(check, map->items[i].key);
	if (map->count > 0 && (mode == HOST_CGROUP_V1 || mode == HOST_CGROUP_HYBRID))
		problem_hint(
		    finding_error(check, "/linux/resources/unified",
				  "these settings are for cgroup v2, but the controllers of this "
				  "host are on v1"),
		    "use /linux/resources/memory, cpu and so on");
}
