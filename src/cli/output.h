/*
 * output.h - what a person and an engine get to read: errors, warnings and results. The only
 * place that prints.
 *
 * A failure goes to standard error as text, and to the log if there is one; with --log-format
 * json the log gets exactly one JSON object, which takes the place of the text on standard error
 * if there is no log. Engines read at most 4 KiB of it (CALLERS.md, rules 4 and 5).
 */
#ifndef TARE_CLI_OUTPUT_H
#define TARE_CLI_OUTPUT_H

#include "cli/logsink.h"
#include "container/options.h"
#include "ocispec/write.h"

#include <stdio.h>

struct output {
	const char *program; /* "tare" */
	const char *command; /* "run", or NULL before the command is known */
	const char *config;  /* names the config where an error does not */
	const char *usage;   /* lines to add to the text of a failure, or NULL */
	struct logsink log;
	bool json;
	bool debug;
	bool only_errors; /* --log-level error: no warnings */
};

/* `report` may be NULL. When the config was refused, its mistakes are shown instead of `err`. */
void output_failure(const struct output *out, const struct error *err,
		    const struct container_report *report);

/* After success; output_failure() does it itself with --debug. */
void output_warnings(const struct output *out, const struct container_report *report);

/* All of it, or a negative errno. */
int output_write(int fd, const char *data, size_t len);

/* A result, on standard output. */
int output_print(const char *text, struct error *err) MUST_CHECK;

/*
 * Writes a result, whole or not at all: 0, or a negative errno with `err` filled. What it writes is
 * kept in memory until it has succeeded.
 */
typedef int output_writer(FILE *to, const void *data, struct error *err);

/* What the writer writes, as text that is to be freed; NULL after a failure. */
int output_collect(output_writer *writer, const void *data, char **text,
		   struct error *err) MUST_CHECK;

/* The same, on standard output. */
int output_written(output_writer *writer, const void *data, struct error *err) MUST_CHECK;

/* The same, from an object of the specification, as JSON that people can read. */
int output_object(struct arena *arena, oci_type *type, const void *object,
		  struct error *err) MUST_CHECK;

#endif
