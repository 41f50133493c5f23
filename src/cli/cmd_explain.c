/* cmd_explain.c - tare explain: what an error code means and what to do, or the list of all. */
#include "base/codes.h"
#include "base/nearest.h"
#include "cli/buffer.h"
#include "cli/commands.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE CODE_OUTPUT

enum { WIDTH = 80, TEXT_MOST = 2000 };

/* Words, broken into lines; `used` columns of the first are taken already. */
static void write_wrapped(FILE *to, const char *text, size_t used)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, " ");

		if (used > 0 && used + 1 + len > WIDTH) {
			(void)fputc('\n', to);
			used = 0;
		}
		(void)fprintf(to, "%s%.*s", used > 0 ? " " : "", (int)len, text);
		used += len + (used > 0 ? 1 : 0);
		text += len;
		text += strspn(text, " ");
	}
	(void)fputc('\n', to);
}

static void write_code(FILE *to, const struct code *code)
{
	static const char advice[] = "What to do:";

	(void)fprintf(to, "%s: %s\n\n", code->name, code->title);
	write_wrapped(to, code->text, 0);
	(void)fprintf(to, "\n%s", advice);
	write_wrapped(to, code->advice, strlen(advice));
}

static void write_list(FILE *to)
{
	for (size_t i = CODE_NONE + 1; i < CODE_COUNT; i++) {
		const struct code *code = codes_at((enum error_code)i);

		(void)fprintf(to, "%-24s%s\n", code->name, code->title);
	}
}

static void write_member(FILE *to, const char *before, const char *name, const char *value)
{
	struct buffer safe;

	buffer_clear(&safe);
	buffer_add_escaped(&safe, BUFFER_JSON, value, TEXT_MOST);
	(void)fprintf(to, "%s\"%s\":\"%s\"", before, name, safe.data);
}

static void write_object(FILE *to, const struct code *code)
{
	write_member(to, "{", "code", code->name);
	write_member(to, ",", "title", code->title);
	write_member(to, ",", "text", code->text);
	write_member(to, ",", "advice", code->advice);
	(void)fputc('}', to);
}

static void write_json(FILE *to, enum error_code wanted)
{
	const char *separator = "[";

	if (wanted != CODE_NONE)
		write_object(to, codes_at(wanted));
	for (size_t i = CODE_NONE + 1; wanted == CODE_NONE && i < CODE_COUNT; i++) {
		(void)fputs(separator, to);
		write_object(to, codes_at((enum error_code)i));
		separator = ",\n";
	}
	(void)fputs(wanted == CODE_NONE ? "]\n" : "\n", to);
}

static int unknown(const char *name, struct error *err)
{
	struct nearest nearest = { .word = name };

	for (size_t i = CODE_NONE + 1; i < CODE_COUNT; i++)
		nearest_offer(&nearest, codes_at((enum error_code)i)->name);
	(void)error_set(err, EINVAL, NULL, "there is no error code \"%.64s\"", name);
	error_refine(err, CODE_UNKNOWN_CODE);
	if (nearest.best[0])
		error_add_hint(err, "did you mean %s?", nearest.best);
	return -EINVAL;
}

/* `data`: the code, CODE_NONE for all of them. */
static int write_as_json(FILE *to, const void *data, struct error *err)
{
	(void)err;
	write_json(to, *(const enum error_code *)data);
	return 0;
}

static int write_as_text(FILE *to, const void *data, struct error *err)
{
	const enum error_code code = *(const enum error_code *)data;

	(void)err;
	if (code == CODE_NONE)
		write_list(to);
	else
		write_code(to, codes_at(code));
	return 0;
}

int cmd_explain(const struct arguments *args, struct container_report *report, struct error *err)
{
	enum error_code code = CODE_NONE;

	(void)report;
	if (args->count > 0) {
		code = codes_find(args->positionals[0]);
		if (code == CODE_NONE)
			return unknown(args->positionals[0], err);
	}
	return output_written(args->json ? write_as_json : write_as_text, &code, err);
}
