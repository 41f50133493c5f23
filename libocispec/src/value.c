/* value.c - one value of the document against its property: check it, put it in its place. */
#include "reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "suggest.h"

/* The most names an error lists; longer enums are named only. */
enum { NAMES_SHOWN = 9 };

/* What a checked value is in C. */
union checked {
	char *string;
	bool boolean;
	uint64_t number; /* two's complement */
	unsigned int index;
};

/* Whether the frame's next value is a single one, not a list or map. */
static bool value_is_single(const struct frame *frame)
{
	return frame->kind != FRAME_OBJECT || frame->property->shape == OCI_SHAPE_ONE;
}

static bool value_grow(struct reader *r, struct frame *frame, struct oci_any_list *list,
		       size_t size)
{
	size_t capacity = frame->capacity ? frame->capacity * 2 : 4;
	void *items;

	if (list->count < frame->capacity)
		return true;
	items = arena_array(r->arena, capacity, size);
	if (!items) {
		r->error = -ENOMEM;
		return false;
	}
	if (list->count > 0)
		memcpy(items, list->items, list->count * size);
	list->items = items;
	frame->capacity = capacity;
	return true;
}

void *value_place(struct reader *r, struct frame *frame)
{
	struct oci_any_list *list = (struct oci_any_list *)frame->target;
	unsigned char *item;
	char *key = NULL;
	size_t size;

	if (frame->kind == FRAME_OBJECT)
		return frame->target + frame->property->offset;
	size = oci_item_size(frame->property);
	if (frame->kind == FRAME_MAP) {
		key = arena_strndup(r->arena, frame->key.text, frame->key.len);
		if (!key)
			r->error = -ENOMEM;
	}
	if (r->error || !value_grow(r, frame, list, size))
		return NULL;
	item = (unsigned char *)list->items + size * list->count++;
	if (frame->kind == FRAME_LIST)
		return item;
	memcpy(item, &key, sizeof(key));
	return item + sizeof(key);
}

/* Decimal digits, perhaps with a minus. False when out of range or anything else. */
static bool value_number(const struct oci_range *range, const struct value *value, uint64_t *number)
{
	bool negative = value->text[0] == '-';
	uint64_t magnitude = 0, lowest;

	for (size_t i = negative; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9' ||
		    __builtin_mul_overflow(magnitude, 10u, &magnitude) ||
		    __builtin_add_overflow(magnitude, (uint64_t)(value->text[i] - '0'), &magnitude))
			return false;
	}
	*number = negative ? 0 - magnitude : magnitude;
	if (negative && magnitude > 0) {
		lowest = range->minimum < 0 ? 0 - (uint64_t)range->minimum : 0;
		return magnitude <= lowest;
	}
	return magnitude <= range->maximum &&
	       (range->minimum <= 0 || magnitude >= (uint64_t)range->minimum);
}

static bool value_index(const struct oci_values *values, const struct value *value,
			unsigned int *index)
{
	for (unsigned int i = 0; i < values->count; i++) {
		if (strlen(values->names[i]) == value->len &&
		    memcmp(values->names[i], value->text, value->len) == 0) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool value_check(const struct oci_property *property, const struct value *value,
			union checked *checked)
{
	switch ((enum oci_kind)property->kind) {
	case OCI_KIND_STRING:
		return value->type == VALUE_STRING &&
		       property->of.pattern->matches(value->text, value->len);
	case OCI_KIND_BOOL:
		checked->boolean = value->boolean;
		return value->type == VALUE_BOOL;
	case OCI_KIND_NUMBER:
		return value->type == VALUE_NUMBER &&
		       value_number(property->of.range, value, &checked->number);
	case OCI_KIND_ENUM:
		return value->type == VALUE_STRING &&
		       value_index(property->of.values, value, &checked->index);
	case OCI_KIND_OBJECT:
		break;
	}
	return false;
}

static void value_store_number(const struct oci_range *range, uint64_t number, void *place)
{
	uint32_t low = (uint32_t)number;

	/* The signed types have the same representation. */
	if (range->size == sizeof(low))
		memcpy(place, &low, sizeof(low));
	else
		memcpy(place, &number, sizeof(number));
}

static void value_store(const struct oci_property *property, const union checked *checked,
			void *place)
{
	switch ((enum oci_kind)property->kind) {
	case OCI_KIND_STRING:
		memcpy(place, &checked->string, sizeof(checked->string));
		break;
	case OCI_KIND_BOOL:
		*(bool *)place = checked->boolean;
		break;
	case OCI_KIND_NUMBER:
		value_store_number(property->of.range, checked->number, place);
		break;
	case OCI_KIND_ENUM:
		memcpy(place, &checked->index, sizeof(checked->index));
		break;
	case OCI_KIND_OBJECT:
		break;
	}
}

/* "x, y or z" */
static char *value_names(struct arena *arena, const struct oci_values *values)
{
	char *text = arena_strdup(arena, values->names[0]);

	for (size_t i = 1; text && i < values->count; i++)
		text = arena_format(arena, "%s%s%s", text, i + 1 < values->count ? ", " : " or ",
				    values->names[i]);
	return text;
}

/* "022" in quotes cannot just lose them: JSON has no leading zeros. */
static bool value_is_json_number(const struct value *value)
{
	size_t sign = value->text[0] == '-';

	return value->len > sign && (value->text[sign] != '0' || value->len == sign + 1);
}

/* What completes "must be ". */
static const char *value_expected(struct reader *r, const struct frame *frame)
{
	const struct oci_property *property = frame->property;

	if (!value_is_single(frame))
		return property->shape == OCI_SHAPE_LIST ? "a list" : "an object";
	switch ((enum oci_kind)property->kind) {
	case OCI_KIND_STRING:
		return property->of.pattern->title;
	case OCI_KIND_BOOL:
		return "true or false";
	case OCI_KIND_NUMBER:
		return arena_format(r->arena, "a number from %" PRId64 " to %" PRIu64,
				    property->of.range->minimum, property->of.range->maximum);
	case OCI_KIND_ENUM:
		if (property->of.values->count <= NAMES_SHOWN)
			return value_names(r->arena, property->of.values);
		return arena_format(r->arena, "a %s of runtime-spec 1.3",
				    property->of.values->title);
	case OCI_KIND_OBJECT:
		break;
	}
	return "an object";
}

static const char *value_found(struct reader *r, const struct frame *frame,
			       const struct value *value)
{
	char quoted[ISSUES_QUOTE_SIZE];
	bool text_wanted = value_is_single(frame) && (frame->property->kind == OCI_KIND_STRING ||
						      frame->property->kind == OCI_KIND_ENUM);

	switch (value->type) {
	case VALUE_NULL:
		return "null";
	case VALUE_BOOL:
		return value->boolean ? "true" : "false";
	case VALUE_NUMBER:
		return arena_format(r->arena, "%.*s%s", (int)(value->len < 64 ? value->len : 64),
				    value->text, value->len > 64 ? "..." : "");
	case VALUE_STRING:
		return arena_format(r->arena, "%s%s", text_wanted ? "" : "the string ",
				    issues_quote(value->text, value->len, quoted));
	case VALUE_OBJECT:
		return "an object";
	case VALUE_LIST:
		break;
	}
	return "a list";
}

static char *value_hint(struct reader *r, const struct frame *frame, const struct value *value)
{
	const struct oci_property *property = frame->property;
	const char *name;
	uint64_t number;

	if (value->type != VALUE_STRING || value->len == 0 || !value_is_single(frame))
		return NULL;
	if (property->kind == OCI_KIND_ENUM) {
		name = suggest_value(property->of.values, value->text, value->len);
		return name ? arena_format(r->arena, "did you mean \"%s\"?", name) : NULL;
	}
	if (property->kind == OCI_KIND_NUMBER && value_is_json_number(value) &&
	    value_number(property->of.range, value, &number))
		return arena_format(r->arena, "write %.*s without the quotes", (int)value->len,
				    value->text);
	if (property->kind == OCI_KIND_BOOL &&
	    ((value->len == 4 && !memcmp(value->text, "true", 4)) ||
	     (value->len == 5 && !memcmp(value->text, "false", 5))))
		return arena_format(r->arena, "write %.*s without the quotes", (int)value->len,
				    value->text);
	return NULL;
}

static bool value_has_fraction(const struct value *value)
{
	return value->type == VALUE_NUMBER &&
	       (memchr(value->text, '.', value->len) || memchr(value->text, 'e', value->len) ||
		memchr(value->text, 'E', value->len));
}

void value_mismatch(struct reader *r, const struct frame *frame, const struct value *value)
{
	struct oci_issue *issue = issues_add(r, r->token_start);
	const char *expected, *found, *digits = "";

	if (!issue)
		return;
	expected = value_expected(r, frame);
	found = value_found(r, frame, value);
	if (value_has_fraction(value) && value_is_single(frame) &&
	    frame->property->kind == OCI_KIND_NUMBER)
		digits = " without fraction or exponent";
	if (!expected || !found)
		return; /* a missing message is found at the end */
	issue->message = arena_format(r->arena, "must be %s%s, not %s", expected, digits, found);
	issue->hint = value_hint(r, frame, value);
}

void value_take(struct reader *r, struct frame *frame, const struct value *value)
{
	const struct oci_property *property = frame->property;
	union checked checked = { 0 };
	void *place;

	if (value->type == VALUE_NULL && frame->kind != FRAME_LIST && r->depth > 0) {
		/* Absent; the required ones are looked for when the object closes. */
		if (frame->kind == FRAME_OBJECT)
			frame->nulls |= (uint64_t)1 << (property - frame->object->properties);
		return;
	}
	if (!value_is_single(frame) || !value_check(property, value, &checked)) {
		value_mismatch(r, frame, value);
		return;
	}
	if (property->kind == OCI_KIND_STRING) {
		checked.string = arena_strndup(r->arena, value->text, value->len);
		if (!checked.string)
			r->error = -ENOMEM;
	}
	place = r->error ? NULL : value_place(r, frame);
	if (!place)
		return;
	value_store(property, &checked, place);
	if (frame->kind == FRAME_OBJECT && property->kind != OCI_KIND_STRING)
		*(bool *)(frame->target + property->has) = true;
}
