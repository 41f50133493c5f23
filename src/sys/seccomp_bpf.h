/*
 * seccomp_bpf.h - a seccomp filter that somebody else has compiled: classic BPF for seccomp(2), in
 * base64 as crun's annotation has it.
 *
 * What the kernel would refuse is told before anything is made, with the instruction at fault.
 */
#ifndef TARE_SYS_SECCOMP_BPF_H
#define TARE_SYS_SECCOMP_BPF_H

#include "base/error.h"

#include <linux/filter.h>
#include <stddef.h>

enum { SECCOMP_BPF_MAX = BPF_MAXINSNS };

/* Why a text is no filter; for people. */
struct seccomp_bpf_fault {
	char text[160];
};

/*
 * Decode and verify. 0, and *count instructions in `out`, which has room for SECCOMP_BPF_MAX; or
 * -EINVAL, and the reason in *fault. A filter that returns SECCOMP_RET_USER_NOTIF is refused:
 * whoever would answer is named by a profile.
 */
int seccomp_bpf_read(const char *base64, struct sock_filter *out, size_t *count,
		     struct seccomp_bpf_fault *fault) MUST_CHECK;

#endif
