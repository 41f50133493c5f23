/* output.c - see output.h. What an error says is in failure.c; here it is written. */
#include "cli/output.h"

#include "base/fd.h"
#include "cli/colour.h"
#include "cli/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ERROR_CODE CODE_OUTPUT

int output_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

static bool has_log(const struct output *out)
{
	return out->log.kind != LOGSINK_NONE;
}

/* That a message cannot be written is itself nothing that could be told. */
static void emit(const struct buffer *text, bool json)
{
	struct buffer painted;

	if (!json && colour_wanted(STDERR_FILENO) && colour_paint(text, &painted))
		text = &painted;
	(void)output_write(STDERR_FILENO, text->data, text->len);
}

static struct failure describe(const struct output *out, const char *level, struct finding finding)
{
	struct failure failure = {
		.program = out->program,
		.context = "",
		.level = level,
		.finding = finding,
		.now = time(NULL),
	};

	return failure;
}

/* `room`: how many bytes standard error may still get; what is longer goes to the log only. */
static void write_warning(const struct output *out, struct finding finding, size_t *room)
{
	struct failure failure = describe(out, "warning", finding);
	struct buffer line;

	if (has_log(out)) {
		failure_log_line(&failure, out->json, &line);
		logsink_write(&out->log, failure.level, line.data, line.len);
	}
	if (has_log(out) || !out->json)
		failure_text(&failure, &line);
	else
		failure_log_line(&failure, true, &line);
	if (line.len > *room)
		return;
	*room -= line.len;
	emit(&line, out->json && !has_log(out));
}

static void write_warnings(const struct output *out, const struct container_report *report,
			   size_t room)
{
	for (const struct problem *p = report->problems.first; p; p = p->next) {
		if (p->severity == PROBLEM_WARNING)
			write_warning(out, failure_from_problem(p, out->config), &room);
	}
	for (const struct log_warning *w = report->log.first; w; w = w->next) {
		struct finding finding = {
			.message = w->text,
			.code = codes_at(w->code)->name,
			.pointer = w->pointer,
		};

		finding.file = out->config;
		write_warning(out, finding, &room);
	}
}

/* Standard error of these is the container's own, and read by whoever reads the container. */
static bool shares_streams(const struct output *out)
{
	return out->command &&
	       (strcmp(out->command, "create") == 0 || strcmp(out->command, "exec") == 0);
}

void output_warnings(const struct output *out, const struct container_report *report)
{
	if (out->only_errors || (shares_streams(out) && !out->debug))
		return;
	write_warnings(out, report, SIZE_MAX);
}

/* The mistakes of a refused config say more than the error that sums them up. */
static struct finding choose_finding(const struct output *out, const struct error *err,
				     const struct problem *mistake)
{
	struct finding finding = failure_from_error(err, out->config);
	const char *file = finding.file;

	if (!mistake)
		return finding;
	finding = failure_from_problem(mistake, file);
	if (mistake->code == CODE_NONE)
		finding.code = codes_at(err->code)->name;
	finding.step = err->step;
	finding.errnum = err->errnum;
	return finding;
}

void output_failure(const struct output *out, const struct error *err,
		    const struct container_report *report)
{
	const struct problem *mistake =
	    report ? failure_next_mistake(report->problems.first) : NULL;
	struct failure failure = describe(out, "error", choose_finding(out, err, mistake));
	bool json_only = out->json && !has_log(out);
	char context[64] = "";
	struct buffer text;

	if (out->command)
		(void)snprintf(context, sizeof(context), "%s failed: ", out->command);
	failure.context = context;
	failure.usage = out->usage;
	failure.problems = mistake ? &report->problems : NULL;
	if (json_only)
		failure_log_line(&failure, true, &text);
	else
		failure_text(&failure, &text);
	/* Engines take the last line of the log for the reason: warnings stand before it. */
	if (report && out->debug)
		write_warnings(out, report, BUFFER_SIZE - 1 - text.len);
	emit(&text, json_only);
	if (has_log(out)) {
		failure_log_line(&failure, out->json, &text);
		logsink_write(&out->log, failure.level, text.data, text.len);
	}
}

int output_print(const char *text, struct error *err)
{
	int ret = output_write(STDOUT_FILENO, text, strlen(text));

	if (ret < 0)
		return error_sys(err, -ret, "write", NULL, "cannot write to standard output");
	return 0;
}

int output_collect(output_writer *writer, const void *data, char **text, struct error *err)
{
	static const char what[] = "cannot write the result";
	size_t size = 0;
	FILE *to = NULL;
	int ret;

	*text = NULL;
	to = open_memstream(text, &size);
	if (!to)
		return error_sys(err, errno, "open_memstream", NULL, what);
	ret = writer(to, data, err);
	if (fclose(to) != 0 && ret == 0)
		ret = error_sys(err, ENOMEM, "", NULL, what);
	if (ret < 0) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

int output_written(output_writer *writer, const void *data, struct error *err)
{
	char *text = NULL;
	int ret = output_collect(writer, data, &text, err);

	if (ret == 0)
		ret = output_print(text, err);
	free(text);
	return ret;
}

int output_object(struct arena *arena, oci_type *type, const void *object, struct error *err)
{
	struct oci_text text = { 0 };
	int ret = oci_write(arena, type, object, OCI_PRETTY, &text);

	if (ret < 0)
		return error_sys(err, -ret, "", NULL, "cannot write this as JSON");
	return output_print(text.data, err);
}
