/*
 * plan.h - what tare would do, in order: host steps, then inside steps, each with its arguments and
 * the property that asked for it.
 */
#ifndef TARE_CONTAINER_PLAN_H
#define TARE_CONTAINER_PLAN_H

#include "compile/describe.h"
#include "container/options.h"

/* One act. A step of the host may consist of several, which share its number. */
struct plan_step {
	unsigned number; /* from 1, on either side */
	bool inside;     /* tare-init's; else the host's */
	const char *name;
	const char *title;     /* what a trace calls it */
	const char *pointer;   /* of the property that asked for it; "": the runtime did */
	unsigned line, column; /* of its value; 0: the config has none, a default counts */
	struct description about;
};

struct plan {
	const char *file; /* the config, as its errors name it */
	struct plan_step *steps;
	size_t count;
	struct plan_source *source; /* what all of it belongs to; or NULL */
	void (*release)(struct plan_source *source);
};

void plan_free(struct plan *plan);

#endif
