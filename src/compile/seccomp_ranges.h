/*
 * seccomp_ranges.h - a finished filter in another layout: per architecture one binary search over
 * ranges of numbers that are answered alike.
 *
 * libseccomp's tree has a leaf for each system call; numbers of one answer lie side by side. The
 * kernel translates every instruction, several times, and walks the filter for each number when it
 * is attached, so a shorter filter is attached faster (docs/performance.md).
 */
#ifndef TARE_COMPILE_SECCOMP_RANGES_H
#define TARE_COMPILE_SECCOMP_RANGES_H

#include "compile/seccomp.h"

/*
 * Replace out->insns by an equivalent, shorter filter. What cannot be laid out so, or would not be
 * shorter, stays as it is. -ENOMEM, or 0.
 */
int seccomp_ranges(struct arena *arena, struct seccomp_filter *out) MUST_CHECK;

#endif
