/*
 * procstat.h - who a pid is: what /proc/PID/stat says.
 */
#ifndef TARE_SYS_PROCSTAT_H
#define TARE_SYS_PROCSTAT_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

struct procstat {
	char state;          /* 'R', 'S', 'Z' ... */
	uint64_t start_time; /* in clock ticks since boot: with the pid it names a process */
	uint64_t exit_code;  /* a wait status, of a zombie and for who may trace it; else 0 */
};

/* 0, or -errno: -ESRCH when there is no such process. */
int procstat_read(pid_t pid, struct procstat *out) MUST_CHECK;

/* The id of this boot, 36 characters and a NUL: a pid of another boot is nobody. */
int procstat_boot_id(char out[37]) MUST_CHECK;

#endif
