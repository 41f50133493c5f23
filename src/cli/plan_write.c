/*
 * plan_write.c - see plan_write.h.
 *
 *   tare, on the host:
 *      8  make the cgroup    directory="/sys/fs/cgroup/tare-ID"  <- /linux/cgroupsPath
 * (config.json:9:4)
 */
#include "cli/plan_write.h"
#include "cli/buffer.h"

#include <string.h>

/* Origins stand in one column, as far as the arguments before them let them. */
enum { ARGUMENTS_MOST = 64 };

/* ---- text */

/* "/mounts/3 (config.json:41:3)" */
static void write_origin(FILE *to, const struct plan *plan, const struct plan_step *step)
{
	buffer_print_whole(to, BUFFER_TERMINAL, step->pointer);
	if (step->line == 0)
		return;
	(void)fputs(" (", to);
	buffer_print_whole(to, BUFFER_TERMINAL, plan->file);
	(void)fprintf(to, ":%u:%u)", step->line, step->column);
}

static int name_width(const struct plan *plan, bool inside)
{
	size_t width = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const size_t len = strlen(plan->steps[i].name);

		if (plan->steps[i].inside == inside && len > width)
			width = len;
	}
	return (int)width;
}

/* Arguments, and the origin if there is one. */
static void write_rest(FILE *to, const struct plan *plan, const struct plan_step *step)
{
	const long begin = ftell(to);
	long used;

	describe_print(&step->about, to);
	if (step->pointer[0] == '\0')
		return;
	used = ftell(to) - begin;
	(void)fprintf(to, "%*s  <- ", used < ARGUMENTS_MOST ? (int)(ARGUMENTS_MOST - used) : 0, "");
	write_origin(to, plan, step);
}

static void write_side(FILE *to, const struct plan *plan, bool inside)
{
	const int width = name_width(plan, inside);
	unsigned last = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->inside != inside)
			continue;
		if (step->number == last)
			(void)fprintf(to, "%4s  %-*s", "", width, "");
		else if (step->about.count > 0 || step->pointer[0] != '\0')
			(void)fprintf(to, "%4u  %-*s", step->number, width, step->name);
		else
			(void)fprintf(to, "%4u  %s", step->number, step->name);
		last = step->number;
		write_rest(to, plan, step);
		(void)fputc('\n', to);
	}
}

void plan_write_text(FILE *to, const struct plan *plan)
{
	(void)fputs("tare, on the host:\n", to);
	write_side(to, plan, false);
	(void)fputs("\ntare-init, inside:\n", to);
	write_side(to, plan, true);
}

/* ---- JSON */

static void write_string(FILE *to, const char *text)
{
	(void)fputc('"', to);
	buffer_print_whole(to, BUFFER_JSON, text);
	(void)fputc('"', to);
}

static void write_value(FILE *to, const struct argument *argument)
{
	if (argument->form == ARGUMENT_NUMBER) {
		(void)fputs(argument->text, to);
		return;
	}
	if (argument->form != ARGUMENT_LIST) {
		write_string(to, argument->text);
		return;
	}
	(void)fputc('[', to);
	for (size_t i = 0; i < argument->count; i++) {
		if (i > 0)
			(void)fputc(',', to);
		if (argument->items[i])
			write_string(to, argument->items[i]);
		else
			(void)fputs("null", to);
	}
	(void)fputc(']', to);
}

static void write_json_origin(FILE *to, const struct plan *plan, const struct plan_step *step)
{
	if (step->pointer[0] == '\0') {
		(void)fputs("null", to);
		return;
	}
	(void)fputs("{\"pointer\":", to);
	write_string(to, step->pointer);
	(void)fputs(",\"file\":", to);
	write_string(to, plan->file);
	if (step->line > 0)
		(void)fprintf(to, ",\"line\":%u,\"column\":%u", step->line, step->column);
	(void)fputc('}', to);
}

static void write_step(FILE *to, const struct plan *plan, const struct plan_step *step)
{
	(void)fprintf(to, "{\"number\":%u,\"where\":\"%s\",\"step\":\"%s\",\"title\":\"%s\"",
		      step->number, step->inside ? "inside" : "host", step->name, step->title);
	(void)fputs(",\"arguments\":{", to);
	for (size_t i = 0; i < step->about.count; i++) {
		(void)fprintf(to, "%s\"%s\":", i > 0 ? "," : "", step->about.items[i].name);
		write_value(to, &step->about.items[i]);
	}
	(void)fputs("},\"origin\":", to);
	write_json_origin(to, plan, step);
	(void)fputc('}', to);
}

void plan_write_json(FILE *to, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		(void)fputs(i > 0 ? ",\n" : "[\n", to);
		write_step(to, plan, &plan->steps[i]);
	}
	(void)fputs(plan->count > 0 ? "\n]\n" : "[]\n", to);
}

/* ---- differences */

static void write_name(FILE *to, char mark, const struct plan_step *step)
{
	(void)fprintf(to, "%c %-6s  %s", mark, step->inside ? "inside" : "host", step->name);
}

static void write_line(FILE *to, char mark, const struct plan *plan, const struct plan_step *step)
{
	write_name(to, mark, step);
	describe_print(&step->about, to);
	if (step->pointer[0] != '\0') {
		(void)fputs("  <- ", to);
		write_origin(to, plan, step);
	}
	(void)fputc('\n', to);
}

static const struct argument *find(const struct plan_step *step, const char *name)
{
	for (size_t i = 0; i < step->about.count; i++) {
		if (strcmp(step->about.items[i].name, name) == 0)
			return &step->about.items[i];
	}
	return NULL;
}

/* NULL: on that side there is none. */
static void write_argument_change(FILE *to, const char *name, const struct argument *before,
				  const struct argument *after)
{
	(void)fprintf(to, "      %s: ", name);
	if (before)
		describe_print_value(before, to);
	else
		(void)fputs("none", to);
	(void)fputs(" -> ", to);
	if (after)
		describe_print_value(after, to);
	else
		(void)fputs("none", to);
	(void)fputc('\n', to);
}

/* What is the same stands behind the name of the step, what is not on lines of its own. */
static void write_change(FILE *to, const struct plan_comparison *c,
			 const struct plan_difference *difference)
{
	const struct plan_step *before = difference->before, *after = difference->after;

	write_name(to, '~', after);
	for (size_t i = 0; i < after->about.count; i++) {
		const struct argument *argument = &after->about.items[i];
		const struct argument *was = find(before, argument->name);

		if (was && describe_same(was, argument)) {
			const struct description one = { .items = &after->about.items[i],
							 .count = 1 };

			describe_print(&one, to);
		}
	}
	(void)fputc('\n', to);
	for (size_t i = 0; i < before->about.count; i++) {
		const struct argument *argument = &before->about.items[i];
		const struct argument *is = find(after, argument->name);

		if (!is || !describe_same(argument, is))
			write_argument_change(to, argument->name, argument, is);
	}
	for (size_t i = 0; i < after->about.count; i++) {
		if (!find(before, after->about.items[i].name))
			write_argument_change(to, after->about.items[i].name, NULL,
					      &after->about.items[i]);
	}
	(void)fputs("      <- ", to);
	write_origin(to, c->before, before);
	(void)fputs(before->pointer[0] ? " -> " : "none -> ", to);
	if (after->pointer[0] == '\0')
		(void)fputs("none", to);
	write_origin(to, c->after, after);
	(void)fputc('\n', to);
}

void plan_write_diff_text(FILE *to, const struct plan_comparison *c)
{
	size_t counts[3] = { 0 };

	if (c->differences.count == 0) {
		(void)fputs("no difference in effect\n", to);
		return;
	}
	(void)fputs("--- ", to);
	buffer_print_whole(to, BUFFER_TERMINAL, c->before->file);
	(void)fputs("\n+++ ", to);
	buffer_print_whole(to, BUFFER_TERMINAL, c->after->file);
	(void)fputc('\n', to);
	for (size_t i = 0; i < c->differences.count; i++) {
		const struct plan_difference *difference = &c->differences.items[i];

		counts[difference->change]++;
		if (difference->change == PLAN_CHANGED)
			write_change(to, c, difference);
		else if (difference->change == PLAN_REMOVED)
			write_line(to, '-', c->before, difference->before);
		else
			write_line(to, '+', c->after, difference->after);
	}
	(void)fprintf(to, "%zu removed, %zu added, %zu changed\n", counts[PLAN_REMOVED],
		      counts[PLAN_ADDED], counts[PLAN_CHANGED]);
}

void plan_write_diff_json(FILE *to, const struct plan_comparison *c)
{
	static const char *const words[] = {
		[PLAN_REMOVED] = "removed", [PLAN_ADDED] = "added", [PLAN_CHANGED] = "changed"
	};

	for (size_t i = 0; i < c->differences.count; i++) {
		const struct plan_difference *difference = &c->differences.items[i];

		(void)fprintf(to, "%s{\"change\":\"%s\",\"before\":", i > 0 ? ",\n" : "[\n",
			      words[difference->change]);
		if (difference->before)
			write_step(to, c->before, difference->before);
		else
			(void)fputs("null", to);
		(void)fputs(",\"after\":", to);
		if (difference->after)
			write_step(to, c->after, difference->after);
		else
			(void)fputs("null", to);
		(void)fputc('}', to);
	}
	(void)fputs(c->differences.count > 0 ? "\n]\n" : "[]\n", to);
}
