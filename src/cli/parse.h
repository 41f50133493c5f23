/*
 * parse.h - from argv to struct arguments. Opens nothing and prints nothing.
 *
 * Forms: --opt v, --opt=v, -o v, -o=v, -opt v, -opt=v (the long name if there is one, else a
 * cluster of letters of which the last may take a value), "--" ends the options. Global options
 * may stand before or behind the command, options and operands may mix (but not where another
 * program's arguments follow the first operand), the last of repeated options wins if it is not
 * one that makes a list.
 */
#ifndef TARE_CLI_PARSE_H
#define TARE_CLI_PARSE_H

#include "cli/arguments.h"

/*
 * The order of argv changes: operands move to its front. On failure `args` holds what was
 * understood until then, so that the error goes to the log that was asked for.
 */
int parse_arguments(struct arguments *args, int argc, char **argv, struct error *err) MUST_CHECK;

/* To be called whether it succeeded or not. */
void parse_free(struct arguments *args);

#endif
