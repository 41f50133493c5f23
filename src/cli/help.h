/*
 * help.h - help and usage lines, from the tables of commands and options.
 */
#ifndef TARE_CLI_HELP_H
#define TARE_CLI_HELP_H

#include "cli/commands.h"

/* Help on the program (NULL) or on one command, on standard output. */
int help_print(const char *program, const struct command *command, struct error *err) MUST_CHECK;

/* The two lines of help_usage() on standard output. */
int help_print_usage(const char *program, const struct command *command,
		     struct error *err) MUST_CHECK;

/* "usage: tare run [options] ID" and where to read more: two lines for standard error. */
void help_usage(const char *program, const struct command *command, char *to, size_t size);

#endif
