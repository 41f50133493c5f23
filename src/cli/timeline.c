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

/* ---- lanes */

/* The name of a thread. */
struct lane {
	long long tid;
	const char *name;
};

struct lanes {
	struct lane *items;
	size_t count;
};

static int compare_lanes(const void *a, const void *b)
{
	const struct lane *left = a, *right = b;

	return (left->tid > right->tid) - (left->tid < right->tid);
}

/* {"name":"thread_name","ph":"M","tid":1,"args":{"name":"tare"}} */
static bool read_lane(yajl_val event, struct lane *out)
{
	const char *name = text_of(event, "name");
	yajl_val id = member(event, "tid", yajl_t_number);

	if (!name || strcmp(name, "thread_name") != 0 || !id || !YAJL_IS_INTEGER(id))
		return false;
	out->tid = YAJL_GET_INTEGER(id);
	out->name = text_of(member(event, "args", yajl_t_object), "name");
	return out->name != NULL;
}

static const char *lane_name(const struct lanes *lanes, long long tid)
{
	const struct lane key = { tid, NULL };
	const struct lane *found =
	    lanes->count > 0 ? bsearch(&key, lanes->items, lanes->count, sizeof(key), compare_lanes)
			     : NULL;

	return found ? found->name : "";
}

/* ---- events */

/* False for what is no complete event ("ph": "X"); its lane may be unknown. */
static bool read_event(const struct lanes *lanes, yajl_val event, struct timeline_event *out)
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
	out->object = text_of(args, "object");
	out->object = out->object ? out->object : "";
	out->origin = text_of(args, "origin");
	out->origin = out->origin ? out->origin : "";
	out->start = YAJL_GET_DOUBLE(start);
	out->duration = YAJL_GET_DOUBLE(duration);
	out->lane = lane && YAJL_IS_INTEGER(lane) ? lane_name(lanes, YAJL_GET_INTEGER(lane)) : "";
	out->result = out->result ? out->result : "ok";
	return out->name && out->start >= 0 && out->duration >= 0;
}

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_names(const void *a, const void *b)
{
	const struct timeline_event *left = a, *right = b;
	const int names = strcmp(left->lane, right->lane);

	return names != 0 ? names : compare_numbers(left->place, right->place);
}

static int compare_places(const void *a, const void *b)
{
	const struct timeline_event *left = a, *right = b;
	const int groups = compare_numbers(left->group, right->group);

	return groups != 0 ? groups : compare_numbers(left->place, right->place);
}

/* Lane by lane, in the order in which they first appear; in each the order of the file. */
static void sort_events(struct timeline *t)
{
	for (size_t i = 0; i < t->count; i++)
		t->events[i].place = i;
	qsort(t->events, t->count, sizeof(*t->events), compare_names);
	for (size_t i = 0; i < t->count; i++) {
		const bool new = i == 0 || strcmp(t->events[i].lane, t->events[i - 1].lane) != 0;

		t->events[i].group = new ? t->events[i].place : t->events[i - 1].group;
	}
	qsort(t->events, t->count, sizeof(*t->events), compare_places);
}

static int read_list(const char *file, yajl_val list, struct timeline *out, struct error *err)
{
	const size_t len = list->u.array.len;
	struct lanes lanes = { calloc(len + 1, sizeof(*lanes.items)), 0 };

	out->events = calloc(len + 1, sizeof(*out->events));
	if (!out->events || !lanes.items) {
		free(lanes.items);
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot read %s", file);
	}
	for (size_t i = 0; i < len; i++)
		lanes.count += read_lane(list->u.array.values[i], &lanes.items[lanes.count]);
	qsort(lanes.items, lanes.count, sizeof(*lanes.items), compare_lanes);
	for (size_t i = 0; i < len; i++)
		out->count += read_event(&lanes, list->u.array.values[i], &out->events[out->count]);
	free(lanes.items);
	if (out->count == 0)
		return foreign(file, "no step is in it", err);
	sort_events(out);
	return 0;
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
