/*
 * failure.h - an error or a warning in words: as text for a person, as a line of a log.
 *
 * Pure: fills a buffer and prints nothing. A config that was refused has all its mistakes told,
 * as far as 4 KiB reach; the first line alone names the first of them.
 */
#ifndef TARE_CLI_FAILURE_H
#define TARE_CLI_FAILURE_H

#include "base/problems.h"
#include "cli/buffer.h"

#include <time.h>

/* What is to be told, whoever found it. Strings are borrowed; NULL or "" is unknown. */
struct finding {
	const char *message;
	const char *code; /* its stable name */
	const char *pointer;
	const char *file; /* that the pointer and the line are in */
	unsigned line, column;
	const char *step;
	const char *syscall;
	const char *hint;
	int errnum;
};

struct failure {
	const char *program; /* "tare" */
	const char *context; /* put before the message: "run failed: ", or "" */
	const char *level;   /* "error" or "warning" */
	const char *usage;   /* lines to put behind the text, or NULL */
	struct finding finding;
	const struct problems *problems; /* if the config was refused: with `finding` the first */
	time_t now;
};

/* The first mistake from `problem` on, or NULL: warnings are in the same list. */
const struct problem *failure_next_mistake(const struct problem *problem);

struct finding failure_from_error(const struct error *err, const char *config);
struct finding failure_from_problem(const struct problem *problem, const char *config);

/* The text for standard error, with its final newline. */
void failure_text(const struct failure *failure, struct buffer *out);

/* One line: a JSON object, or key=value pairs as runc writes them. */
void failure_log_line(const struct failure *failure, bool json, struct buffer *out);

#endif
