/*
 * text.h - strict reading of numbers, and bounded formatting.
 */
#ifndef TARE_BASE_TEXT_H
#define TARE_BASE_TEXT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Digits only: no sign, blank, prefix or leading zero ("0" itself is fine), nothing behind.
 * Returns 0, or -EINVAL for other text, -ERANGE above max.
 */
int text_to_u64(const char *text, uint64_t max, uint64_t *out) MUST_CHECK;

/*
 * A size in bytes: a number as above, or with a fraction, and with a unit behind it if wanted: b,
 * k, m, g, t, p, also as kb or kib, in any case; always powers of 1024. "-1" is -1.
 * Returns 0, -EINVAL or -ERANGE.
 */
int text_to_size(const char *text, int64_t *out) MUST_CHECK;

/* "1h2m3.5s", "100ms" in milliseconds; the units are h, m, s, ms. 0 or -EINVAL. */
int text_to_duration(const char *text, int64_t *milliseconds) MUST_CHECK;

bool text_equal(const char *a, const char *b); /* two NULLs are equal */
bool text_has_prefix(const char *text, const char *prefix);

/* snprintf that fails instead of cutting: the length, or -ENAMETOOLONG. */
int text_format(char *to, size_t size, const char *format, ...) PRINTF_LIKE(3, 4) MUST_CHECK;

/*
 * A time as RFC 3339 in UTC with nanoseconds, "2026-11-23T03:30:00.000000000Z". Unlike gmtime(3)
 * it does not read the time zone's file. `size` at least 40.
 */
void text_time(char *to, size_t size, int64_t seconds, long nanoseconds);

#endif
