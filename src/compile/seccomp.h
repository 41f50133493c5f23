/*
 * seccomp.h - linux.seccomp becomes a raw BPF filter (runtime-spec, config-linux.md "Seccomp").
 */
#ifndef TARE_COMPILE_SECCOMP_H
#define TARE_COMPILE_SECCOMP_H

#include "base/error.h"
#include "base/log.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_filter {
	const struct sock_filter *insns; /* in the arena */
	size_t count;                    /* at most BPF_MAXINSNS */
	uint32_t flags;                  /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	bool wants_listener;             /* an action is SCMP_ACT_NOTIFY; the flag that makes the
					    listener is the loader's to add */
};

/*
 * Compile by libseccomp (binary tree for long lists). System calls whose number is above every
 * one the profile names get ENOSYS instead of the default action, so that new libcs fall back.
 * Unknown names of system calls are passed over: a profile lists the calls of many kernels. An
 * architecture that cannot be covered is a warning (its programs are killed). Any other mistake
 * is an error with its pointer. Loads nothing, needs no privilege, and keeps no state.
 */
int seccomp_compile(const struct oci_seccomp *profile, struct arena *arena, struct log *log,
		    struct seccomp_filter *out, struct error *err) MUST_CHECK;

/*
 * A filter that others have compiled, in base64, in the place of the profile's; the flags are the
 * profile's, if there is one. It is verified, and takes part in nothing else: no architectures, no
 * ENOSYS for new calls, no listener.
 */
#define SECCOMP_GIVEN         "run.oci.seccomp_bpf_data" /* an annotation of crun */
#define SECCOMP_GIVEN_POINTER "/annotations/" SECCOMP_GIVEN
struct seccomp_means;
int seccomp_given(const char *base64, const struct oci_seccomp *profile,
		  const struct seccomp_means *means, struct seccomp_filter *out,
		  struct error *err) MUST_CHECK;

/* The version of libseccomp in use, for comparison only. */
uint32_t seccomp_library(void);

/* An error at the first name of a system call that libseccomp does not know on any architecture. */
int seccomp_check_names(const struct oci_seccomp *profile, struct error *err) MUST_CHECK;

#endif
