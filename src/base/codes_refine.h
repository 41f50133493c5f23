/*
 * codes_refine.h - from the family of an error and what is known of it to its code.
 */
#ifndef TARE_BASE_CODES_REFINE_H
#define TARE_BASE_CODES_REFINE_H

#include "base/codes.h"

struct codes_failure {
	enum error_code family; /* of the source file that tells */
	int errnum;
	const char *syscall; /* "" if none is known */
	const char *pointer; /* "" if it is about no property */
};

/* The most precise code that the tables know; the family itself if they know none. */
enum error_code codes_refine(const struct codes_failure *failure);

#endif
