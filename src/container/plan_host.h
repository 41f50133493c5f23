/*
 * plan_host.h - what the host's steps will do, in words.
 */
#ifndef TARE_CONTAINER_PLAN_HOST_H
#define TARE_CONTAINER_PLAN_HOST_H

#include "container/create.h"
#include "container/plan.h"

/* The compiled config stays as long as the plan, whose texts are its. */
struct plan_source {
	struct container_options options;
	struct create create;
	struct description spare; /* where additions go that there is no room for */
};

/* A plan that is being made. */
struct planner {
	struct create *c;
	struct plan *plan;
	size_t room;
	unsigned number;                         /* of the step that is being described */
	const char *name;                        /* and its name */
	struct plan_limit *limits, **last_limit; /* what will be written into the cgroup */
	bool failed;                             /* out of memory */
};

/* One more act of this step; never NULL, though it may lead nowhere. */
struct description *planner_add(struct planner *p, const char *pointer);

/* A text made in the arena; "" and `failed` when out of memory. */
const char *planner_format(struct planner *p, const char *format, ...) PRINTF_LIKE(2, 3);

/* All steps of the host that would do something. */
void plan_host(struct planner *p);

#endif
