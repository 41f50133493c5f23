/* timeline.c - see timeline.h. Here: from the text to events. The drawing is in timeline_draw.c. */
#include "cli/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#define ERROR_CODE CODE_TRACE_READ

static int foreign(const char *file, const char *what, struct error *err)
{
	(void)error_set(err, EINVAL, NULL, "%s is not a trace of tare: %s", file, what);
	error_add_hint(err, "tare --trace FILE run ... writes one");
	return -EINVAL;
}

static yajl_val member(yajl_val object, const char *name, yajl_type type)
{
	const char *path[] = { name, NULL };

	return yajl_tree_get(object, path, type);
}

static const char *text_of(yajl_val object, const char *name)
{
	yajl_val value = object ? member(object, name, yajl_t_string) : NULL;

	return value ? YAJL_GET_STRING(value) : NULL;
}

/* {"name":"thread_name","ph":"M","tid":1,"args":{"name":"tare"}} */
static const char *lane_name(yajl_val list, long long tid)
{
	for (size_t i = 0; i < list->u.array.len; i++) {
		yajl_val event = list->u.array.values[i];
		const char *name = text_of(event, "name");
		yajl_val id = member(event, "tid", yajl_t_number);

		if (name && strcmp(name, "thread_name") == 0 && id && YAJL_IS_INTEGER(id) &&
		    YAJL_GET_INTEGER(id) == tid)
			return text_of(member(event, "args", yajl_t_object), "name");
	}
	return NULL;
}

/* False for what is no complete event ("ph": "X"); its lane may be unknown. */
static bool read_event(yajl_val list, yajl_val event, struct timeline_event *out)
{
	const char *phase = text_of(event, "ph");
	yajl_val start = member(event, "ts", yajl_t_number);
	yajl_val duration = member(event, "dur", yajl_t_number);
	yajl_val lane = member(event, "tid", yajl_t_number);
	yajl_val args = member(event, "args", yajl_t_object);

	if (!phase || strcmp(phase, "X") != 0 || !start || !duration || !YAJL_IS_DOUBLE(start) ||
	    !YAJL_IS_DOUBLE(duration))
		return false;
	out->name = text_of(event, "name");
	out->result = text_of(args, "result");
	out->origin = text_of(args, "origin");
	out->origin = out->origin ? out->origin : "";
	out->start = YAJL_GET_DOUBLE(start);
	out->duration = YAJL_GET_DOUBLE(duration);
	out->lane = lane && YAJL_IS_INTEGER(lane) ? lane_name(list, YAJL_GET_INTEGER(lane)) : NULL;
	out->lane = out->lane ? out->lane : "";
	out->result = out->result ? out->result : "ok";
	return out->name && out->start >= 0 && out->duration >= 0;
}

static int read_list(const char *file, yajl_val list, struct timeline *out, struct error *err)
{
	out->events = calloc(list->u.array.len + 1, sizeof(*out->events));
	if (!out->events)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot read %s", file);
	for (size_t i = 0; i < list->u.array.len; i++) {
		if (read_event(list, list->u.array.values[i], &out->events[out->count]))
			out->count++;
	}
	return out->count > 0 ? 0 : foreign(file, "no step is in it", err);
}

int timeline_read(const char *file, const char *text, struct timeline *out, struct error *err)
{
	char why[256];
	yajl_val list;
	int rc;

	memset(out, 0, sizeof(*out));
	out->document = yajl_tree_parse(text, why, sizeof(why));
	if (!out->document) {
		why[strcspn(why, "\n")] = '\0';
		return foreign(file, why[0] ? why : "it is empty", err);
	}
	list = member(out->document, "traceEvents", yajl_t_array);
	rc = list ? read_list(file, list, out, err)
		  : foreign(file, "it has no list traceEvents", err);
	if (rc < 0)
		timeline_free(out);
	return rc;
}

void timeline_free(struct timeline *timeline)
{
	if (timeline->document)
		yajl_tree_free(timeline->document);
	free(timeline->events);
	memset(timeline, 0, sizeof(*timeline));
}
