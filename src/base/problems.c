/* problems.c - see problems.h. */
#include "base/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void problems_init(struct problems *list)
{
	memset(list, 0, sizeof(*list));
	list->tail = &list->first;
}

void problems_free(struct problems *list)
{
	struct problem *next;

	for (struct problem *p = list->first; p; p = next) {
		next = p->next;
		free(p->pointer);
		free(p->message);
		free(p->hint);
		free(p);
	}
	problems_init(list);
}

struct problem *problems_add(struct problems *list, enum problem_severity severity,
			     const char *pointer, const char *format, ...)
{
	struct problem *p = calloc(1, sizeof(*p));
	va_list args;

	if (severity == PROBLEM_ERROR)
		list->errors++;
	else
		list->warnings++;
	if (!p)
		return NULL;
	va_start(args, format);
	if (vasprintf(&p->message, format, args) < 0)
		p->message = NULL;
	va_end(args);
	p->pointer = strdup(pointer);
	if (!p->message || !p->pointer) {
		free(p->message);
		free(p->pointer);
		free(p);
		return NULL;
	}
	p->severity = severity;
	*list->tail = p;
	list->tail = &p->next;
	return p;
}

void problem_hint(struct problem *problem, const char *format, ...)
{
	va_list args;

	if (!problem || problem->hint)
		return;
	va_start(args, format);
	if (vasprintf(&problem->hint, format, args) < 0)
		problem->hint = NULL;
	va_end(args);
}

/* "/a/b" is above "/a/b/c" and beside "/a/bc". */
static bool is_above(const char *upper, const char *lower)
{
	size_t len = strlen(upper);

	return strncmp(upper, lower, len) == 0 && (lower[len] == '\0' || lower[len] == '/');
}

bool problems_touch(const struct problems *list, const char *pointer)
{
	for (const struct problem *p = list->first; p; p = p->next) {
		if (p->severity == PROBLEM_ERROR &&
		    (is_above(p->pointer, pointer) || is_above(pointer, p->pointer)))
			return true;
	}
	return false;
}
