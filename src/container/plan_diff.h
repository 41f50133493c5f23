/*
 * plan_diff.h - what differs between two plans in effect: not where a property stands, in which
 * order the keys of an object are, or which number a step has.
 */
#ifndef TARE_CONTAINER_PLAN_DIFF_H
#define TARE_CONTAINER_PLAN_DIFF_H

#include "container/plan.h"

enum plan_change { PLAN_REMOVED, PLAN_ADDED, PLAN_CHANGED };

struct plan_difference {
	enum plan_change change;
	const struct plan_step *before; /* NULL: added */
	const struct plan_step *after;  /* NULL: removed */
};

struct plan_differences {
	struct plan_difference *items; /* in the order of the plans */
	size_t count;
};

/* Steps that move are removed and added: the order of mounts, say, is an effect. */
int plan_compare(const struct plan *before, const struct plan *after, struct plan_differences *out,
		 struct error *err) MUST_CHECK;
void plan_differences_free(struct plan_differences *differences);

#endif
