/*
 * plan.h - what tare would do, in order, as text.
 */
#ifndef TARE_CONTAINER_PLAN_H
#define TARE_CONTAINER_PLAN_H

#include "container/create.h"

/* malloc'ed text, or NULL when out of memory. The program must be compiled. */
char *plan_text(const struct create *c);

#endif
