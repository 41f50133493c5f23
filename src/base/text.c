/* text.c - see text.h. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int text_to_u64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}
	if (value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

bool text_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool text_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

int text_format(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(to, size, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= size)
		return -ENAMETOOLONG;
	return len;
}

/* Years are counted from March, so that the leap day is the last of its year. */
void text_time(char *to, size_t size, int64_t seconds, long nanoseconds)
{
	const int64_t days = seconds / 86400, second = seconds % 86400;
	const int64_t shifted = days + 719468, era = shifted / 146097,
		      day_of_era = shifted % 146097;
	const int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t month = (5 * day_of_year + 2) / 153,
		      day = day_of_year - (153 * month + 2) / 5 + 1;
	const int64_t year = year_of_era + era * 400 + (month >= 10);

	(void)snprintf(to, size, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", (int)year,
		       (int)(month < 10 ? month + 3 : month - 9), (int)day, (int)(second / 3600),
		       (int)(second / 60 % 60), (int)(second % 60), nanoseconds);
}
