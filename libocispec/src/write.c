/* write.c - the generic writer: follows the tables over a struct and tells yajl's generator. */
#include "ocispec/write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "ocispec/config.h"
#include "unicode.h"

struct writer {
	yajl_gen gen;
	int error;
};

static void write_status(struct writer *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok && w->error == 0)
		w->error = -ENOMEM;
}

static void write_text(struct writer *w, const char *text)
{
	size_t len = strlen(text), n;

	for (size_t i = unicode_plain(text, len); i < len; i += n) {
		n = unicode_char(text + i, len - i);
		n += n == 0 ? 0 : unicode_plain(text + i + n, len - i - n);
		if (n == 0) {
			w->error = -EILSEQ;
			return;
		}
	}
	write_status(w, yajl_gen_string(w->gen, (const unsigned char *)text, len));
}

/* Takes the text as it is. */
static void write_raw(struct writer *w, const char *text)
{
	write_status(w, yajl_gen_number(w->gen, text, strlen(text)));
}

static void write_number(struct writer *w, const struct oci_range *range, const void *value)
{
	char digits[24];
	uint32_t low;
	uint64_t number;

	if (range->size == sizeof(low)) {
		memcpy(&low, value, sizeof(low));
		number = range->is_signed ? (uint64_t)(int64_t)(int32_t)low : low;
	} else {
		memcpy(&number, value, sizeof(number));
	}
	if (range->is_signed)
		(void)snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)number);
	else
		(void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	write_raw(w, digits);
}

static void write_enum(struct writer *w, const struct oci_values *values, const void *value)
{
	unsigned int index;

	memcpy(&index, value, sizeof(index));
	if (index < values->count)
		write_text(w, values->names[index]);
	else
		w->error = -EINVAL;
}

static void write_object(struct writer *w, const struct oci_object *object, const void *from);

/* A single value, or an item of a list or map. Objects are given by their own address. */
static void write_value(struct writer *w, const struct oci_property *property, const void *value)
{
	const char *text;

	switch ((enum oci_kind)property->kind) {
	case OCI_KIND_STRING:
		memcpy(&text, value, sizeof(text));
		write_text(w, text);
		break;
	case OCI_KIND_BOOL:
		write_status(w, yajl_gen_bool(w->gen, *(const bool *)value));
		break;
	case OCI_KIND_NUMBER:
		write_number(w, property->of.range, value);
		break;
	case OCI_KIND_ENUM:
		write_enum(w, property->of.values, value);
		break;
	case OCI_KIND_OBJECT:
		write_object(w, property->of.object(), value);
		break;
	}
}

static void write_items(struct writer *w, const struct oci_property *property,
			const struct oci_any_list *list)
{
	bool is_map = property->shape == OCI_SHAPE_MAP;
	const unsigned char *item = list->items;
	size_t size = oci_item_size(property);

	if (list->count == 0) { /* yajl would pad it with an empty line */
		write_raw(w, is_map ? "{}" : "[]");
		return;
	}
	write_status(w, is_map ? yajl_gen_map_open(w->gen) : yajl_gen_array_open(w->gen));
	for (size_t i = 0; i < list->count && w->error == 0; i++, item += size) {
		if (is_map)
			write_text(w, ((const struct oci_string_pair *)item)->key);
		write_value(w, property, is_map ? item + sizeof(char *) : item);
	}
	write_status(w, is_map ? yajl_gen_map_close(w->gen) : yajl_gen_array_close(w->gen));
}

/* The pointer that a string or an object is. */
static const void *write_pointer(const void *field)
{
	const void *pointer;

	memcpy(&pointer, field, sizeof(pointer));
	return pointer;
}

static bool write_is_present(const struct oci_property *property, const unsigned char *from)
{
	const void *field = from + property->offset;

	if (property->shape != OCI_SHAPE_ONE)
		return ((const struct oci_any_list *)field)->items != NULL;
	if (property->kind == OCI_KIND_STRING || property->kind == OCI_KIND_OBJECT)
		return write_pointer(field) != NULL;
	return *(const bool *)(from + property->has);
}

static void write_property(struct writer *w, const struct oci_property *property, const void *field)
{
	write_text(w, property->name);
	if (property->shape != OCI_SHAPE_ONE)
		write_items(w, property, field);
	else if (property->kind == OCI_KIND_OBJECT)
		write_value(w, property, write_pointer(field));
	else
		write_value(w, property, field);
}

static void write_object(struct writer *w, const struct oci_object *object, const void *from)
{
	bool open = false;

	for (size_t i = 0; i < object->count && w->error == 0; i++) {
		const struct oci_property *property = &object->properties[i];

		if (!write_is_present(property, from))
			continue;
		if (!open)
			write_status(w, yajl_gen_map_open(w->gen));
		open = true;
		write_property(w, property, (const unsigned char *)from + property->offset);
	}
	if (open)
		write_status(w, yajl_gen_map_close(w->gen));
	else
		write_raw(w, "{}");
}

static int write_all(struct writer *w, const struct oci_object *object, const void *from,
		     enum oci_style style)
{
	if (!yajl_gen_config(w->gen, yajl_gen_beautify, style == OCI_PRETTY) ||
	    !yajl_gen_config(w->gen, yajl_gen_indent_string, "\t"))
		return -ENOMEM;
	write_object(w, object, from);
	return w->error;
}

/* The generator's text ends with it; a copy, and a newline if it is to be a line. */
static struct oci_text write_copy(struct arena *arena, const char *text, size_t len, bool line)
{
	char *copy = arena_alloc(arena, len + 2);

	if (!copy)
		return (struct oci_text){ 0 };
	memcpy(copy, text, len);
	if (line)
		copy[len++] = '\n';
	copy[len] = '\0';
	return (struct oci_text){ copy, len };
}

int oci_write(struct arena *arena, oci_type *type, const void *object, enum oci_style style,
	      struct oci_text *out)
{
	struct writer w = { .gen = yajl_gen_alloc(NULL) };
	const unsigned char *text;
	size_t len = 0;
	int result;

	*out = (struct oci_text){ 0 };
	if (!w.gen)
		return -ENOMEM;
	result = write_all(&w, type(), object, style);
	if (result == 0 && yajl_gen_get_buf(w.gen, &text, &len) == yajl_gen_status_ok)
		*out = write_copy(arena, (const char *)text, len, style == OCI_LINE);
	yajl_gen_free(w.gen);
	if (result == 0 && !out->data)
		return -ENOMEM;
	return result;
}
