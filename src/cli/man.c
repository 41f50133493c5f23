/* man.c - see man.h. */
#include "cli/man.h"

#include "cli/options.h"
#include "cli/output.h"
#include "cli/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What roff would take for its own: a dot or quote that begins a line, backslashes, hyphens. */
static void write_text(FILE *to, const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			(void)fputs("\\&", to);
		if (*text == '\\')
			(void)fputs("\\e", to);
		else if (*text == '-')
			(void)fputs("\\-", to);
		else
			(void)fputc(*text, to);
		begins = *text == '\n';
	}
}

static void write_options(FILE *to, const char *title, const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (!options_applies(&table[i], command))
			continue;
		if (!any)
			(void)fprintf(to, ".SH %s\n", title);
		any = true;
		(void)fputs(".TP\n", to);
		for (const char *letter = table[i].letters; *letter; letter++)
			(void)fprintf(to, "\\fB\\-%c\\fR, ", *letter);
		(void)fputs("\\fB\\-\\-", to);
		write_text(to, table[i].name);
		(void)fputs("\\fR", to);
		if (table[i].argument)
			(void)fprintf(to, " \\fI%s\\fR", table[i].argument);
		(void)fputc('\n', to);
		write_text(to, table[i].help);
		(void)fputs(".\n", to);
	}
}

static void write_program(FILE *to)
{
	(void)fprintf(to,
		      ".TH TARE 1 \"\" \"tare %s\" \"tare\"\n.SH NAME\ntare \\- run containers\n",
		      version_number());
	(void)fputs(
	    ".SH SYNOPSIS\n\\fBtare\\fR [\\fIglobal options\\fR] \\fICOMMAND\\fR "
	    "[\\fIoptions\\fR] [\\fIarguments\\fR]\n.SH DESCRIPTION\n"
	    "A runtime for OCI bundles: it reads the config.json of a bundle, sets up the "
	    "namespaces, mounts, limits and filters that it asks for, and starts the program in "
	    "there. If that is not possible, it says which line is the reason.\n"
	    ".SH COMMANDS\n",
	    to);
	for (size_t i = 0; commands_at(i); i++) {
		(void)fprintf(to, ".TP\n\\fB%s\\fR\n", commands_at(i)->name);
		write_text(to, commands_at(i)->summary);
		(void)fprintf(to, ": see \\fBtare\\-%s\\fR(1).\n", commands_at(i)->name);
	}
	write_options(to, "GLOBAL OPTIONS", NULL);
	(void)fputs(
	    ".SH EXIT STATUS\nThat of the program for \\fBrun\\fR, \\fBexec\\fR and "
	    "\\fBrestore\\fR, or 128 and the number of the signal that ended it; 255 if "
	    "\\fBexec\\fR could not start it; 1 for other failures.\n"
	    ".SH FILES\n.TP\n\\fI/run/tare\\fR\nThe states of containers, unless \\-\\-root says "
	    "otherwise.\n.SH SEE ALSO\n\\fBpodman\\fR(1), \\fBcontainerd\\fR(8), "
	    "\\fBrunc\\fR(8)\n",
	    to);
}

static void write_command(FILE *to, const struct command *command)
{
	(void)fputs(".TH \"TARE\\-", to);
	for (const char *c = command->name; *c; c++)
		(void)fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, to);
	(void)fprintf(to, "\" 1 \"\" \"tare %s\" \"tare\"\n.SH NAME\ntare\\-%s \\- ",
		      version_number(), command->name);
	write_text(to, command->summary);
	(void)fprintf(to, "\n.SH SYNOPSIS\n\\fBtare %s\\fR [\\fIoptions\\fR]%s", command->name,
		      command->operands[0] ? " " : "");
	write_text(to, command->operands);
	(void)fputs("\n.SH DESCRIPTION\n", to);
	write_text(to, command->details);
	write_options(to, "OPTIONS", command->name);
	write_options(to, "GLOBAL OPTIONS", NULL);
	(void)fputs(".SH SEE ALSO\n\\fBtare\\fR(1)\n", to);
}

static int write_page(FILE *to, const void *data, struct error *err)
{
	const struct command *command = *(const struct command *const *)data;

	(void)err;
	if (command)
		write_command(to, command);
	else
		write_program(to);
	return 0;
}

int man_print(const struct command *command, struct error *err)
{
	return output_written(write_page, &command, err);
}
