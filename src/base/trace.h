/*
 * trace.h - how long each step took (--trace FILE), as Chrome trace-event JSON.
 *
 * Off (and nearly free) unless trace_open() was called. Times are CLOCK_MONOTONIC nanoseconds,
 * the same clock that tare-init reads, so host and inside steps share one time line.
 */
#ifndef TARE_BASE_TRACE_H
#define TARE_BASE_TRACE_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* Start collecting; the file is created at once so that a bad path fails early. */
int trace_open(const char *file, struct error *err) MUST_CHECK;
bool trace_enabled(void);
uint64_t trace_now(void); /* nanoseconds, or 0 when tracing is off */

struct trace_event {
	const char *track;  /* "tare" or "tare-init" */
	const char *name;   /* of the step */
	const char *object; /* what it is done to, "tmpfs on /dev", "" or NULL */
	const char *origin; /* JSON pointer, "" or NULL */
	uint64_t start;     /* nanoseconds */
	uint64_t end;
	int result; /* 0 or a positive errno */
};

/* One complete event. The strings are copied. */
void trace_add(const struct trace_event *event);

/* One step of tare itself, which began at `start` and ends now; `rc`, which is also returned, is 0
 * or a negative errno. */
int trace_host(const char *name, uint64_t start, int rc);

/* Write and close the file. Called on success and on failure. */
int trace_close(struct error *err) MUST_CHECK;

#endif
