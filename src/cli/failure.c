/* failure.c - see failure.h. */
#include "cli/failure.h"

#include <stdio.h>
#include <string.h>

/* Bytes each part may take at most: whatever they hold, one finding fits into a buffer. */
#define MAX_MESSAGE 1200
#define MAX_POINTER 400
#define MAX_FILE    300
#define MAX_HINT    600
#define MAX_WORD    80

/* What stays free while mistakes are listed, for the end of the text or of the object. */
#define CLOSING_ROOM 300

static bool is_empty(const char *text)
{
	return !text || text[0] == '\0';
}

const struct problem *failure_next_mistake(const struct problem *problem)
{
	while (problem && problem->severity != PROBLEM_ERROR)
		problem = problem->next;
	return problem;
}

struct finding failure_from_error(const struct error *err, const char *config)
{
	struct finding finding = {
		.message = err->message,
		.code = codes_at(err->code)->name,
		.pointer = err->pointer,
		.file = is_empty(err->file) ? config : err->file,
		.line = err->line,
		.column = err->column,
		.step = err->step,
		.syscall = err->syscall,
		.hint = err->hint,
		.errnum = err->errnum,
	};

	return finding;
}

struct finding failure_from_problem(const struct problem *problem, const char *config)
{
	struct finding finding = {
		.message = problem->message,
		.code = codes_at(problem->code)->name,
		.pointer = problem->pointer,
		.file = config,
		.line = problem->line,
		.column = problem->column,
		.hint = problem->hint,
	};

	return finding;
}

static bool has_several(const struct failure *failure)
{
	return failure->problems && failure->problems->errors > 1;
}

/*
 * The one line that engines match. A mistake in the config is led by its pointer, as its message
 * does not say where it is; other messages name the object themselves.
 */
static void add_headline(const struct failure *failure, enum buffer_escape escape,
			 struct buffer *out)
{
	const struct finding *finding = &failure->finding;
	char count[64];

	(void)buffer_add(out, failure->context);
	if (has_several(failure)) {
		buffer_add_escaped(out, escape, finding->file, MAX_FILE);
		(void)snprintf(count, sizeof(count),
			       " has %zu mistakes, the first: ", failure->problems->errors);
		(void)buffer_add(out, count);
	} else if (failure->problems &&
		   is_empty(finding->pointer)) { /* the message goes on from it */
		buffer_add_escaped(out, escape, finding->file, MAX_FILE);
		(void)buffer_add(out, " ");
	}
	if (failure->problems && !is_empty(finding->pointer)) {
		buffer_add_escaped(out, escape, finding->pointer, MAX_POINTER);
		(void)buffer_add(out, ": ");
	}
	buffer_add_escaped(out, escape, finding->message, MAX_MESSAGE);
}

/* "config.json:41:17", or as much of it as is known. */
static void add_location(const struct finding *finding, enum buffer_escape escape,
			 struct buffer *out)
{
	char place[32];

	buffer_add_escaped(out, escape, finding->file, MAX_FILE);
	if (finding->line == 0)
		return;
	(void)snprintf(place, sizeof(place), ":%u:%u", finding->line, finding->column);
	(void)buffer_add(out, place);
}

/* "/mounts/3/source (config.json:41:17)"; false if nothing is known. */
static bool add_place(const struct finding *finding, struct buffer *out)
{
	if (is_empty(finding->pointer)) {
		if (finding->line > 0)
			add_location(finding, BUFFER_TERMINAL, out);
		return finding->line > 0;
	}
	buffer_add_escaped(out, BUFFER_TERMINAL, finding->pointer, MAX_POINTER);
	if (is_empty(finding->file))
		return true;
	(void)buffer_add(out, " (");
	add_location(finding, BUFFER_TERMINAL, out);
	(void)buffer_add(out, ")");
	return true;
}

static void add_hint(const struct finding *finding, struct buffer *out)
{
	if (is_empty(finding->hint))
		return;
	(void)buffer_add(out, "  hint:   ");
	buffer_add_escaped(out, BUFFER_TERMINAL, finding->hint, MAX_HINT);
	(void)buffer_add(out, "\n");
}

static void add_details(const struct finding *finding, struct buffer *out)
{
	struct buffer place;
	bool has_place;

	buffer_clear(&place);
	has_place = add_place(finding, &place);
	if (has_place) {
		(void)buffer_add(out, "  config: ");
		(void)buffer_add(out, place.data);
	}
	if (!is_empty(finding->step)) {
		(void)buffer_add(out, has_place ? "   step: " : "  step:   ");
		buffer_add_escaped(out, BUFFER_TERMINAL, finding->step, MAX_WORD);
	}
	if (has_place || !is_empty(finding->step))
		(void)buffer_add(out, "\n");
	add_hint(finding, out);
}

/* A block of the list: where, what, its code, and what to do. */
static void add_mistake(const struct finding *finding, struct buffer *out)
{
	(void)buffer_add(out, "  config: ");
	if (add_place(finding, out))
		(void)buffer_add(out, ": ");
	buffer_add_escaped(out, BUFFER_TERMINAL, finding->message, MAX_MESSAGE);
	if (!is_empty(finding->code)) {
		(void)buffer_add(out, " [");
		(void)buffer_add(out, finding->code);
		(void)buffer_add(out, "]");
	}
	(void)buffer_add(out, "\n");
	add_hint(finding, out);
}

static void add_json_text(struct buffer *out, const char *key, const char *text, size_t max)
{
	if (is_empty(text))
		return;
	(void)buffer_add(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
	(void)buffer_add(out, key);
	(void)buffer_add(out, "\":\"");
	buffer_add_escaped(out, BUFFER_JSON, text, max);
	(void)buffer_add(out, "\"");
}

/* "location" needs no second pass of escaping: it is made of escaped parts. */
static void add_json_location(struct buffer *out, const struct finding *finding)
{
	if (finding->line == 0 || is_empty(finding->file))
		return;
	(void)buffer_add(out, ",\"location\":\"");
	add_location(finding, BUFFER_JSON, out);
	(void)buffer_add(out, "\"");
}

static void add_json_mistake(const struct finding *finding, struct buffer *out)
{
	(void)buffer_add(out, "{");
	add_json_text(out, "msg", finding->message, MAX_MESSAGE);
	add_json_text(out, "code", finding->code, MAX_WORD);
	add_json_text(out, "pointer", finding->pointer, MAX_POINTER);
	add_json_location(out, finding);
	add_json_text(out, "hint", finding->hint, MAX_HINT);
	(void)buffer_add(out, "}");
}

/* Adds whole entries while there is room. Gives how many mistakes are left out. */
static size_t add_mistakes(const struct failure *failure, struct buffer *out,
			   void (*add)(const struct finding *, struct buffer *),
			   const char *separator)
{
	const struct problem *p = failure_next_mistake(failure->problems->first);
	size_t told = 0;

	for (; p; p = failure_next_mistake(p->next)) {
		struct finding finding = failure_from_problem(p, failure->finding.file);
		struct buffer entry;

		buffer_clear(&entry);
		if (told > 0)
			(void)buffer_add(&entry, separator);
		add(&finding, &entry);
		if (entry.len + CLOSING_ROOM >= BUFFER_SIZE - out->len)
			break;
		(void)buffer_add(out, entry.data);
		told++;
	}
	return failure->problems->errors - told;
}

/* Warnings go without: they are many, and seldom looked up. */
static void add_see(const struct failure *failure, struct buffer *out)
{
	if (is_empty(failure->finding.code) || strcmp(failure->level, "error") != 0)
		return;
	(void)buffer_add(out, "  see:    ");
	(void)buffer_add(out, failure->program);
	(void)buffer_add(out, " explain ");
	(void)buffer_add(out, failure->finding.code);
	(void)buffer_add(out, "\n");
}

void failure_text(const struct failure *failure, struct buffer *out)
{
	size_t untold = 0;
	char more[64];

	buffer_clear(out);
	(void)buffer_add(out, failure->program);
	(void)buffer_add(out, ": ");
	if (strcmp(failure->level, "error") != 0) {
		(void)buffer_add(out, failure->level);
		(void)buffer_add(out, ": ");
	}
	add_headline(failure, BUFFER_TERMINAL, out);
	(void)buffer_add(out, "\n");
	if (!has_several(failure))
		add_details(&failure->finding, out);
	else
		untold = add_mistakes(failure, out, add_mistake, "");
	if (untold > 0) {
		(void)snprintf(more, sizeof(more), "  and %zu more\n", untold);
		(void)buffer_add(out, more);
	}
	add_see(failure, out);
	if (failure->usage)
		(void)buffer_add(out, failure->usage);
}

static void format_time(time_t now, char *to, size_t size)
{
	struct tm utc;

	if (!gmtime_r(&now, &utc) || strftime(to, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		(void)snprintf(to, size, "1970-01-01T00:00:00Z");
}

static void add_json_object(const struct failure *failure, const char *when, struct buffer *out)
{
	const struct finding *finding = &failure->finding;

	(void)buffer_add(out, "{");
	add_json_text(out, "level", failure->level, MAX_WORD);
	(void)buffer_add(out, ",\"msg\":\"");
	add_headline(failure, BUFFER_JSON, out);
	(void)buffer_add(out, "\"");
	add_json_text(out, "time", when, MAX_WORD);
	add_json_text(out, "code", finding->code, MAX_WORD);
	if (finding->errnum != 0)
		add_json_text(out, "errno", error_name(finding->errnum), MAX_WORD);
	add_json_text(out, "syscall", finding->syscall, MAX_WORD);
	add_json_text(out, "pointer", finding->pointer, MAX_POINTER);
	add_json_location(out, finding);
	add_json_text(out, "step", finding->step, MAX_WORD);
	add_json_text(out, "hint", finding->hint, MAX_HINT);
	if (has_several(failure)) {
		(void)buffer_add(out, ",\"mistakes\":[");
		(void)add_mistakes(failure, out, add_json_mistake, ",");
		(void)buffer_add(out, "]");
	}
	(void)buffer_add(out, "}\n");
}

static void add_pair(struct buffer *out, const char *key, const char *value, size_t max)
{
	if (is_empty(value))
		return;
	(void)buffer_add(out, " ");
	(void)buffer_add(out, key);
	(void)buffer_add(out, "=\"");
	buffer_add_escaped(out, BUFFER_JSON, value, max);
	(void)buffer_add(out, "\"");
}

/* Quotes stand where logrus puts them: around everything but the level. */
static void add_pairs(const struct failure *failure, const char *when, struct buffer *out)
{
	const struct finding *finding = &failure->finding;

	(void)buffer_add(out, "time=\"");
	(void)buffer_add(out, when);
	(void)buffer_add(out, "\" level=");
	(void)buffer_add(out, failure->level);
	(void)buffer_add(out, " msg=\"");
	add_headline(failure, BUFFER_JSON, out);
	(void)buffer_add(out, "\"");
	add_pair(out, "code", finding->code, MAX_WORD);
	add_pair(out, "pointer", finding->pointer, MAX_POINTER);
	add_pair(out, "step", finding->step, MAX_WORD);
	add_pair(out, "hint", finding->hint, MAX_HINT);
	(void)buffer_add(out, "\n");
}

void failure_log_line(const struct failure *failure, bool json, struct buffer *out)
{
	char when[32];

	format_time(failure->now, when, sizeof(when));
	buffer_clear(out);
	if (json)
		add_json_object(failure, when, out);
	else
		add_pairs(failure, when, out);
}
