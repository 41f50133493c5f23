/*
 * commands.h - the one table of commands. To add one: a row here, its options in options.c, and
 * cmd_NAME.c.
 */
#ifndef TARE_CLI_COMMANDS_H
#define TARE_CLI_COMMANDS_H

#include "cli/arguments.h"

#include <limits.h>

/*
 * Runs the command. Gives the exit status (0..255), or a negative errno with `err` filled.
 * Nothing is printed but what the command was asked to print on standard output.
 */
typedef int command_function(const struct arguments *args, struct container_report *report,
			     struct error *err);

/*
 * As the most operands: any number, and behind the first one nothing is an option of ours. They
 * are handed on to another program as they are.
 */
#define COMMAND_REST INT_MAX

struct command {
	const char *name;
	const char *operands; /* what stands behind the options, "" if nothing */
	int min, max;         /* how many operands; or COMMAND_REST */
	const char *summary;  /* one line, without final stop */
	const char *details;  /* what a newcomer needs to know; lines are broken by hand */
	command_function *function;
};

/*      name, operands, min, max, summary, details */
#define COMMANDS(COMMAND)                                                                          \
	COMMAND(                                                                                   \
	    run, "ID", 1, 1, "create a container, start it, wait for it, and delete it",           \
	    "ID is a name of your choice for the container. The exit status is that of its\n"      \
	    "program, or 128 and the number of the signal that ended it. With --detach it is\n"    \
	    "left running, to be deleted when it has ended.\n")                                    \
	COMMAND(create, "ID", 1, 1, "create a container, all but the start of its program",        \
		"ID is a name of your choice for the container. Its namespaces, mounts, limits\n"  \
		"and filters are set up, and its process waits for start.\n")                      \
	COMMAND(start, "ID", 1, 1, "let a created container run its program",                      \
		"Fails if the program cannot be executed.\n")                                      \
	COMMAND(state, "ID", 1, 1, "print the state of a container, as JSON",                      \
		"Its status is created, running, paused or stopped.\n")                            \
	COMMAND(                                                                                   \
	    exec, "ID COMMAND [ARGUMENT...]", 2, COMMAND_REST,                                     \
	    "run a further program in a container",                                                \
	    "It has the environment, user, limits and filters of the container's own process,\n"   \
	    "as far as options do not say otherwise. With --process the file says it all, and\n"   \
	    "COMMAND, if it is given, counts as little as the other options that describe the\n"   \
	    "process. The exit status is that of the program, 128 and the number of the signal\n"  \
	    "that ended it, or 255 if it could not be started. Options stand before ID.\n")        \
	COMMAND(kill, "ID [SIGNAL]", 1, 2, "send a signal to a container's process",               \
		"SIGNAL is a number from 1 to 64, a name such as TERM or SIGTERM, RTMIN+n or\n"    \
		"RTMAX-n; without one it is TERM.\n")                                              \
	COMMAND(pause, "ID", 1, 1, "freeze all processes of a container",                          \
		"They stay in memory and go on after resume.\n")                                   \
	COMMAND(resume, "ID", 1, 1, "let a paused container go on", "Undoes pause.\n")             \
	COMMAND(update, "ID", 1, 1, "change the limits of a container",                            \
		"Sizes are in bytes, or with a unit: 512m, 1.5g; -1 means no limit. With\n"        \
		"--resources the JSON object says it all, and the options for single limits\n"     \
		"count as nothing.\n")                                                             \
	COMMAND(                                                                                   \
	    mounts, "add|remove ID FILE", 3, 3, "change the mounts of a container",                \
	    "FILE (- is standard input) has a JSON array of mounts as config.json has them;\n"     \
	    "remove wants only their destinations. All of them are made or removed, or none,\n"    \
	    "whether the container is created, running or paused. To make one does follow\n"       \
	    "links, within the container; to remove one does not. config.json of the\n"            \
	    "container, and what a checkpoint of it holds, stay as they are.\n")                   \
	COMMAND(                                                                                   \
	    events, "ID", 1, 1, "print what a container uses, as JSON, until it ends",             \
	    "One line each --interval, and one whenever the OOM killer took a process of it.\n"    \
	    "With --stats just one line.\n")                                                       \
	COMMAND(delete, "ID", 1, 1, "remove what is left of a stopped container",                  \
		"A container that was created and not started is killed first. With --force one\n" \
		"that runs is killed, too, and one that does not exist is no failure.\n")          \
	COMMAND(wait, "ID", 1, 1, "wait for the end of a container and print its exit status",     \
		"The status is printed as a number: the program's own, or 128 and the number of\n" \
		"the signal that ended it. Where the kernel does not tell (its parent has taken\n" \
		"it, and Linux is older than 6.15), that is an error.\n")                          \
	COMMAND(                                                                                   \
	    checkpoint, "ID", 1, 1, "save the processes of a container, by CRIU",                  \
	    "They are ended and the container is deleted, unless --leave-running. Images are\n"    \
	    "trusted: restore them only where you would run the programs they came from.\n")       \
	COMMAND(                                                                                   \
	    restore, "ID", 1, 1, "create a container from what checkpoint saved",                  \
	    "The bundle is that of the container, or one like it. Without --detach tare stays\n"   \
	    "with it as run does, and the exit status is that of the program.\n")                  \
	COMMAND(list, "", 0, 0, "list the containers", "Those below --root, whoever made them.\n") \
	COMMAND(                                                                                   \
	    ps, "ID [PS-OPTIONS]", 1, COMMAND_REST, "list the processes of a container",           \
	    "The host's ps is run with PS-OPTIONS (-ef if there are none) and the rows of the\n"   \
	    "container's processes are shown. Options of tare stand before ID.\n")                 \
	COMMAND(                                                                                   \
	    check, "[BUNDLE]", 0, 1, "report all that is wrong with a bundle",                     \
	    "Its schema, the rules of the specification, what this machine lacks, files that\n"    \
	    "are missing; and warnings that a reviewer would raise. Makes nothing and needs no\n"  \
	    "privileges. The exit status is 1 if there are errors.\n"                              \
	    "With --host: what this machine offers to containers, and what it lacks, with what\n"  \
	    "will not work then and how to get it. The exit status is 1 if nothing can start.\n")  \
	COMMAND(explain, "[CODE]", 0, 1,                                                           \
		"tell more about an error, by the code that it came with",                         \
		"CODE is the word behind \"see: tare explain\", or \"code\" of errors as JSON. "   \
		"Without\n"                                                                        \
		"one all codes are listed.\n")                                                     \
	COMMAND(                                                                                   \
	    plan, "[ID]", 0, 1, "show the steps that run would take, without taking them",         \
	    "Needs no privileges and changes nothing. First what tare does on the host, then\n"    \
	    "what tare-init does inside: each step with its arguments and, behind <-, the\n"       \
	    "property of config.json that asked for it and where that stands.\n\n"                 \
	    "--format json prints an array with an object for each act: number (acts of one\n"     \
	    "step share it), where (host or inside), step, title (what a trace calls it),\n"       \
	    "arguments (an object), and origin: null, or pointer, file, and line and column\n"     \
	    "unless the property is not in the file.\n\n"                                          \
	    "--diff FILE compares with what run would do with that config in the same bundle:\n"   \
	    "steps that would go (-), come (+) or change (~). Blanks and the order of keys\n"      \
	    "make no difference. As JSON it is an array of objects: change (removed, added or\n"   \
	    "changed), before and after. The exit status is 0 if the effect is the same, 1 if\n"   \
	    "it is not, 2 for errors.\n")                                                          \
	COMMAND(                                                                                   \
	    top, "[ID...]", 0, 1000, "show what containers use, again and again",                  \
	    "Processor time in percent of one processor, memory against its limit, processes,\n"   \
	    "bytes read and written, and the share of the last ten seconds in which something\n"   \
	    "waited for processor, memory or device. On a terminal the table is redrawn until\n"   \
	    "q is pressed. A container that ends leaves the table.\n")                             \
	COMMAND(                                                                                   \
	    trace, "FILE", 1, 1, "draw what --trace wrote, as a time line in the terminal",        \
	    "A row for each step of tare and of tare-init, with its time in microseconds and\n"    \
	    "a bar from its start to its end. (The file opens in Perfetto, too.)\n")               \
	COMMAND(spec, "", 0, 0, "write a config.json to start from",                               \
		"The container it describes runs a shell in ./rootfs, which you provide. An\n"     \
		"existing config.json is left alone; --file overwrites.\n")                        \
	COMMAND(features, "", 0, 0, "print what this version can do, as JSON",                     \
		"In the form of the OCI runtime specification, for engines.\n")                    \
	COMMAND(completion, "SHELL", 1, 1, "print a script for the completion of a shell",         \
		"SHELL is bash, zsh or fish.\n")                                                   \
	COMMAND(help, "[COMMAND]", 0, 1, "print help on the program or on one of its commands",    \
		"The same as COMMAND --help.\n")

#define COMMAND_PROTOTYPE(name, operands, min, max, summary, details) command_function cmd_##name;
COMMANDS(COMMAND_PROTOTYPE)

/* The row at `index`, in the order in which help lists them, or NULL behind the last. */
const struct command *commands_at(size_t index);
const struct command *commands_find(const char *name);

/* tare check --host, in cmd_check_host.c */
int cmd_check_host(const struct arguments *args, struct error *err);

#endif
