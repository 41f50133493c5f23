/*
 * both.h - limits whose files are alike in v1 and v2: cpuset, pids, hugetlb, rdma.
 */
#ifndef TARE_CGROUP_BOTH_H
#define TARE_CGROUP_BOTH_H

#include "cgroup/put.h"
#include "ocispec/config.h"

int both_cpuset(const struct put *to, const struct oci_cpu *cpu) MUST_CHECK;
int both_pids(const struct put *to, const struct oci_pids *pids) MUST_CHECK;
int both_hugetlb(const struct put *to, const struct oci_hugepage_limit_list *limits) MUST_CHECK;
int both_rdma(const struct put *to, const struct oci_rdma_map *rdma) MUST_CHECK;

#endif
