/*
 * commands.h - the one table of commands. To add one: a row here, its options in options.c, and
 * cmd_NAME.c.
 */
#ifndef TARE_CLI_COMMANDS_H
#define TARE_CLI_COMMANDS_H

#include "cli/arguments.h"

/*
 * Runs the command. Gives the exit status (0..255), or a negative errno with `err` filled.
 * Nothing is printed but what the command was asked to print on standard output.
 */
typedef int command_function(const struct arguments *args, struct container_report *report,
			     struct error *err);

struct command {
	const char *name;
	const char *operands; /* what stands behind the options, "" if nothing */
	int min, max;         /* how many operands */
	const char *summary;  /* one line, without final stop */
	const char *details;  /* what a newcomer needs to know; lines are broken by hand */
	command_function *function;
};

/*      name, operands, min, max, summary, details */
#define COMMANDS(COMMAND)                                                                          \
	COMMAND(run, "ID", 1, 1, "create a container, start it, wait for it, and delete it",       \
		"ID is a name of your choice for the container. The exit status is that of its\n"  \
		"program, or 128 and the number of the signal that ended it.\n")                   \
	COMMAND(plan, "[ID]", 0, 1, "show the steps that run would take, without taking them",     \
		"Needs no privileges and changes nothing. Each step names the property of\n"       \
		"config.json that asked for it.\n")                                                \
	COMMAND(spec, "", 0, 0, "write a config.json to start from",                               \
		"The container it describes runs a shell in ./rootfs, which you provide. An\n"     \
		"existing config.json is left alone; --file overwrites.\n")                        \
	COMMAND(help, "[COMMAND]", 0, 1, "print help on the program or on one of its commands",    \
		"The same as COMMAND --help.\n")

#define COMMAND_PROTOTYPE(name, operands, min, max, summary, details) command_function cmd_##name;
COMMANDS(COMMAND_PROTOTYPE)

/* The row at `index`, in the order in which help lists them, or NULL behind the last. */
const struct command *commands_at(size_t index);
const struct command *commands_find(const char *name);

#endif
