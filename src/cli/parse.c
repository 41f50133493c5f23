/* parse.c - see parse.h. */
#include "cli/parse.h"

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/options.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_USAGE

struct parser {
	struct arguments *args;
	char **argv;
	int argc;
	int next; /* the argument to look at */
	bool options_ended;
	struct error *err;
};

static const char *command_name(const struct parser *p)
{
	return p->args->command ? p->args->command->name : NULL;
}

/* The program and its symbolic links: each name has its own default directory of states. */
static const char *program_name(const char *argv0)
{
	static const char *const names[] = { "runc", "crun" };
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *base = slash ? slash + 1 : argv0;

	for (size_t i = 0; base && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(base, names[i]) == 0)
			return names[i];
	}
	return "tare";
}

/* An option of another command gets a better hint than a similar name. */
static int unknown_option(const struct parser *p, const char *token)
{
	const char *command = command_name(p);
	const char *word = token + strspn(token, "-");
	size_t count = 0, len = strcspn(word, "=");
	const struct option *table = options_table(&count);
	char name[64] = "";
	struct nearest nearest = { .word = name };

	if (len < sizeof(name))
		memcpy(name, word, len);
	for (size_t i = 0; i < count; i++) {
		if (options_applies(&table[i], NULL) ||
		    (command && options_applies(&table[i], command)))
			nearest_offer(&nearest, table[i].name);
	}
	(void)error_set(p->err, EINVAL, NULL, "unknown option %.*s",
			(int)(len + (size_t)(word - token)), token);
	error_refine(p->err, CODE_UNKNOWN_OPTION);
	for (size_t i = 0; !command && i < count; i++) {
		if (table[i].commands && strcmp(table[i].name, name) == 0)
			error_add_hint(p->err, "--%s goes behind the command (%s)", name,
				       table[i].commands);
	}
	if (nearest.best[0])
		error_add_hint(p->err, "did you mean --%s?", nearest.best);
	return -EINVAL;
}

/* `value` is what follows "=", or NULL; then an option that needs one takes the next argument. */
static int take_option(struct parser *p, const struct option *option, const char *value)
{
	if (!value && option->argument) {
		if (p->next == p->argc)
			return error_set(p->err, EINVAL, NULL, "flag needs an argument: --%s",
					 option->name);
		value = p->argv[p->next++];
	}
	return options_apply(option, p->args, value, p->err);
}

static int take_cluster(struct parser *p, const char *token, const char *value)
{
	size_t len = strcspn(token + 1, "=");

	for (size_t i = 1; i <= len; i++) {
		const struct option *option = options_find_letter(command_name(p), token[i]);

		if (!option || (i < len && option->argument))
			return unknown_option(p, token);
	}
	for (size_t i = 1; i <= len; i++) {
		const struct option *option = options_find_letter(command_name(p), token[i]);
		int ret = take_option(p, option, i == len ? value : NULL);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_option_token(struct parser *p, const char *token)
{
	const char *name = token + (token[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct option *option = options_find(command_name(p), name, len);

	if (option)
		return take_option(p, option, value);
	if (token[1] == '-' || len == 0)
		return unknown_option(p, token);
	return take_cluster(p, token, value);
}

static int take_command(struct parser *p, const char *name)
{
	struct nearest nearest = { .word = name };

	p->args->command = commands_find(name);
	if (p->args->command)
		return 0;
	for (size_t i = 0; commands_at(i); i++)
		nearest_offer(&nearest, commands_at(i)->name);
	(void)error_set(p->err, EINVAL, NULL, "unknown command \"%s\"", name);
	error_refine(p->err, CODE_UNKNOWN_COMMAND);
	if (nearest.best[0])
		error_add_hint(p->err, "did you mean %s?", nearest.best);
	return -EINVAL;
}

static int take_token(struct parser *p)
{
	char *token = p->argv[p->next++];

	if (!p->options_ended && strcmp(token, "--") == 0) {
		p->options_ended = true;
		return 0;
	}
	if (!p->options_ended && token[0] == '-' && token[1] != '\0')
		return take_option_token(p, token);
	if (!p->args->command)
		return take_command(p, token);
	p->args->positionals[p->args->count++] = token;
	if (p->args->command->max == COMMAND_REST)
		p->options_ended = true;
	return 0;
}

static int check_count(const struct arguments *args, struct error *err)
{
	const struct command *command = args->command;
	int min = command ? command->min : 0;

	if (!command || args->help || args->usage || args->version)
		return 0;
	if (args->exec.process_file)
		min = 1; /* the file says what is to be run */
	if (args->count < min)
		return error_set(err, EINVAL, NULL, "%s is missing", command->operands);
	if (args->count > command->max)
		return error_set(err, EINVAL, NULL, "unexpected argument \"%s\"",
				 args->positionals[command->max]);
	return 0;
}

int parse_arguments(struct arguments *args, int argc, char **argv, struct error *err)
{
	struct parser p = { .args = args, .argv = argv, .argc = argc, .next = 1, .err = err };

	memset(args, 0, sizeof(*args));
	args->program = program_name(argc > 0 ? argv[0] : NULL);
	args->list_max = (size_t)argc;
	args->positionals = argv + (argc > 0 ? 1 : 0);
	while (p.next < argc) {
		int ret = take_token(&p);

		if (ret < 0)
			return ret;
	}
	return check_count(args, err);
}

void parse_free(struct arguments *args)
{
	arena_free(&args->arena);
}
