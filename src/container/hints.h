/*
 * hints.h - what to do about a refusal by the kernel, and the code of it.
 */
#ifndef TARE_CONTAINER_HINTS_H
#define TARE_CONTAINER_HINTS_H

#include "base/error.h"
#include "compile/program.h"

struct hint_step {
	uint32_t kind;
	const struct report *report;
	const char *object; /* what the step acts on first: its type, name or path; "" if unknown */
};

/* Give the error of a failed step the step's code, or the more precise one of a hint, and that. */
void hints_add_step(const struct hint_step *step, struct error *err);

/*
 * The last chance: an error of any command that has no hint yet gets one by its code and errno, and
 * by what is known of the machine and of the process that called tare.
 */
void hints_add(struct error *err);

#endif
