/*
 * numbers.h - lists of numbers as the kernel writes CPUs and memory nodes: "0-3,7", "0-15:2/4".
 */
#ifndef TARE_BASE_NUMBERS_H
#define TARE_BASE_NUMBERS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
	NUMBERS_MAX = 8192, /* no kernel has more CPUs than that; numbers from 0 to one less */
	NUMBERS_WORDS = NUMBERS_MAX / 64,
};

/*
 * Read a list: numbers and ranges, separated by commas or blanks; of a range "0-15:2/4" the first 2
 * of each group of 4; or "all". Bit n of the words is set for number n; `words` may be NULL, then
 * the text is only judged. Returns how many words have a bit set up to the last one, -EINVAL for
 * other text and for an empty list, or -ERANGE for numbers from NUMBERS_MAX on (if `words`).
 */
int numbers_read(const char *text, uint64_t words[NUMBERS_WORDS]) MUST_CHECK;

#endif
