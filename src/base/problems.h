/*
 * problems.h - several findings about one config, reported together.
 *
 * The reader of config.json and the semantic rules both add here, so that a person sees every
 * mistake at once. Memory lives in the arena-free list and goes with problems_free().
 */
#ifndef TARE_BASE_PROBLEMS_H
#define TARE_BASE_PROBLEMS_H

#include "base/error.h"

enum problem_severity { PROBLEM_ERROR, PROBLEM_WARNING };

struct problem {
	struct problem *next;
	enum problem_severity severity;
	enum error_code code;
	char *pointer;   /* RFC 6901, "" for the whole document */
	char *message;   /* one sentence without final stop; does not repeat the pointer */
	char *hint;      /* what to do, or NULL */
	unsigned line;   /* 1-based, 0 if unknown */
	unsigned column; /* 1-based, in bytes */
};

struct problems {
	struct problem *first;
	struct problem **tail;
	size_t errors; /* how many of them are errors */
	size_t warnings;
};

void problems_init(struct problems *list);
void problems_free(struct problems *list);

/* Add a finding; returns it for problem_hint(), or NULL when out of memory (still counted). */
struct problem *problems_add(struct problems *list, enum problem_severity severity,
			     const char *pointer, const char *format, ...) PRINTF_LIKE(4, 5);

/* Give the finding a hint; a NULL problem is allowed. */
void problem_hint(struct problem *problem, const char *format, ...) PRINTF_LIKE(2, 3);

/* True if an error stands at this pointer, above it or below it. */
bool problems_touch(const struct problems *list, const char *pointer);

#endif
