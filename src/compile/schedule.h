/*
 * schedule.h - how the process is treated by schedulers and memory: what needs no namespace.
 */
#ifndef TARE_COMPILE_SCHEDULE_H
#define TARE_COMPILE_SCHEDULE_H

#include "compile/compile.h"

/*
 * process.scheduler, ioPriority, execCPUAffinity (exec only), linux.memoryPolicy, personality: with
 * the helper's privileges, and once it is in its cgroup, whose cpuset decides which CPUs and nodes
 * there are.
 */
int schedule_emit(struct compile *c) MUST_CHECK;

#endif
