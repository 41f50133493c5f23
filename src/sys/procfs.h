/*
 * procfs.h - files of other processes in /proc, without trusting what lies there.
 */
#ifndef TARE_SYS_PROCFS_H
#define TARE_SYS_PROCFS_H

#include "base/error.h"

#include <sys/types.h>

/*
 * Write /proc/PID/FILE in one write(2); a short one is an error. /proc is verified to be a procfs,
 * and RESOLVE_NO_XDEV refuses whatever may be mounted over its files (CVE-2025-52881).
 * Returns 0 or -errno; the caller knows what the write is for and describes the failure.
 */
int procfs_write(pid_t pid, const char *file, const char *text) MUST_CHECK;

#endif
