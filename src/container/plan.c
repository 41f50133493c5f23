/* plan.c - see plan.h. */
#include "container/plan.h"
#include "ocispec/read.h"

#include <stdlib.h>

bool plan_locate(const struct plan *plan, const struct plan_step *step, unsigned *line,
		 unsigned *column)
{
	return plan->text && step->pointer[0] != '\0' &&
	       oci_locate(plan->text, plan->len, step->pointer, line, column) == 0;
}

void plan_free(struct plan *plan)
{
	if (plan->source)
		plan->release(plan->source);
	free(plan->steps);
	*plan = (struct plan){ 0 };
}
