/* plan.c - see plan.h. */
#include "container/plan.h"

#include <stdlib.h>

void plan_free(struct plan *plan)
{
	if (plan->source)
		plan->release(plan->source);
	free(plan->steps);
	*plan = (struct plan){ 0 };
}
