/*
 * man.h - manual pages, from the tables of commands and options.
 */
#ifndef TARE_CLI_MAN_H
#define TARE_CLI_MAN_H

#include "cli/commands.h"

/* The page of the program (NULL) or of a command, in the language of man(7), on standard output. */
int man_print(const struct command *command, struct error *err) MUST_CHECK;

#endif
