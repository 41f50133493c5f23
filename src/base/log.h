/*
 * log.h - warnings, collected while a command works and written by src/cli when it succeeds.
 *
 * A failure writes its error alone (engines parse the whole log as one object), unless --debug
 * asks for everything.
 */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

#include "base/error.h"

struct log_warning {
	struct log_warning *next;
	enum error_code code; /* the family of who told */
	char *pointer;        /* JSON pointer or NULL */
	char *text;
};

struct log {
	struct log_warning *first;
	struct log_warning **tail;
};

void log_init(struct log *log);
void log_free(struct log *log);

/* log_warn(log, pointer, format, ...): remember a warning. Out of memory loses it: a warning never
 * makes a command fail. */
#define log_warn(log, ...) log_warn_as(ERROR_CODE, log, __VA_ARGS__)
void log_warn_as(enum error_code family, struct log *log, const char *pointer, const char *format,
		 ...) PRINTF_LIKE(4, 5);

#endif
