/* both.c - see both.h. */
#include "cgroup/both.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "0-3,7": one value, so no blank or newline that would make the kernel stop reading half-way. */
static int put_list(const struct put *to, const char *property, const char *file, const char *list)
{
	if (!list || list[0] == '\0')
		return 0;
	if (list[strspn(list, "0123456789,-:/")] != '\0')
		return put_invalid(to->err, property, "\"%.80s\" is not a list like 0-3,7", list);
	return put_text(to, property, file, list);
}

int both_cpuset(const struct put *to, const struct oci_cpu *cpu)
{
	int rc = put_list(to, "cpu/cpus", "cpuset.cpus", cpu->cpus);

	return rc < 0 ? rc : put_list(to, "cpu/mems", "cpuset.mems", cpu->mems);
}

int both_pids(const struct put *to, const struct oci_pids *pids)
{
	if (pids->limit < 0) /* what runc does with every negative limit */
		return put_text(to, "pids/limit", "pids.max", "max");
	return put_limit(to, "pids/limit", "pids.max", pids->limit);
}

static int put_pages(const struct put *to, size_t index, const struct oci_hugepage_limit *limit)
{
	const char *name = to->tree->v2 ? "max" : "limit_in_bytes";
	char property[64], file[96];
	int rc;

	(void)snprintf(property, sizeof(property), "hugepageLimits/%zu/pageSize", index);
	if (strlen(limit->page_size) > 32 || strchr(limit->page_size, '/'))
		return put_invalid(to->err, property, "\"%.40s\" is not a size like 2MB",
				   limit->page_size);
	/* The reservation, where the kernel counts it (5.7): else a mapping would pass the limit.
	 */
	(void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.%s", limit->page_size, name);
	if (put_has(to, file)) {
		rc = put_format(to, property, file, "%" PRIu64, limit->limit);
		if (rc < 0)
			return rc;
	}
	(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", limit->page_size, name);
	rc = put_format(to, property, file, "%" PRIu64, limit->limit);
	if (rc == -ENOENT)
		return put_invalid(to->err, property, "this machine has no huge pages of %s",
				   limit->page_size);
	return rc;
}

int both_hugetlb(const struct put *to, const struct oci_hugepage_limit_list *limits)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < limits->count; i++)
		rc = put_pages(to, i, &limits->items[i]);
	return rc;
}

static int put_rdma(const struct put *to, const char *device, const struct oci_rdma *rdma)
{
	char property[256] = "rdma/", handles[32] = "", objects[32] = "";

	(void)put_escape(device, property + 5, sizeof(property) - 5);
	if (device[0] == '\0' || device[strcspn(device, " \t\n=")] != '\0')
		return put_invalid(to->err, property, "\"%.80s\" is not the name of a device",
				   device);
	if (rdma->has_hca_handles)
		(void)snprintf(handles, sizeof(handles), " hca_handle=%" PRIu32, rdma->hca_handles);
	if (rdma->has_hca_objects)
		(void)snprintf(objects, sizeof(objects), " hca_object=%" PRIu32, rdma->hca_objects);
	if (handles[0] == '\0' && objects[0] == '\0')
		return 0;
	return put_format(to, property, "rdma.max", "%s%s%s", device, handles, objects);
}

int both_rdma(const struct put *to, const struct oci_rdma_map *rdma)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rdma->count; i++)
		rc = put_rdma(to, rdma->items[i].key, &rdma->items[i].value);
	return rc;
}
