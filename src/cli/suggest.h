/*
 * suggest.h - "did you mean": the candidate nearest to a mistyped word.
 */
#ifndef TARE_CLI_SUGGEST_H
#define TARE_CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word;
	const char *best; /* NULL: nothing is near enough */
	size_t distance;
};

/* Begin with { word, NULL, 0 } and offer each candidate; the first of equally near ones stays. */
void suggest_offer(struct suggestion *suggestion, const char *candidate);

#endif
