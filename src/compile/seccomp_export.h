/*
 * seccomp_export.h - the program that libseccomp makes of a context, in memory.
 *
 * Private to seccomp*.c.
 */
#ifndef TARE_COMPILE_SECCOMP_EXPORT_H
#define TARE_COMPILE_SECCOMP_EXPORT_H

#include "base/error.h"
#include "ocispec/arena.h"

#include <linux/filter.h>
#include <seccomp.h>

struct seccomp_code {
	struct sock_filter *insns; /* in the arena */
	size_t head;               /* room at the front for the caller's own; set before */
	size_t count;              /* with the head; may exceed BPF_MAXINSNS */
};

int seccomp_export(scmp_filter_ctx ctx, struct arena *arena, struct seccomp_code *code,
		   struct error *err) MUST_CHECK;

#endif
