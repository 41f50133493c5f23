/* numbers.c - see numbers.h. */
#include "base/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct range {
	unsigned long first;
	unsigned long last;
	unsigned long used; /* of each group, how many */
	unsigned long group;
};

/* One number of at most six digits: no machine has a million CPUs. */
static bool read_number(const char **at, unsigned long *value)
{
	const char *p = *at;

	*value = 0;
	for (; isdigit((unsigned char)*p) && p - *at < 7; p++)
		*value = *value * 10 + (unsigned long)(*p - '0');
	if (p == *at || p - *at == 7)
		return false;
	*at = p;
	return true;
}

static bool read_range(const char **at, struct range *range)
{
	range->used = range->group = 1;
	if (!read_number(at, &range->first))
		return false;
	range->last = range->first;
	if (**at != '-')
		return true;
	++*at;
	if (!read_number(at, &range->last) || range->last < range->first)
		return false;
	if (**at != ':')
		return true;
	++*at;
	if (!read_number(at, &range->used) || **at != '/')
		return false;
	++*at;
	return read_number(at, &range->group) && range->used > 0 && range->used <= range->group;
}

static int add_range(const struct range *range, uint64_t *words, int count)
{
	if (range->last >= NUMBERS_MAX)
		return -ERANGE;
	for (unsigned long n = range->first; n <= range->last; n++) {
		if ((n - range->first) % range->group < range->used)
			words[n / 64] |= 1ull << n % 64;
	}
	return (int)(range->last / 64) + 1 > count ? (int)(range->last / 64) + 1 : count;
}

int numbers_read(const char *text, uint64_t words[NUMBERS_WORDS])
{
	bool any = false;
	int count = 0;

	if (words)
		memset(words, 0, NUMBERS_WORDS * sizeof(*words));
	if (strcmp(text, "all") == 0) {
		if (words)
			memset(words, 0xff, NUMBERS_WORDS * sizeof(*words));
		return NUMBERS_WORDS;
	}
	for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
		struct range range;

		if (!read_range(&text, &range) || !strchr(", ", *text))
			return -EINVAL;
		any = true;
		if (words)
			count = add_range(&range, words, count);
		if (count < 0)
			return count;
	}
	return any ? count : -EINVAL;
}
