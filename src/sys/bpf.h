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

/* Attach it in the place of another one, without a moment in which neither is. */
int bpf_replace_device_filter(int cgroup, int program, int old) MUST_CHECK;

int bpf_detach_device_filter(int cgroup, int program) MUST_CHECK;

/*
 * The programs of ours that are attached to a v2 cgroup itself, known by the name that
 * bpf_load_device_filter() gives them; those of others are left out. Returns how many there are,
 * with an fd each, which are the caller's.
 */
enum { BPF_FILTERS_MAX = 64 }; /* the kernel attaches no more */
int bpf_own_device_filters(int cgroup, int fds[BPF_FILTERS_MAX]) MUST_CHECK;

#endif
