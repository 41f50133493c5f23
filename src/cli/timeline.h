/*
 * timeline.h - what --trace wrote, for the terminal: each step as a bar on the common time line.
 */
#ifndef TARE_CLI_TIMELINE_H
#define TARE_CLI_TIMELINE_H

#include "base/error.h"

#include <stdio.h>

struct timeline_event {
	const char *lane;       /* "tare", "tare-init" */
	const char *name;       /* of the step */
	const char *object;     /* what it is done to, or "" */
	const char *origin;     /* the property that asked for it, or "" */
	const char *result;     /* "ok", or the name of an errno */
	double start, duration; /* microseconds */
	size_t place;           /* in the file, counted among the events */
	size_t group;           /* the place of the first event of its lane */
};

struct timeline {
	struct timeline_event *events; /* lane by lane, in each in the order of the file */
	size_t count;
	void *document; /* what the texts belong to */
};

/* From the text of a trace file. The error says what is wrong with one that is damaged, or foreign.
 */
int timeline_read(const char *file, const char *text, struct timeline *out,
		  struct error *err) MUST_CHECK;
void timeline_free(struct timeline *timeline);

/* `width` columns, at least 60. Control characters of foreign files are made harmless. */
void timeline_draw(FILE *to, const struct timeline *timeline, unsigned width, bool colour);

#endif
