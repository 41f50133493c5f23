/* cmd_check.c - tare check: all that is wrong with a bundle, as text or JSON. */
#include "cli/buffer.h"
#include "cli/commands.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>

#define ERROR_CODE CODE_OUTPUT

static const char *severity(const struct problem *p)
{
	return p->severity == PROBLEM_ERROR ? "error" : "warning";
}

static void write_text(FILE *to, const char *file, const struct problem *p)
{
	buffer_print_escaped(to, BUFFER_TERMINAL, file);
	if (p->line > 0)
		(void)fprintf(to, ":%u:%u", p->line, p->column);
	(void)fprintf(to, ": %s: ", severity(p));
	buffer_print_escaped(to, BUFFER_TERMINAL, p->pointer[0] ? p->pointer : "the document");
	(void)fputs(": ", to);
	buffer_print_escaped(to, BUFFER_TERMINAL, p->message);
	(void)fprintf(to, " [%s]", codes_at(p->code)->name);
	if (p->hint) {
		(void)fputs("\n  hint: ", to);
		buffer_print_escaped(to, BUFFER_TERMINAL, p->hint);
	}
	(void)fputc('\n', to);
}

static void write_member(FILE *to, const char *name, const char *value)
{
	(void)fprintf(to, "\"%s\":\"", name);
	buffer_print_escaped(to, BUFFER_JSON, value);
	(void)fputc('"', to);
}

static void write_json(FILE *to, const char *file, const struct problem *p)
{
	(void)fputc('{', to);
	write_member(to, "severity", severity(p));
	(void)fputc(',', to);
	write_member(to, "pointer", p->pointer);
	(void)fputc(',', to);
	write_member(to, "file", file);
	if (p->line > 0)
		(void)fprintf(to, ",\"line\":%u,\"column\":%u", p->line, p->column);
	(void)fputc(',', to);
	write_member(to, "code", codes_at(p->code)->name);
	(void)fputc(',', to);
	write_member(to, "message", p->message);
	if (p->hint) {
		(void)fputc(',', to);
		write_member(to, "hint", p->hint);
	}
	(void)fputc('}', to);
}

struct found {
	const char *file;
	const struct problems *problems;
};

static void write_count(FILE *to, size_t count, const char *what, const char *behind)
{
	(void)fprintf(to, "%zu %s%s%s", count, what, count == 1 ? "" : "s", behind);
}

static int write_all_text(FILE *to, const void *data, struct error *err)
{
	const struct found *found = data;

	(void)err;
	for (const struct problem *p = found->problems->first; p; p = p->next)
		write_text(to, found->file, p);
	write_count(to, found->problems->errors, "error", ", ");
	write_count(to, found->problems->warnings, "warning", "\n");
	return 0;
}

static int write_all_json(FILE *to, const void *data, struct error *err)
{
	const struct found *found = data;
	const char *comma = "";

	(void)err;
	(void)fputc('[', to);
	for (const struct problem *p = found->problems->first; p; p = p->next, comma = ",") {
		(void)fputs(comma, to);
		write_json(to, found->file, p);
	}
	(void)fputs("]\n", to);
	return 0;
}

/* What was found is the result, on standard output: nothing of it is repeated as a warning. */
int cmd_check(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	struct problems *problems = &report->problems;
	const struct found found = { args->container.config, problems };
	bool failed;
	int ret;

	if (args->check_host && args->count > 0)
		return error_set(err, EINVAL, NULL,
				 "--host is about this machine, and takes no bundle");
	if (args->check_host)
		return cmd_check_host(args, err);
	if (args->count > 0)
		options.bundle = args->positionals[0];
	ret = container_check(&options, report, err);
	if (ret == 0)
		ret = output_written(args->json ? write_all_json : write_all_text, &found, err);
	failed = problems->errors > 0 || (args->strict && problems->warnings > 0);
	problems_free(problems);
	problems_init(problems);
	return ret < 0 ? ret : failed;
}
