/* resources.c - see resources.h. */
#include "cgroup/resources.h"

#include "cgroup/both.h"
#include "cgroup/io.h"
#include "cgroup/v1.h"
#include "cgroup/v2.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool filled(const char *text)
{
	return text && text[0] != '\0';
}

static const char *needs_memory(const struct oci_memory *memory, bool v2)
{
	if (!memory)
		return NULL;
	if (memory->limit)
		return "memory/limit";
	if (memory->reservation)
		return "memory/reservation";
	if (memory->swap)
		return "memory/swap";
	if (!v2 && memory->has_swappiness)
		return "memory/swappiness";
	return !v2 && memory->disable_oom_killer ? "memory/disableOOMKiller" : NULL;
}

static const char *needs_cpu(const struct oci_cpu *cpu, bool v2)
{
	if (!cpu)
		return NULL;
	if (cpu->shares)
		return "cpu/shares";
	if (cpu->quota)
		return "cpu/quota";
	if (cpu->period)
		return "cpu/period";
	if (cpu->burst)
		return "cpu/burst";
	if (cpu->idle)
		return "cpu/idle";
	if (!v2 && cpu->realtime_runtime)
		return "cpu/realtimeRuntime";
	return !v2 && cpu->realtime_period ? "cpu/realtimePeriod" : NULL;
}

static const char *needs_cpuset(const struct oci_cpu *cpu)
{
	if (!cpu)
		return NULL;
	if (filled(cpu->cpus))
		return "cpu/cpus";
	return filled(cpu->mems) ? "cpu/mems" : NULL;
}

static int each_unified(const struct oci_resources *resources, resources_visit *visit, void *data)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < resources->unified.count; i++) {
		const char *key = resources->unified.items[i].key;
		size_t len = strcspn(key, ".");
		char property[256] = "unified/";

		(void)put_escape(key, property + 8, sizeof(property) - 8);
		if (len != 6 ||
		    memcmp(key, "cgroup", 6) != 0) /* the core's own files are always there */
			rc = visit(data, key, len, property);
	}
	return rc;
}

int resources_each_need(const struct oci_resources *resources, enum host_cgroup_mode mode,
			resources_visit *visit, void *data)
{
	const bool v2 = mode == HOST_CGROUP_V2;
	const struct oci_network *network = v2 ? NULL : resources->network;
	const struct {
		const char *controller;
		const char *property; /* NULL: not needed */
	} needs[] = {
		{ "memory", needs_memory(resources->memory, v2) },
		{ "cpu", needs_cpu(resources->cpu, v2) },
		{ "cpuset", needs_cpuset(resources->cpu) },
		{ "pids", resources->pids && resources->pids->limit ? "pids/limit" : NULL },
		{ "io", resources->block_io && io_asked(resources->block_io) ? "blockIO" : NULL },
		{ "hugetlb", resources->hugepage_limits.count ? "hugepageLimits" : NULL },
		{ "rdma", resources->rdma.count ? "rdma" : NULL },
		{ "net_cls", network && network->class_id ? "network/classID" : NULL },
		{ "net_prio", network && network->priorities.count ? "network/priorities" : NULL },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].property)
			rc = visit(data, needs[i].controller, strlen(needs[i].controller),
				   needs[i].property);
	return rc != 0 ? rc : each_unified(resources, visit, data);
}

static int check_memory(const struct oci_memory *memory, struct error *err)
{
	if (memory->limit < -1)
		return put_invalid(err, "memory/limit",
				   "%" PRId64 " is not a memory limit; -1 means no limit",
				   memory->limit);
	if (memory->swap < -1)
		return put_invalid(err, "memory/swap",
				   "%" PRId64 " is not a swap limit; -1 means no limit",
				   memory->swap);
	if (memory->swap > 0 && memory->limit <= 0)
		return put_invalid(err, "memory/swap",
				   "a limit of memory and swap together needs a "
				   "limit of memory (memory.limit)");
	if (memory->swap > 0 && memory->swap < memory->limit)
		return put_invalid(err, "memory/swap",
				   "%" PRId64 " is below memory.limit, %" PRId64
				   ": it is the limit of memory and swap together",
				   memory->swap, memory->limit);
	if (memory->has_swappiness && memory->swappiness > 100)
		return put_invalid(err, "memory/swappiness", "%" PRIu64 " is not from 0 to 100",
				   memory->swappiness);
	return 0;
}

int resources_check(const struct oci_resources *resources, struct error *err)
{
	int rc = resources->memory ? check_memory(resources->memory, err) : 0;

	for (size_t i = 0; rc == 0 && i < resources->unified.count; i++)
		rc = v2_check_unified(resources->unified.items[i].key,
				      resources->unified.items[i].value, err);
	return rc;
}

/* Properties that do nothing here, each named once whatever else is asked for. */
static void warn_ignored(const struct cgroup *cgroup, const struct oci_resources *resources,
			 struct log *log)
{
	const struct put to = { .log = log };
	const struct oci_memory *memory = resources->memory;
	const struct oci_cpu *cpu = resources->cpu;
	const struct oci_network *network = resources->network;
	static const char no_kernel[] =
	    "the kernel has no separate limit for its own memory any more";
	static const char not_v2[] = "cgroup v2 has no such setting";

	if (memory && memory->kernel)
		put_ignored(&to, "memory/kernel", no_kernel);
	if (memory && memory->kernel_tcp)
		put_ignored(&to, "memory/kernelTCP", no_kernel);
	if (cgroup->mode != HOST_CGROUP_V2)
		return;
	if (memory && memory->has_swappiness)
		put_ignored(&to, "memory/swappiness", not_v2);
	if (memory && memory->disable_oom_killer)
		put_ignored(&to, "memory/disableOOMKiller", not_v2);
	if (cpu && cpu->realtime_runtime)
		put_ignored(&to, "cpu/realtimeRuntime", not_v2);
	if (cpu && cpu->realtime_period)
		put_ignored(&to, "cpu/realtimePeriod", not_v2);
	if (network && network->class_id)
		put_ignored(&to, "network/classID", not_v2);
	if (network && network->priorities.count)
		put_ignored(&to, "network/priorities", not_v2);
}

static int apply_to(const struct put *to, const char *controller,
		    const struct oci_resources *resources)
{
	const bool v2 = to->tree->v2;

	if (strcmp(controller, "memory") == 0)
		return v2 ? v2_memory(to, resources->memory) : v1_memory(to, resources->memory);
	if (strcmp(controller, "cpu") == 0)
		return v2 ? v2_cpu(to, resources->cpu) : v1_cpu(to, resources->cpu);
	if (strcmp(controller, "cpuset") == 0)
		return both_cpuset(to, resources->cpu);
	if (strcmp(controller, "pids") == 0)
		return both_pids(to, resources->pids);
	if (strcmp(controller, "io") == 0)
		return io_apply(to, resources->block_io);
	if (strcmp(controller, "hugetlb") == 0)
		return both_hugetlb(to, &resources->hugepage_limits);
	if (strcmp(controller, "rdma") == 0)
		return both_rdma(to, &resources->rdma);
	if (strcmp(controller, "net_cls") == 0)
		return v1_net_cls(to, resources->network);
	return v1_net_prio(to, resources->network);
}

struct application {
	const struct cgroup *cgroup;
	const struct oci_resources *resources;
	const struct put *where;
};

static int apply_need(void *data, const char *controller, size_t len, const char *property)
{
	const struct application *application = data;
	struct put to = *application->where;
	char pointer[512];

	to.tree = trees_find(application->cgroup, controller, len);

	if (strncmp(property, "unified/", 8) == 0)
		return 0; /* last, below */
	if (!to.tree)
		return error_set(to.err, ENODEV, put_pointer(property, pointer),
				 "the container has no cgroup with the controller %.*s", (int)len,
				 controller);
	return apply_to(&to, controller, application->resources);
}

/* What asks for no controller, but takes back what was asked for before: 0 and false. */
static int apply_resets(const struct cgroup *cgroup, const struct oci_resources *resources,
			const struct put *where)
{
	const bool v2 = cgroup->mode == HOST_CGROUP_V2;
	const struct oci_memory *memory = resources->memory;
	const struct oci_cpu *cpu = resources->cpu;
	struct put to = *where;
	int rc = 0;

	to.tree = trees_find(cgroup, "cpu", strlen("cpu"));
	if (to.tree && cpu && !needs_cpu(cpu, v2) && (cpu->has_idle || cpu->has_burst))
		rc = apply_to(&to, "cpu", resources);
	to.tree = trees_find(cgroup, "memory", strlen("memory"));
	if (rc == 0 && to.tree && memory && !needs_memory(memory, v2) &&
	    memory->has_disable_oom_killer)
		rc = apply_to(&to, "memory", resources);
	return rc;
}

static int apply_unified(const struct cgroup *cgroup, const struct oci_resources *resources,
			 const struct put *where)
{
	struct put to = *where;
	int rc = 0;

	to.tree = trees_v2(cgroup);

	if (resources->unified.count > 0 && (!to.tree || to.tree->dir < 0))
		return put_invalid(to.err, "unified",
				   "these are files of cgroup v2, which is not mounted");
	for (size_t i = 0; rc == 0 && i < resources->unified.count; i++)
		rc = v2_unified(&to, resources->unified.items[i].key,
				resources->unified.items[i].value);
	return rc;
}

int resources_apply(const struct cgroup *cgroup, const struct oci_resources *resources,
		    const struct put *where)
{
	struct application application = { cgroup, resources, where };
	int rc = resources_check(resources, where->err);

	if (rc == 0)
		rc = resources_each_need(resources, cgroup->mode, apply_need, &application);
	if (rc == 0)
		rc = apply_resets(cgroup, resources, where);
	if (rc == 0)
		rc = apply_unified(cgroup, resources, where);
	if (rc == 0)
		warn_ignored(cgroup, resources, where->log);
	return rc;
}
