/* suggest.c - the nearest name of an enum: another case, a prefix left out, or a slip or two. */
#include "suggest.h"

#include <string.h>
#include <strings.h>

enum { SUGGEST_MAX = 48 };

static unsigned char suggest_lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static size_t suggest_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters have to be put in, taken out or replaced (Levenshtein), whatever their case. */
static size_t suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[SUGGEST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			bool differ = suggest_lower(a[i - 1]) != suggest_lower(b[j - 1]);
			size_t replaced = diagonal + differ;

			diagonal = row[j];
			row[j] = suggest_min(replaced, suggest_min(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

/* "errno" for "SCMP_ACT_ERRNO". */
static bool suggest_tail(const char *name, size_t name_len, const char *text, size_t len)
{
	return name_len > len && name[name_len - len - 1] == '_' &&
	       strncasecmp(name + name_len - len, text, len) == 0;
}

const char *suggest_value(const struct oci_values *values, const char *text, size_t len)
{
	size_t best = len / 3 + 1;
	const char *found = NULL;

	if (len < 2 || len > SUGGEST_MAX)
		return NULL;
	for (size_t i = 0; i < values->count; i++) {
		const char *name = values->names[i];
		size_t name_len = strlen(name), distance;

		if (suggest_tail(name, name_len, text, len))
			return name;
		if (name_len > SUGGEST_MAX)
			continue;
		distance = suggest_distance(text, len, name, name_len);
		if (distance < best) {
			best = distance;
			found = name;
		}
	}
	return found;
}
