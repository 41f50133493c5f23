/*
 * device_filter.h - device rules as an eBPF program, for cgroup v2.
 */
#ifndef TARE_CGROUP_DEVICE_FILTER_H
#define TARE_CGROUP_DEVICE_FILTER_H

#include "cgroup/devices.h"

struct device_filter {
	size_t count;
	struct bpf_insn *insns; /* freed by device_filter_free() */
};

/* A BPF_PROG_TYPE_CGROUP_DEVICE program that returns 1 where the list allows, else 0. */
int device_filter_compile(const struct devices_list *list, struct device_filter *out,
			  struct error *err) MUST_CHECK;
void device_filter_free(struct device_filter *program);

/* Compile the rules, load the program and attach it to the container's cgroup. */
int device_filter_attach(const struct put *to, const struct devices_list *list) MUST_CHECK;

#endif
