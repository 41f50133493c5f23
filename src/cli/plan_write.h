/*
 * plan_write.h - a plan, and the differences of two, as text and as JSON.
 */
#ifndef TARE_CLI_PLAN_WRITE_H
#define TARE_CLI_PLAN_WRITE_H

#include "container/plan_diff.h"

#include <stdio.h>

void plan_write_text(FILE *to, const struct plan *plan);
void plan_write_json(FILE *to, const struct plan *plan);

/* Two plans, and what differs. */
struct plan_comparison {
	const struct plan *before, *after;
	struct plan_differences differences;
};

void plan_write_diff_text(FILE *to, const struct plan_comparison *comparison);
void plan_write_diff_json(FILE *to, const struct plan_comparison *comparison);

#endif
