/*
 * v1.h - limits as files of the cgroup v1 controllers (Documentation/admin-guide/cgroup-v1).
 */
#ifndef TARE_CGROUP_V1_H
#define TARE_CGROUP_V1_H

#include "cgroup/put.h"
#include "ocispec/config.h"

int v1_memory(const struct put *to, const struct oci_memory *memory) MUST_CHECK;
int v1_cpu(const struct put *to, const struct oci_cpu *cpu) MUST_CHECK;
int v1_net_cls(const struct put *to, const struct oci_network *network) MUST_CHECK;
int v1_net_prio(const struct put *to, const struct oci_network *network) MUST_CHECK;

/*
 * A cpuset without cpus or mems takes no process: give those of the parents to the container's
 * and to parents that are still without.
 */
int v1_fill_cpuset(const struct tree *tree, struct error *err) MUST_CHECK;

#endif
