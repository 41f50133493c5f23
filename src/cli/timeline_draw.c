/*
 * timeline_draw.c - see timeline.h: a lane for each program, a row for each step, and in it a bar
 * that begins and ends where the step did.
 *
 *   tare                                         24 steps, 5310.7 us
 *   read the config                    104.9 us  =
 *   clone the helper                  1063.2 us         ======
 */
#include "cli/buffer.h"
#include "cli/timeline.h"

#include <string.h>

enum { NAME = 34, TIME = 14, NARROWEST = 60, USUAL = 80, WIDEST_NAME = 60 };

static const char reverse[] = "\x1b[7m", red[] = "\x1b[31m", bold[] = "\x1b[1m",
		  plain[] = "\x1b[0m";

struct drawing {
	FILE *to;
	double end;       /* of the last event */
	unsigned names;   /* columns for names */
	unsigned columns; /* and for bars */
	bool colour;
};

static const char *if_coloured(const struct drawing *d, const char *code)
{
	return d->colour ? code : "";
}

/* The last `room` bytes of a longer text, from where a character begins: of a path its end tells
 * most. */
static const char *tail(const char *text, size_t room)
{
	text += strlen(text) - room;
	while (((unsigned char)*text & 0xc0) == 0x80)
		text++;
	return text;
}

/* Texts of the file in so many columns, cut and harmless. */
static void put_name(const struct drawing *d, const char *name, const char *object)
{
	struct buffer safe;
	size_t room;
	bool cut;

	buffer_clear(&safe);
	buffer_add_escaped(&safe, BUFFER_TERMINAL, name, d->names - 5);
	if (object[0] && safe.len + 8 < d->names) {
		room = d->names - 5 - safe.len;
		cut = strlen(object) > room;
		(void)buffer_add(&safe, cut ? " ..." : " ");
		buffer_add_escaped(&safe, BUFFER_TERMINAL, cut ? tail(object, room - 3) : object,
				   room);
	}
	(void)fprintf(d->to, "%-*s", (int)d->names, safe.data);
}

static unsigned column(const struct drawing *d, double time)
{
	const double at = d->end > 0 ? time / d->end * d->columns : 0;
	const unsigned whole = (unsigned)at;

	return whole < d->columns ? whole : d->columns - 1;
}

static void draw_bar(const struct drawing *d, const struct timeline_event *event)
{
	const bool failed = strcmp(event->result, "ok") != 0;
	const unsigned from = column(d, event->start);
	const unsigned to = column(d, event->start + event->duration);

	(void)fprintf(d->to, "%*s%s", (int)from, "", if_coloured(d, failed ? red : reverse));
	for (unsigned i = from; i <= to; i++)
		(void)fputc(d->colour ? ' ' : failed ? '!' : '=', d->to);
	(void)fputs(if_coloured(d, plain), d->to);
	if (failed) {
		(void)fputc(' ', d->to);
		put_name(d, event->result, "");
	}
	(void)fputc('\n', d->to);
}

/* The events from `first` on that are of one lane. Where the next lane begins. */
static size_t draw_lane(const struct drawing *d, const struct timeline *timeline, size_t first)
{
	const char *lane = timeline->events[first].lane;
	size_t end = first;
	double sum = 0;

	for (;
	     end < timeline->count && timeline->events[end].group == timeline->events[first].group;
	     end++)
		sum += timeline->events[end].duration;
	(void)fputs(if_coloured(d, bold), d->to);
	put_name(d, lane[0] ? lane : "?", "");
	(void)fprintf(d->to, "%*.1f us  %zu steps%s\n", TIME - 5, sum, end - first,
		      if_coloured(d, plain));
	for (size_t i = first; i < end; i++) {
		const struct timeline_event *event = &timeline->events[i];

		put_name(d, event->name, event->object[0] ? event->object : event->origin);
		(void)fprintf(d->to, "%*.1f us  ", TIME - 5, event->duration);
		draw_bar(d, event);
	}
	return end;
}

void timeline_draw(FILE *to, const struct timeline *timeline, unsigned width, bool colour)
{
	struct drawing d = { .to = to, .colour = colour };

	width = width < NARROWEST ? NARROWEST : width;
	d.names = width > USUAL ? NAME + (width - USUAL) / 2 : NAME;
	d.names = d.names > WIDEST_NAME ? WIDEST_NAME : d.names;
	d.columns = width - d.names - TIME;
	for (size_t i = 0; i < timeline->count; i++) {
		const double end = timeline->events[i].start + timeline->events[i].duration;

		d.end = end > d.end ? end : d.end;
	}
	for (size_t i = 0; i < timeline->count;) {
		if (i > 0)
			(void)fputc('\n', to);
		i = draw_lane(&d, timeline, i);
	}
	(void)fprintf(to, "\n%.1f us from the first step to the end of the last\n", d.end);
}
