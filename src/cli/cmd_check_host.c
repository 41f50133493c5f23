/* cmd_check_host.c - tare check --host: what this machine offers and lacks, as text or JSON. */
#include "cli/buffer.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "container/survey.h"

#include <stdio.h>
#include <string.h>

struct listing {
	FILE *to;
	bool json;
	size_t count, lacks, fails;
	char area[32]; /* of the last row */
};

static const char *const words[] = {
	[SURVEY_HAS] = "has", [SURVEY_LACKS] = "lacks", [SURVEY_FAILS] = "fails"
};

static void put_member(FILE *to, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	(void)fprintf(to, ",\"%s\":\"", name);
	buffer_print_escaped(to, BUFFER_JSON, value);
	(void)fputc('"', to);
}

static void take_json(struct listing *l, const struct survey_row *row)
{
	(void)fprintf(l->to, "%s\n{\"area\":\"%s\"", l->count > 1 ? "," : "", row->area);
	put_member(l->to, "name", row->name);
	put_member(l->to, "status", words[row->status]);
	put_member(l->to, "value", row->value);
	put_member(l->to, "effect", row->effect);
	put_member(l->to, "remedy", row->remedy);
	(void)fputc('}', l->to);
}

static void take_text(struct listing *l, const struct survey_row *row)
{
	static const char *const marks[] = {
		[SURVEY_HAS] = "+", [SURVEY_LACKS] = "-", [SURVEY_FAILS] = "!"
	};

	const char *said = row->effect ? row->effect : row->value;

	if (strcmp(l->area, row->area) != 0)
		(void)fprintf(l->to, "%s%s\n", l->count > 1 ? "\n" : "", row->area);
	(void)snprintf(l->area, sizeof(l->area), "%s", row->area);
	(void)fprintf(l->to, said[0] ? "  %s %-24s " : "  %s %s", marks[row->status], row->name);
	buffer_print_escaped(l->to, BUFFER_TERMINAL, said);
	(void)fputc('\n', l->to);
	if (row->remedy)
		(void)fprintf(l->to, "    to have it: %s\n", row->remedy);
}

static void take(void *data, const struct survey_row *row)
{
	struct listing *l = data;

	l->count++;
	l->lacks += row->status == SURVEY_LACKS;
	l->fails += row->status == SURVEY_FAILS;
	(l->json ? take_json : take_text)(l, row);
}

static int write_survey(FILE *to, const void *data, struct error *err)
{
	struct listing *l = *(struct listing *const *)data;
	int rc;

	l->to = to;
	if (l->json)
		(void)fputc('[', to);
	rc = survey_run(take, l, err);
	(void)(l->json ? fputs("]\n", to)
		       : fprintf(to, "\n%zu there, %zu lacking, %zu without which nothing starts\n",
				 l->count - l->lacks - l->fails, l->lacks, l->fails));
	return rc;
}

int cmd_check_host(const struct arguments *args, struct error *err)
{
	struct listing l = { .json = args->json };
	int rc = output_written(write_survey, &(struct listing *){ &l }, err);

	return rc < 0 ? rc : l.fails > 0 || (args->strict && l.lacks > 0);
}
