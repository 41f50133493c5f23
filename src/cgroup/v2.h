/*
 * v2.h - limits as files of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst).
 */
#ifndef TARE_CGROUP_V2_H
#define TARE_CGROUP_V2_H

#include "cgroup/put.h"
#include "ocispec/config.h"

int v2_memory(const struct put *to, const struct oci_memory *memory) MUST_CHECK;
int v2_cpu(const struct put *to, const struct oci_cpu *cpu) MUST_CHECK;

/* One key of `unified`: a file of the cgroup; a value of several lines is written line by line. */
int v2_unified(const struct put *to, const char *key, const char *value) MUST_CHECK;

/* Is the key well-formed? The controller is what stands before the first dot. */
int v2_check_unified(const char *key, const char *value, struct error *err) MUST_CHECK;

#endif
