/*
 * nearest.h - "did you mean": the candidate nearest to a mistyped word.
 */
#ifndef TARE_BASE_NEAREST_H
#define TARE_BASE_NEAREST_H

#include <stddef.h>

/* Begin with { .word = w } and offer every candidate. */
struct nearest {
	const char *word;
	char best[64];   /* a copy; "" as long as nothing is near enough */
	size_t distance; /* of the best */
};

/*
 * The first of equally near ones stays. Upper and lower case, and a missing prefix up to the first
 * '_' ("CAP_", "RLIMIT_"), count as nothing.
 */
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
