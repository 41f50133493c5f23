/*
 * hints.h - what to do about a refusal by the kernel, and the code of it.
 */
#ifndef TARE_CONTAINER_HINTS_H
#define TARE_CONTAINER_HINTS_H

#include "base/error.h"
#include "compile/program.h"

/* Give the error of a failed step the step's code, or the more precise one of a hint, and that. */
void hints_add_step(uint32_t kind, const struct report *report, struct error *err);

#endif
