/* log.c - see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void log_init(struct log *log)
{
	log->first = NULL;
	log->tail = &log->first;
}

void log_free(struct log *log)
{
	struct log_warning *next;

	for (struct log_warning *w = log->first; w; w = next) {
		next = w->next;
		free(w->pointer);
		free(w->text);
		free(w);
	}
	log_init(log);
}

void log_warn_as(enum error_code family, struct log *log, const char *pointer, const char *format,
		 ...)
{
	struct log_warning *w = calloc(1, sizeof(*w));
	va_list args;

	if (!w)
		return;
	va_start(args, format);
	if (vasprintf(&w->text, format, args) < 0)
		w->text = NULL;
	va_end(args);
	if (!w->text) {
		free(w);
		return;
	}
	w->code = family;
	w->pointer = pointer ? strdup(pointer) : NULL;
	*log->tail = w;
	log->tail = &w->next;
}
