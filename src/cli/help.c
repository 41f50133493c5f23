/* help.c - see help.h. */
#include "cli/help.h"

#include "cli/options.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#define OPTION_COLUMN 28 /* where the explanations begin */

static void write_option(FILE *to, const struct option *option)
{
	int width = fprintf(to, option->letters[0] ? "  " : "      ");

	for (const char *letter = option->letters; *letter; letter++)
		width += fprintf(to, "-%c, ", *letter);
	width += fprintf(to, "--%s%s%s", option->name, option->argument ? " " : "",
			 option->argument ? option->argument : "");
	if (width < OPTION_COLUMN)
		(void)fprintf(to, "%*s%s\n", OPTION_COLUMN - width, "", option->help);
	else /* the explanation begins a line of its own */
		(void)fprintf(to, "\n%*s%s\n", OPTION_COLUMN, "", option->help);
}

static bool has_options(const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	for (size_t i = 0; i < count; i++) {
		if (options_applies(&table[i], command))
			return true;
	}
	return false;
}

static void write_options(FILE *to, const char *title, const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	if (!has_options(command))
		return;
	(void)fprintf(to, "\n%s:\n", title);
	for (size_t i = 0; i < count; i++) {
		if (options_applies(&table[i], command))
			write_option(to, &table[i]);
	}
}

static void write_usage(FILE *to, const char *program, const struct command *command)
{
	if (!command)
		(void)fprintf(to, "%s [global options] COMMAND [options] [arguments]\n", program);
	else
		(void)fprintf(to, "%s %s%s%s%s\n", program, command->name,
			      has_options(command->name) ? " [options]" : "",
			      command->operands[0] != '\0' ? " " : "", command->operands);
}

static void write_program_help(FILE *to, const char *program)
{
	(void)fprintf(
	    to,
	    "%s runs containers: it reads the config.json of an OCI bundle, sets up the\n"
	    "namespaces, mounts, limits and filters that it asks for, and starts the program\n"
	    "in there. If that is not possible, it says which line is the reason.\n"
	    "\nUsage: ",
	    program);
	write_usage(to, program, NULL);
	(void)fputs("\nCommands:\n", to);
	for (size_t i = 0; commands_at(i); i++)
		(void)fprintf(to, "  %-12s%s\n", commands_at(i)->name, commands_at(i)->summary);
	write_options(to, "Global options, before or after the command", NULL);
	(void)fprintf(to,
		      "\nA first container, in a directory with a root filesystem in ./rootfs:\n"
		      "  %s spec\n"
		      "  sudo %s run hello\n"
		      "\nMore on a command: %s COMMAND --help\n",
		      program, program, program);
}

static void write_command_help(FILE *to, const char *program, const struct command *command)
{
	(void)fprintf(to, "%s %s: %s\n\nUsage: ", program, command->name, command->summary);
	write_usage(to, program, command);
	(void)fprintf(to, "\n%s", command->details);
	write_options(to, "Options", command->name);
	write_options(to, "Global options", NULL);
}

struct help {
	const char *program;
	const struct command *command; /* NULL: of the program */
};

static int write_help(FILE *to, const void *data, struct error *err)
{
	const struct help *help = data;

	(void)err;
	if (help->command)
		write_command_help(to, help->program, help->command);
	else
		write_program_help(to, help->program);
	return 0;
}

int help_print(const char *program, const struct command *command, struct error *err)
{
	return output_written(write_help, &(struct help){ program, command }, err);
}

void help_usage(const char *program, const struct command *command, char *to, size_t size)
{
	FILE *stream = fmemopen(to, size, "w");

	to[0] = '\0';
	if (!stream)
		return;
	(void)fputs("usage: ", stream);
	write_usage(stream, program, command);
	(void)fprintf(stream, "%s%s%s --help says more\n", program, command ? " " : "",
		      command ? command->name : "");
	(void)fclose(stream);
}

int help_print_usage(const char *program, const struct command *command, struct error *err)
{
	char usage[256];

	help_usage(program, command, usage, sizeof(usage));
	return output_print(usage, err);
}
