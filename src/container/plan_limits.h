/*
 * plan_limits.h - the part of a plan that is about the limits of the cgroup.
 */
#ifndef TARE_CONTAINER_PLAN_LIMITS_H
#define TARE_CONTAINER_PLAN_LIMITS_H

#include "container/plan_host.h"

/*
 * What will be written into the cgroup, to be shown later. Limits that run would fail to set are a
 * warning: the rest of the plan is worth reading, too.
 */
void plan_limits_find(struct planner *p);

/* Rows of plan_host.c: the files, and what systemd is told. */
void plan_limits_show(struct planner *p);
void plan_limits_show_scope(struct planner *p);

#endif
