/*
 * bpf.h - the bpf system call, as far as device filters of cgroups need it.
 */
#ifndef TARE_SYS_BPF_H
#define TARE_SYS_BPF_H

#include "base/error.h"

#include <linux/bpf.h>

/*
 * Load a program of type BPF_PROG_TYPE_CGROUP_DEVICE. Returns its fd, or a negative errno; what
 * the verifier had to say is then in `log` (an empty string if nothing).
 */
int bpf_load_device_filter(const struct bpf_insn *program, size_t count, char *log,
			   size_t log_size) MUST_CHECK;

/* Attach it to a v2 cgroup, beside programs that others attach. The cgroup keeps it alive. */
int bpf_attach_device_filter(int cgroup, int program) MUST_CHECK;

#endif
