/* finding.c - see finding.h. */
#include "check/finding.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_MAX 64

/* True when this severity has reached its limit; notes once that there is more. */
static bool finding_is_full(const struct check *check, enum problem_severity severity)
{
	size_t count = severity == PROBLEM_ERROR ? check->found->errors : check->found->warnings;

	if (count == FINDING_MAX)
		(void)problems_add(check->found, severity, "",
				   "there is more than these %d %s; the rest is not listed",
				   FINDING_MAX, severity == PROBLEM_ERROR ? "errors" : "warnings");
	return count >= FINDING_MAX;
}

static PRINTF_LIKE(4, 0) struct problem *finding_add(const struct check *check,
						     enum problem_severity severity,
						     const char *pointer, const char *format,
						     va_list args)
{
	char message[1024];

	if (!finding_known(check, pointer) || finding_is_full(check, severity))
		return NULL;
	(void)vsnprintf(message, sizeof(message), format, args);
	return problems_add(check->found, severity, pointer, "%s", message);
}

struct problem *finding_error(const struct check *check, const char *pointer, const char *format,
			      ...)
{
	struct problem *problem;
	va_list args;

	va_start(args, format);
	problem = finding_add(check, PROBLEM_ERROR, pointer, format, args);
	va_end(args);
	return problem;
}

struct problem *finding_warning(const struct check *check, const char *pointer, const char *format,
				...)
{
	struct problem *problem;
	va_list args;

	va_start(args, format);
	problem = finding_add(check, PROBLEM_WARNING, pointer, format, args);
	va_end(args);
	return problem;
}

bool finding_known(const struct check *check, const char *pointer)
{
	return !problems_touch(check->reader, pointer);
}

struct finding_text finding_at(const char *format, ...)
{
	struct finding_text at;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(at.text, sizeof(at.text), format, args);
	va_end(args);
	return at;
}

struct finding_text finding_below(const char *pointer, const char *key)
{
	struct finding_text at;
	size_t len = (size_t)snprintf(at.text, sizeof(at.text), "%s/", pointer);

	for (; *key && len + 3 < sizeof(at.text); key++) {
		if (*key != '~' && *key != '/') {
			at.text[len++] = *key;
			continue;
		}
		at.text[len++] = '~';
		at.text[len++] = *key == '~' ? '0' : '1';
	}
	at.text[len] = '\0';
	return at;
}

struct finding_text finding_quote(const char *value)
{
	struct finding_text quote = { "\"" };
	size_t len = 1;

	/* Cut before a byte that starts a character, not inside one. */
	for (size_t i = 0; value[i] && len + 16 < sizeof(quote.text); i++) {
		unsigned char byte = (unsigned char)value[i];
		char *to = quote.text + len;

		if (i >= QUOTE_MAX && (byte & 0xc0) != 0x80) {
			(void)snprintf(to, sizeof(quote.text) - len, "\"...");
			return quote;
		}
		if (byte == '\n')
			len += (size_t)snprintf(to, 16, "\\n");
		else if (byte < ' ' || byte == 0x7f)
			len += (size_t)snprintf(to, 16, "\\u%04x", byte);
		else
			len += (size_t)snprintf(to, 16, "%s%c", strchr("\"\\", byte) ? "\\" : "",
						byte);
	}
	quote.text[len++] = '"';
	quote.text[len] = '\0';
	return quote;
}

void finding_hint_guess(struct problem *problem, const struct nearest *guess)
{
	if (guess->best[0])
		problem_hint(problem, "did you mean \"%s\"?", guess->best);
}
