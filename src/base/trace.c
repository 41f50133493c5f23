/*
 * trace.c - see trace.h.
 *
 * Events are kept in memory and written once, at the end: writing while a container is made would
 * disturb what is being measured. The format is the "Trace Event Format" of Chrome, complete
 * events ("X"), which Perfetto (https://ui.perfetto.dev) and chrome://tracing open.
 */
#include "base/trace.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ERROR_CODE CODE_TRACE_FILE

enum { TRACK_TARE = 1, TRACK_INIT = 2 };

struct event {
	int track;
	int result;
	uint64_t start; /* nanoseconds */
	uint64_t end;
	char *name;
	char *object; /* NULL if the title says it all */
	char *origin; /* NULL if the step stems from no property */
};

static struct {
	int fd;
	char *file;
	bool lost; /* memory ran out: the trace is not complete */
	size_t count;
	size_t room;
	struct event *events;
} trace = { .fd = FD_NONE };

int trace_open(const char *file, struct error *err)
{
	owned_fd fd = FD_NONE;

	if (trace.fd >= 0)
		return error_set(err, EBUSY, NULL, "a trace is already being written to %s",
				 trace.file);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		return error_sys(err, errno, "open", NULL, "cannot write the trace file %s", file);
	trace.file = strdup(file);
	if (!trace.file)
		return error_sys(err, ENOMEM, "", NULL, "cannot write the trace file %s", file);
	trace.fd = take_fd(&fd);
	return 0;
}

bool trace_enabled(void)
{
	return trace.fd >= 0;
}

uint64_t trace_now(void)
{
	struct timespec now;

	if (!trace_enabled())
		return 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static bool make_room(void)
{
	size_t room = trace.room ? 2 * trace.room : 64;
	struct event *events;

	if (trace.count < trace.room)
		return true;
	events = reallocarray(trace.events, room, sizeof(*events));
	if (!events)
		return false;
	trace.events = events;
	trace.room = room;
	return true;
}

/* Copies: the program whose steps these are is gone when the trace is written. False: no memory. */
static bool copy_strings(struct event *to, const struct trace_event *from)
{
	bool has_object = from->object && from->object[0] != '\0';
	bool has_origin = from->origin && from->origin[0] != '\0';

	to->name = strdup(from->name);
	to->object = has_object ? strdup(from->object) : NULL;
	to->origin = has_origin ? strdup(from->origin) : NULL;
	return to->name && (to->object || !has_object) && (to->origin || !has_origin);
}

void trace_add(const struct trace_event *event)
{
	struct event copy = { .track = strcmp(event->track, "tare-init") ? TRACK_TARE : TRACK_INIT,
			      .result = event->result,
			      .start = event->start,
			      .end = event->end < event->start ? event->start : event->end };

	if (!trace_enabled())
		return;
	if (!copy_strings(&copy, event) || !make_room()) {
		free(copy.name);
		free(copy.object);
		free(copy.origin);
		trace.lost = true;
		return;
	}
	trace.events[trace.count++] = copy;
}

int trace_host(const char *name, uint64_t start, int rc)
{
	trace_add(&(struct trace_event){ .track = "tare",
					 .name = name,
					 .start = start,
					 .end = trace_now(),
					 .result = rc < 0 ? -rc : 0 });
	return rc;
}

/* Length of the well-formed UTF-8 sequence at p (2 to 4), or 0. */
static size_t utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return length;
}

/* One character of a JSON string; returns how many bytes it took. */
static size_t write_character(FILE *out, const unsigned char *p)
{
	size_t length;

	if (p[0] == '"' || p[0] == '\\')
		(void)fprintf(out, "\\%c", p[0]);
	else if (p[0] < 0x20)
		(void)fprintf(out, "\\u%04x", p[0]);
	else if (p[0] < 0x80)
		(void)fputc(p[0], out);
	else {
		length = utf8_length(p);
		if (length > 0)
			(void)fwrite(p, 1, length, out);
		else
			(void)fputs("\\ufffd", out); /* JSON must be UTF-8; a path need not be */
		return length > 0 ? length : 1;
	}
	return 1;
}

static void write_string(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';)
		p += write_character(out, p);
	(void)fputc('"', out);
}

/* Microseconds with three decimals: integers in between, since a double would round them. */
static void write_time(FILE *out, const char *key, uint64_t ns)
{
	(void)fprintf(out, "\"%s\":%" PRIu64 ".%03u,", key, ns / 1000, (unsigned)(ns % 1000));
}

static void write_argument(FILE *out, const char *key, const char *value)
{
	if (!value)
		return;
	(void)fprintf(out, "\"%s\":", key);
	write_string(out, value);
	(void)fputc(',', out);
}

static void write_event(FILE *out, const struct event *event, uint64_t zero)
{
	(void)fputs(",\n{\"name\":", out);
	write_string(out, event->name);
	(void)fprintf(out, ",\"cat\":\"%s\",\"ph\":\"X\",",
		      event->track == TRACK_INIT ? "inside" : "host");
	write_time(out, "ts", event->start - zero);
	write_time(out, "dur", event->end - event->start);
	(void)fprintf(out, "\"pid\":%ld,\"tid\":%d,\"args\":{", (long)getpid(), event->track);
	write_argument(out, "object", event->object);
	write_argument(out, "origin", event->origin);
	(void)fputs("\"result\":", out);
	write_string(out, event->result == 0 ? "ok" : error_name(event->result));
	(void)fputs("}}", out);
}

static void write_track(FILE *out, const char *before, int track, const char *name)
{
	(void)fprintf(out,
		      "%s{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":%ld,\"tid\":%d,"
		      "\"args\":{\"name\":\"%s\"}}",
		      before, (long)getpid(), track, name);
}

/* The time line begins at the first event: the absolute clock is the machine's uptime. */
static uint64_t first_start(void)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < trace.count; i++) {
		if (trace.events[i].start < first)
			first = trace.events[i].start;
	}
	return first;
}

static void write_all(FILE *out)
{
	uint64_t zero = first_start();

	(void)fputs("{\"traceEvents\":[\n", out);
	write_track(out, "", TRACK_TARE, "tare");
	write_track(out, ",\n", TRACK_INIT, "tare-init");
	for (size_t i = 0; i < trace.count; i++)
		write_event(out, &trace.events[i], zero);
	(void)fputs("\n],\"displayTimeUnit\":\"ns\"}\n", out);
}

/* 0 or -errno; the descriptor is closed in any case. */
static int write_file(void)
{
	FILE *out = fdopen(trace.fd, "w");
	int failed = 0;

	if (!out)
		return -errno;
	trace.fd = FD_NONE; /* fclose() closes it */
	write_all(out);
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		failed = errno ? errno : EIO;
	if (fclose(out) != 0 && failed == 0)
		failed = errno;
	return -failed;
}

int trace_close(struct error *err)
{
	int r;

	if (!trace_enabled())
		return 0;
	r = trace.lost ? -ENOMEM : write_file();
	if (r < 0)
		(void)error_sys(err, -r, "write", NULL, "cannot write the trace file %s",
				trace.file);
	for (size_t i = 0; i < trace.count; i++) {
		free(trace.events[i].name);
		free(trace.events[i].object);
		free(trace.events[i].origin);
	}
	free(trace.events);
	free(trace.file);
	close_fd(&trace.fd);
	memset(&trace, 0, sizeof(trace));
	trace.fd = FD_NONE;
	return r;
}
