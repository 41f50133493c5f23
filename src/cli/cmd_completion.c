/*
 * cmd_completion.c - tare completion SHELL: a script for its completion, from the tables of
 * commands and options. Ids come from `tare list --quiet`.
 */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE CODE_OPTION_VALUE

static void write_names(FILE *to, const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	for (size_t i = 0; i < count; i++) {
		if (options_applies(&table[i], command))
			(void)fprintf(to, " --%s", table[i].name);
	}
}

static bool takes_id(const struct command *command)
{
	return strncmp(command->operands, "ID", 2) == 0;
}

static void write_bash(FILE *to)
{
	(void)fputs("# completion of tare for bash\n"
		    "_tare() {\n"
		    "\tlocal word=${COMP_WORDS[COMP_CWORD]} command= i\n"
		    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		    "\t\tcase ${COMP_WORDS[i]} in\n"
		    "\t\t-*) ;;\n"
		    "\t\t*) command=${COMP_WORDS[i]} && break ;;\n"
		    "\t\tesac\n"
		    "\tdone\n"
		    "\tlocal options= ids=\n"
		    "\tcase $command in\n",
		    to);
	for (size_t i = 0; commands_at(i); i++) {
		(void)fprintf(to, "\t%s) options=\"", commands_at(i)->name);
		write_names(to, commands_at(i)->name);
		(void)fprintf(to, "\"%s ;;\n", takes_id(commands_at(i)) ? " ids=1" : "");
	}
	(void)fputs("\t'') options=\"", to);
	for (size_t i = 0; commands_at(i); i++)
		(void)fprintf(to, " %s", commands_at(i)->name);
	(void)fputs("\" ;;\n\tesac\n\toptions+=\"", to);
	write_names(to, NULL);
	(void)fputs("\"\n"
		    "\t[ -z \"$ids\" ] || options+=\" $(command tare list --quiet 2>/dev/null)\"\n"
		    "\tCOMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
		    "}\n"
		    "complete -o default -F _tare tare\n",
		    to);
}

/* zsh quotes by a doubled apostrophe outside, brackets and colons by a backslash. */
static void write_zsh_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", to);
		else if (strchr("[]:\\", *text))
			(void)fprintf(to, "\\%c", *text);
		else
			(void)fputc(*text, to);
	}
}

static void write_zsh_options(FILE *to, const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	for (size_t i = 0; i < count; i++) {
		if (!options_applies(&table[i], command))
			continue;
		(void)fprintf(to, " '--%s%s[", table[i].name, table[i].argument ? "=" : "");
		write_zsh_text(to, table[i].help);
		(void)fputc(']', to);
		if (table[i].argument) {
			(void)fputc(':', to);
			write_zsh_text(to, table[i].argument);
			(void)fputs(":_files", to);
		}
		(void)fputc('\'', to);
	}
}

static void write_zsh(FILE *to)
{
	(void)fputs(
	    "#compdef tare\n"
	    "_tare_ids() { compadd -- ${(f)\"$(command tare list --quiet 2>/dev/null)\"} }\n"
	    "_tare_commands() {\n"
	    "\tlocal -a commands=(\n",
	    to);
	for (size_t i = 0; commands_at(i); i++) {
		(void)fprintf(to, "\t\t'%s:", commands_at(i)->name);
		write_zsh_text(to, commands_at(i)->summary);
		(void)fputs("'\n", to);
	}
	(void)fputs("\t)\n\t_describe command commands\n}\n_tare() {\n"
		    "\tlocal line state\n\t_arguments -C",
		    to);
	write_zsh_options(to, NULL);
	(void)fputs(" '1:command:_tare_commands' '*::arguments:->rest'\n"
		    "\t[ \"$state\" = rest ] || return\n\tcase $line[1] in\n",
		    to);
	for (size_t i = 0; commands_at(i); i++) {
		(void)fprintf(to, "\t%s) _arguments", commands_at(i)->name);
		write_zsh_options(to, commands_at(i)->name);
		(void)fprintf(to, "%s ;;\n",
			      takes_id(commands_at(i)) ? " '1:container:_tare_ids' '*:file:_files'"
						       : " '*:file:_files'");
	}
	(void)fputs("\tesac\n}\n_tare \"$@\"\n", to);
}

static void write_fish_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			(void)fputc('\\', to);
		(void)fputc(*text, to);
	}
}

static void write_fish_options(FILE *to, const char *command)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	for (size_t i = 0; i < count; i++) {
		if (!options_applies(&table[i], command))
			continue;
		(void)fputs("complete -c tare", to);
		if (command)
			(void)fprintf(to, " -n '__fish_seen_subcommand_from %s'", command);
		for (const char *letter = table[i].letters; *letter; letter++)
			(void)fprintf(to, " -s '%c'", *letter);
		(void)fprintf(to, " -l %s%s -d '", table[i].name, table[i].argument ? " -r" : "");
		write_fish_text(to, table[i].help);
		(void)fputs("'\n", to);
	}
}

static void write_fish(FILE *to)
{
	(void)fputs("# completion of tare for fish\n", to);
	for (size_t i = 0; commands_at(i); i++) {
		(void)fprintf(to, "complete -c tare -n __fish_use_subcommand -f -a %s -d '",
			      commands_at(i)->name);
		write_fish_text(to, commands_at(i)->summary);
		(void)fputs("'\n", to);
	}
	write_fish_options(to, NULL);
	for (size_t i = 0; commands_at(i); i++) {
		write_fish_options(to, commands_at(i)->name);
		if (takes_id(commands_at(i)))
			(void)fprintf(to,
				      "complete -c tare -n '__fish_seen_subcommand_from %s' -f -a "
				      "'(tare list --quiet 2>/dev/null)'\n",
				      commands_at(i)->name);
	}
}

static const struct shell {
	const char *name;
	void (*write)(FILE *to);
} shells[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };

static int write_script(FILE *to, const void *shell, struct error *err)
{
	(void)err;
	((const struct shell *)shell)->write(to);
	return 0;
}

int cmd_completion(const struct arguments *args, struct container_report *report, struct error *err)
{
	(void)report; /* nothing to warn of */
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(args->positionals[0], shells[i].name) == 0)
			return output_written(write_script, &shells[i], err);
	}
	(void)error_set(err, EINVAL, NULL, "there is no completion for the shell \"%s\"",
			args->positionals[0]);
	error_add_hint(err, "the shells are bash, zsh and fish");
	return -EINVAL;
}
