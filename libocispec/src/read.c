/*
 * read.c - the engine: follows the events of yajl's parser along the tables.
 *
 * For each open object and array there is a frame, which knows what may come next. yajl finds out
 * whether the text is JSON; what it lets pass (Unicode faults, depth, repeated keys) is checked
 * here.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "token.h"
#include "unicode.h"

/* After an issue with which the text is not JSON, or not JSON that is worth going on with. */
static void read_stop(struct reader *r, size_t offset, const char *message)
{
	struct oci_issue *issue = issues_add(r, offset);

	r->stopped = true;
	if (issue)
		issue->message = arena_strdup(r->arena, message);
}

/* Sets where the event's token is. */
static void read_token(struct reader *r)
{
	size_t last_end = r->token_end;

	r->token_end = r->finishing ? r->text.len : yajl_get_bytes_consumed(r->handle);
	r->token_start = token_start(r->text.data, last_end, r->token_end);
}

/* Whether yajl may go on; what a callback returns. */
static int read_on(const struct reader *r)
{
	return !r->stopped && r->error == 0;
}

/* Whether the string or key that is the current token can be used. */
static bool read_unicode(struct reader *r)
{
	size_t start = r->token_start + 1, at = 0;
	struct oci_issue *issue;

	switch (unicode_check(r->text.data + start, r->token_end - 1 - start, &at)) {
	case UNICODE_FINE:
		return true;
	case UNICODE_BAD_UTF8:
		read_stop(r, start + at, "is not UTF-8");
		break;
	case UNICODE_LONE_SURROGATE:
		read_stop(r, start + at, "has half of a surrogate pair, which is no character");
		break;
	case UNICODE_NUL:
		issue = issues_add(r, start + at);
		if (issue)
			issue->message = arena_strdup(r->arena, "must not contain a NUL character");
		break;
	}
	return false;
}

/* After a value: what is next in the object or array around it. */
static void read_advance(struct frame *frame)
{
	frame->index++;
	frame->key.text = NULL;
	if (frame->kind == FRAME_OBJECT)
		frame->property = NULL;
}

static int read_scalar(struct reader *r, const struct value *value)
{
	struct frame *frame = reader_top(r);

	read_token(r);
	if ((value->type != VALUE_STRING || read_unicode(r)) && frame->property)
		value_take(r, frame, value);
	read_advance(frame);
	return read_on(r);
}

static int read_null(void *context)
{
	return read_scalar(context, &(struct value){ .type = VALUE_NULL });
}

static int read_boolean(void *context, int boolean)
{
	return read_scalar(context, &(struct value){ .type = VALUE_BOOL, .boolean = boolean });
}

static int read_number(void *context, const char *text, size_t len)
{
	return read_scalar(context,
			   &(struct value){ .type = VALUE_NUMBER, .text = text, .len = len });
}

static int read_string(void *context, const unsigned char *text, size_t len)
{
	return read_scalar(
	    context,
	    &(struct value){ .type = VALUE_STRING, .text = (const char *)text, .len = len });
}

/* A new frame on top; NULL when that is one too many. */
static struct frame *read_push(struct reader *r, enum frame_kind kind, void *target)
{
	struct frame *frame;

	if (r->depth == OCI_DEPTH_MAX) {
		read_stop(r, r->token_start, "is nested deeper than 64 levels");
		return NULL;
	}
	r->depth++;
	frame = reader_top(r);
	*frame = (struct frame){
		.kind = kind, .target = target, .keys_base = r->keys.count, .offset = r->token_start
	};
	return frame;
}

/* The struct for an object of the document. */
static void read_open_object(struct reader *r, struct frame *frame)
{
	const struct oci_object *object = frame->property->of.object();
	void *target = value_place(r, frame);
	void *allocated;

	if (target && frame->kind == FRAME_OBJECT) { /* a field: a pointer to the struct */
		allocated = arena_alloc(r->arena, object->size);
		if (!allocated)
			r->error = -ENOMEM;
		memcpy(target, &allocated, sizeof(allocated));
		target = allocated;
	}
	if (!target)
		return;
	frame = read_push(r, FRAME_OBJECT, target);
	if (frame)
		frame->object = object;
}

/* A list or map of the document: it stands in the struct around it. */
static void read_open_items(struct reader *r, const struct frame *frame, enum frame_kind kind)
{
	const struct oci_property *property = frame->property;
	struct frame *items = read_push(r, kind, frame->target + property->offset);

	if (items)
		items->property = property;
}

static int read_open(struct reader *r, const struct value *value)
{
	struct frame *frame = reader_top(r);
	const struct oci_property *property = frame->property;
	bool is_list = value->type == VALUE_LIST;
	enum oci_shape shape;

	read_token(r);
	if (!property) {
		(void)read_push(r, is_list ? FRAME_SKIP_LIST : FRAME_SKIP_OBJECT, NULL);
		return read_on(r);
	}
	shape = frame->kind == FRAME_OBJECT ? (enum oci_shape)property->shape : OCI_SHAPE_ONE;
	if (shape == OCI_SHAPE_LIST && is_list) {
		read_open_items(r, frame, FRAME_LIST);
	} else if (shape == OCI_SHAPE_MAP && !is_list) {
		read_open_items(r, frame, FRAME_MAP);
	} else if (shape == OCI_SHAPE_ONE && !is_list && property->kind == OCI_KIND_OBJECT) {
		read_open_object(r, frame);
	} else {
		value_mismatch(r, frame, value);
		(void)read_push(r, is_list ? FRAME_SKIP_LIST : FRAME_SKIP_OBJECT, NULL);
	}
	return read_on(r);
}

static int read_start_map(void *context)
{
	return read_open(context, &(struct value){ .type = VALUE_OBJECT });
}

static int read_start_array(void *context)
{
	return read_open(context, &(struct value){ .type = VALUE_LIST });
}

static const struct oci_property *read_find(const struct oci_object *object, const struct key *key)
{
	for (size_t i = 0; i < object->count; i++) {
		const struct oci_property *property = &object->properties[i];

		if (property->name_len == key->len &&
		    memcmp(property->name, key->text, key->len) == 0)
			return property;
	}
	return NULL;
}

/* A key of an object that has a table. */
static void read_known_key(struct reader *r, struct frame *frame)
{
	const struct oci_property *property = read_find(frame->object, &frame->key);
	struct oci_issue *issue;
	uint64_t bit;

	frame->property = property;
	if (!property) {
		keys_push(r, frame->key);
		return;
	}
	bit = (uint64_t)1 << (property - frame->object->properties);
	frame->key.text = property->name;
	if (frame->seen & bit) {
		frame->property = NULL;
		issue = issues_add(r, frame->key.offset);
		if (issue)
			issue->message = arena_strdup(r->arena, "is given twice: a key may stand "
								"only once in an object");
	}
	frame->seen |= bit;
}

static int read_map_key(void *context, const unsigned char *key, size_t len)
{
	struct reader *r = context;
	struct frame *frame = reader_top(r);
	const char *text = (const char *)key;

	read_token(r);
	/* Without escapes yajl points into the document; else the key is gone after this event. */
	if ((uintptr_t)text - (uintptr_t)r->text.data >= r->text.len)
		text = arena_strndup(r->arena, text, len);
	if (!text) {
		r->error = -ENOMEM;
		return 0;
	}
	frame->key = (struct key){ .text = text, .len = len, .offset = r->token_start };
	(void)read_unicode(r);
	if (frame->kind == FRAME_OBJECT)
		read_known_key(r, frame);
	else
		keys_push(r, frame->key);
	return read_on(r);
}

static void read_missing(struct reader *r, struct frame *frame)
{
	uint64_t there = frame->seen & ~frame->nulls;

	for (size_t i = 0; i < frame->object->count; i++) {
		const struct oci_property *property = &frame->object->properties[i];
		struct oci_issue *issue;

		if (property->presence == OCI_OPTIONAL || (there >> i & 1))
			continue;
		frame->key = (struct key){ .text = property->name, .len = property->name_len };
		issue = issues_add(r, frame->offset);
		if (issue)
			issue->message = arena_strdup(r->arena, "is required, but missing");
	}
}

static int read_end_map(void *context)
{
	struct reader *r = context;
	struct frame *frame = reader_top(r);
	struct oci_any_list *map = (struct oci_any_list *)frame->target;

	read_token(r);
	if (frame->kind == FRAME_OBJECT)
		read_missing(r, frame);
	keys_close(r);
	if (frame->kind == FRAME_MAP && !map->items)
		map->items = arena_alloc(r->arena, 0); /* tells empty from absent */
	if (frame->kind == FRAME_MAP && !map->items)
		r->error = -ENOMEM;
	r->depth--;
	read_advance(reader_top(r));
	return read_on(r);
}

static int read_end_array(void *context)
{
	struct reader *r = context;
	struct frame *frame = reader_top(r);
	struct oci_any_list *list = (struct oci_any_list *)frame->target;
	struct oci_issue *issue;

	read_token(r);
	r->depth--;
	if (frame->kind == FRAME_LIST && !list->items) {
		list->items = arena_alloc(r->arena, 0);
		if (!list->items)
			r->error = -ENOMEM;
	}
	if (frame->kind == FRAME_LIST && frame->index == 0 &&
	    frame->property->presence == OCI_REQUIRED_NONEMPTY) {
		issue = issues_add(r, frame->offset);
		if (issue)
			issue->message = arena_strdup(r->arena, "must have at least one item");
	}
	read_advance(reader_top(r));
	return read_on(r);
}

/*
 * The text is not JSON. What yajl consumed ends behind the offending token or, inside a token,
 * before the offending byte.
 */
static void read_syntax(struct reader *r)
{
	unsigned char *error = yajl_get_error(r->handle, 0, NULL, 0);
	bool lexical = error && strncmp((const char *)error, "lexical", 7) == 0;
	const char *detail = error ? strchr((const char *)error, ':') : NULL;
	size_t consumed = r->finishing ? r->text.len : yajl_get_bytes_consumed(r->handle);
	size_t at = r->token_end;
	struct oci_issue *issue;

	/* A separator may be the offending token itself: then it is the last thing consumed. */
	while (at < consumed &&
	       (memchr(" \t\r\n", r->text.data[at], 4) ||
		((lexical || at + 1 < consumed) && memchr(",:", r->text.data[at], 2))))
		at++;
	if (r->finishing || (lexical && at < r->text.len && r->text.data[at] == '"'))
		at = consumed;
	r->stopped = true;
	issue = issues_add(r, at);
	if (issue && r->finishing)
		issue->message = arena_strdup(r->arena, "breaks off: the text ends too early");
	else if (issue && detail)
		issue->message =
		    arena_format(r->arena, "is not JSON%.*s", (int)strcspn(detail, ".\n"), detail);
	if (error)
		yajl_free_error(r->handle, error);
}

static void read_parse(struct reader *r)
{
	static const yajl_callbacks callbacks = { .yajl_null = read_null,
						  .yajl_boolean = read_boolean,
						  .yajl_number = read_number,
						  .yajl_string = read_string,
						  .yajl_start_map = read_start_map,
						  .yajl_map_key = read_map_key,
						  .yajl_end_map = read_end_map,
						  .yajl_start_array = read_start_array,
						  .yajl_end_array = read_end_array };
	const unsigned char *text = (const unsigned char *)r->text.data;
	yajl_status status;

	r->handle = yajl_alloc(&callbacks, NULL, r);
	/* unicode.c does it, and does it right. */
	if (!r->handle || !yajl_config(r->handle, yajl_dont_validate_strings, 1)) {
		r->error = -ENOMEM;
		return;
	}
	status = yajl_parse(r->handle, text, r->text.len);
	if (status == yajl_status_ok) {
		r->finishing = true;
		status = yajl_complete_parse(r->handle);
	}
	if (status == yajl_status_error)
		read_syntax(r);
}

/* The frame around the document: an object with one pending property, the document. */
static void read_begin(struct reader *r, oci_type *type)
{
	r->root = (struct oci_property){ .kind = OCI_KIND_OBJECT, .of.object = type };
	r->frames[0] = (struct frame){ .kind = FRAME_OBJECT,
				       .property = &r->root,
				       .target = (unsigned char *)&r->result };
	if (r->text.len > OCI_TEXT_MAX)
		read_stop(r, 0, "is larger than 16 MiB");
	else if (r->text.len >= 3 && memcmp(r->text.data, "\xef\xbb\xbf", 3) == 0)
		read_stop(r, 0, "starts with a byte order mark, which JSON does not allow");
}

int oci_read(struct arena *arena, oci_type *type, struct oci_text text, void **out,
	     struct oci_issues *issues)
{
	struct reader r = { .arena = arena, .text = text, .issues = issues };
	int result;

	*out = NULL;
	*issues = (struct oci_issues){ 0 };
	read_begin(&r, type);
	if (!r.stopped)
		read_parse(&r);
	if (r.handle)
		yajl_free(r.handle);
	free(r.keys.items);
	result = r.error ? r.error : issues_finish(&r);
	if (!r.stopped && result != -ENOMEM)
		*out = r.result;
	return result;
}

#define READ_TYPED(name)                                                                           \
	int oci_##name##_read(struct arena *arena, const char *text, size_t len,                   \
			      struct oci_##name **out, struct oci_issues *issues)                  \
	{                                                                                          \
		void *object = NULL;                                                               \
		struct oci_text whole = { text, len };                                             \
		int result = oci_read(arena, oci_##name##_type, whole, &object, issues);           \
                                                                                                   \
		*out = object;                                                                     \
		return result;                                                                     \
	}

READ_TYPED(config)
READ_TYPED(process)
READ_TYPED(resources)
READ_TYPED(state)
READ_TYPED(features)
