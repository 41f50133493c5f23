/*
 * locate.c - where the value of a JSON pointer stands in a text.
 *
 * The reader keeps no positions: nearly all configs are right. When a later check finds a mistake,
 * the text is read once more and the path followed to the value.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "ocispec/read.h"
#include "token.h"

struct locate {
	const char *text;
	yajl_handle handle;
	const char *rest; /* of the pointer, behind the segments met */
	size_t depth;     /* of open objects and arrays */
	size_t on_path;   /* how many of them, the outermost ones, the pointer passes through */
	bool in_list;     /* whether the last of those is an array */
	size_t index;     /* of its next item */
	bool hit;         /* the next value is the one that the next segment names */
	size_t token_start;
	size_t token_end;
	size_t nearest; /* where the last value on the path starts */
	bool found;
};

/* The length of the segment that rest starts with, its '/' included; 0 when rest is empty. */
static size_t locate_segment(const char *rest)
{
	return *rest ? 1 + strcspn(rest + 1, "/") : 0;
}

/* How many bytes at text stand for the character of the key ("~0", "~1"), 0 when another does. */
static size_t locate_char(const char *text, char wanted)
{
	if (*text != '~')
		return *text == wanted;
	return (text[1] == '0' && wanted == '~') || (text[1] == '1' && wanted == '/') ? 2 : 0;
}

static bool locate_is_key(const char *rest, const char *key, size_t len)
{
	size_t segment = locate_segment(rest), at = 1;

	for (size_t i = 0; i < len; i++) {
		size_t n = at < segment ? locate_char(rest + at, key[i]) : 0;

		if (n == 0)
			return false;
		at += n;
	}
	return at == segment;
}

static bool locate_is_index(const char *rest, size_t index)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%zu", index);

	return locate_is_key(rest, digits, (size_t)len);
}

static void locate_token(struct locate *l)
{
	size_t last_end = l->token_end, consumed = yajl_get_bytes_consumed(l->handle);

	if (consumed > last_end) /* not so when a number ends the text */
		l->token_end = consumed;
	l->token_start = token_start(l->text, last_end, l->token_end);
}

/* A value starts. Returns whether to read on. */
static int locate_value(struct locate *l)
{
	locate_token(l);
	if (!l->hit)
		return 1;
	l->nearest = l->token_start;
	if (l->depth > 0)
		l->rest += locate_segment(l->rest);
	l->found = *l->rest == '\0';
	return !l->found;
}

/* A value has ended. */
static void locate_next(struct locate *l)
{
	l->hit = false;
	if (l->depth == l->on_path && l->in_list)
		l->hit = locate_is_index(l->rest, ++l->index);
}

static int locate_scalar(struct locate *l)
{
	bool on_path = l->hit;

	if (!locate_value(l))
		return 0;
	locate_next(l);
	return !on_path; /* the pointer goes on, and the text does not */
}

static int locate_open(struct locate *l, bool is_list)
{
	if (!locate_value(l))
		return 0;
	l->depth++;
	if (!l->hit)
		return 1;
	l->on_path = l->depth;
	l->in_list = is_list;
	l->index = 0;
	l->hit = is_list && locate_is_index(l->rest, 0);
	return 1;
}

static int locate_close(struct locate *l)
{
	locate_token(l);
	if (l->depth == l->on_path) /* without what was looked for */
		return 0;
	l->depth--;
	locate_next(l);
	return 1;
}

static int locate_null(void *context)
{
	return locate_scalar(context);
}

static int locate_boolean(void *context, int boolean)
{
	(void)boolean;
	return locate_scalar(context);
}

static int locate_number(void *context, const char *text, size_t len)
{
	(void)text;
	(void)len;
	return locate_scalar(context);
}

static int locate_string(void *context, const unsigned char *text, size_t len)
{
	(void)text;
	(void)len;
	return locate_scalar(context);
}

static int locate_start_map(void *context)
{
	return locate_open(context, false);
}

static int locate_map_key(void *context, const unsigned char *key, size_t len)
{
	struct locate *l = context;

	locate_token(l);
	l->hit = l->depth == l->on_path && locate_is_key(l->rest, (const char *)key, len);
	return 1;
}

static int locate_start_array(void *context)
{
	return locate_open(context, true);
}

static int locate_end(void *context)
{
	return locate_close(context);
}

void oci_position(struct oci_text text, size_t offset, unsigned int *line, unsigned int *column)
{
	size_t line_start = 0;

	*line = 1;
	for (size_t at = 0; at < offset && at < text.len; at++) {
		if (text.data[at] == '\n') {
			++*line;
			line_start = at + 1;
		}
	}
	*column = (unsigned int)(offset - line_start) + 1;
}

int oci_locate(const char *text, size_t len, const char *pointer, unsigned int *line,
	       unsigned int *column)
{
	static const yajl_callbacks callbacks = { .yajl_null = locate_null,
						  .yajl_boolean = locate_boolean,
						  .yajl_number = locate_number,
						  .yajl_string = locate_string,
						  .yajl_start_map = locate_start_map,
						  .yajl_map_key = locate_map_key,
						  .yajl_end_map = locate_end,
						  .yajl_start_array = locate_start_array,
						  .yajl_end_array = locate_end };
	struct locate l = { .text = text, .rest = pointer, .hit = true };
	yajl_status status;

	if (*pointer != '\0' && *pointer != '/')
		return -EINVAL;
	l.handle = yajl_alloc(&callbacks, NULL, &l);
	if (!l.handle)
		return -ENOMEM;
	(void)yajl_config(l.handle, yajl_dont_validate_strings, 1);
	status = yajl_parse(l.handle, (const unsigned char *)text, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(l.handle);
	yajl_free(l.handle);
	if (status == yajl_status_error && !l.found)
		return -EINVAL;
	oci_position((struct oci_text){ text, len }, l.nearest, line, column);
	return l.found ? 0 : -ENOENT;
}
