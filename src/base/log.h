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
	char *pointer; /* JSON pointer or NULL */
	char *text;
};

struct log {
	struct log_warning *first;
	struct log_warning **tail;
};

void log_init(struct log *log);
void log_free(struct log *log);

/* Remember a warning. Out of memory loses it: a warning never makes a command fail. */
void log_warn(struct log *log, const char *pointer, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
