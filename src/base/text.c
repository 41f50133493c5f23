/* text.c - see text.h. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* The exponent of 1024 that the unit stands for, or -1. */
static int unit_power(const char *unit)
{
	static const char letters[] = "kmgtp";
	const char *letter;

	if (strcasecmp(unit, "") == 0 || strcasecmp(unit, "b") == 0)
		return 0;
	letter = strchr(letters, tolower((unsigned char)unit[0]));
	if (!letter || (strcasecmp(unit + 1, "") != 0 && strcasecmp(unit + 1, "b") != 0 &&
			strcasecmp(unit + 1, "ib") != 0))
		return -1;
	return (int)(letter - letters) + 1;
}

/* The digits behind the point, as billionths. */
static uint64_t read_fraction(const char **at)
{
	uint64_t value = 0, scale = 1000000000;

	for (; isdigit((unsigned char)**at); ++*at) {
		scale /= 10;
		value += scale * (uint64_t)(**at - '0');
	}
	return value;
}

int text_to_size(const char *text, int64_t *out)
{
	const size_t digits = strspn(text, "0123456789");
	const char *at = text + digits;
	uint64_t whole = 0, fraction = 0;
	int power;
	char number[24];

	if (strcmp(text, "-1") == 0) {
		*out = -1;
		return 0;
	}
	if (digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (text_to_u64(number, INT64_MAX, &whole) < 0)
		return -EINVAL;
	if (*at == '.') {
		++at;
		if (!isdigit((unsigned char)*at))
			return -EINVAL;
		fraction = read_fraction(&at);
	}
	power = unit_power(at);
	if (power < 0)
		return -EINVAL;
	if (whole > (uint64_t)INT64_MAX >> (10 * power))
		return -ERANGE;
	*out = (int64_t)(whole << (10 * power)) +
	       (int64_t)((double)fraction / 1e9 * (double)(1ull << (10 * power)));
	return *out < 0 ? -ERANGE : 0;
}

static int64_t unit_milliseconds(const char **at)
{
	static const struct {
		const char *name;
		int64_t value;
	} units[] = { { "ms", 1 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text_has_prefix(*at, units[i].name)) {
			*at += strlen(units[i].name);
			return units[i].value;
		}
	}
	return 0;
}

int text_to_duration(const char *text, int64_t *milliseconds)
{
	int64_t total = 0;

	if (text[0] == '\0')
		return -EINVAL;
	while (*text != '\0') {
		const size_t digits = strspn(text, "0123456789");
		int64_t whole = 0, unit;
		uint64_t fraction = 0;

		if (digits == 0 || digits > 9)
			return -EINVAL;
		for (; isdigit((unsigned char)*text); text++)
			whole = whole * 10 + (*text - '0');
		if (*text == '.') {
			++text;
			fraction = read_fraction(&text);
		}
		unit = unit_milliseconds(&text);
		if (unit == 0)
			return -EINVAL;
		total += whole * unit + (int64_t)((double)fraction / 1e9 * (double)unit);
	}
	*milliseconds = total;
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
