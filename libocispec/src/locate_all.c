/*
 * locate_all.c - where the values of many JSON pointers stand in a text, in one reading.
 *
 * The pointer of each value is put together on the way and looked up among those that are wanted.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "ocispec/read.h"
#include "token.h"

/* An object or array that is open. */
struct level {
	size_t length; /* of its own pointer */
	bool is_list;
	size_t index; /* of the next item of a list */
};

struct search {
	const char *text;
	yajl_handle handle;
	struct oci_place **wanted; /* by their pointers */
	size_t count;
	char *path; /* the pointer of the value that comes next, or is open */
	size_t room;
	struct level *levels;
	size_t depth, depth_room;
	size_t token_end;
	size_t counted; /* lines are counted up to here */
	size_t line_start;
	unsigned int line;
	bool failed; /* out of memory */
};

static int compare_places(const void *a, const void *b)
{
	const struct oci_place *const *left = a, *const *right = b;

	return strcmp((*left)->pointer, (*right)->pointer);
}

static bool search_grow(struct search *s, size_t size)
{
	char *path = s->room < size ? realloc(s->path, 2 * size) : s->path;

	s->failed |= !path;
	if (path && s->room < size)
		s->room = 2 * size;
	s->path = path ? path : s->path;
	return path != NULL;
}

/* The pointer of a member of what is open. */
static bool search_enter_key(struct search *s, const char *key, size_t len)
{
	size_t used = s->levels[s->depth - 1].length;

	if (!search_grow(s, used + 2 * len + 2))
		return false;
	s->path[used++] = '/';
	for (size_t i = 0; i < len; i++) {
		const bool escaped = key[i] == '~' || key[i] == '/';

		if (escaped)
			s->path[used++] = '~';
		s->path[used++] = key[i] == '~' ? '0' : key[i] == '/' ? '1' : key[i];
	}
	s->path[used] = '\0';
	return true;
}

static bool search_enter_item(struct search *s)
{
	struct level *level = s->depth > 0 ? &s->levels[s->depth - 1] : NULL;
	char digits[24];

	if (!level || !level->is_list)
		return true;
	return search_enter_key(s, digits,
				(size_t)snprintf(digits, sizeof(digits), "%zu", level->index++));
}

static size_t search_token(struct search *s)
{
	const size_t last_end = s->token_end, consumed = yajl_get_bytes_consumed(s->handle);

	if (consumed > last_end) /* not so when a number ends the text */
		s->token_end = consumed;
	return token_start(s->text, last_end, s->token_end);
}

/* Places come in the order of the text, so each line is counted once. */
static void search_note(struct search *s, size_t offset, struct oci_place *place)
{
	for (; s->counted < offset; s->counted++) {
		if (s->text[s->counted] == '\n') {
			s->line++;
			s->line_start = s->counted + 1;
		}
	}
	place->line = s->line;
	place->column = (unsigned int)(offset - s->line_start) + 1;
}

/* A value starts; the same pointer may be wanted more than once. */
static int search_value(struct search *s)
{
	const size_t offset = search_token(s);
	struct oci_place key, *wanted = &key, **found;

	if (!search_enter_item(s))
		return 0;
	key.pointer = s->path;
	found = bsearch(&wanted, s->wanted, s->count, sizeof(struct oci_place *), compare_places);
	if (!found)
		return 1;
	while (found > s->wanted && strcmp(found[-1]->pointer, s->path) == 0)
		found--;
	for (; found < s->wanted + s->count && strcmp((*found)->pointer, s->path) == 0; found++)
		search_note(s, offset, *found);
	return 1;
}

static int search_open(struct search *s, bool is_list)
{
	if (!search_value(s))
		return 0;
	if (s->depth == s->depth_room) {
		const size_t room = s->depth_room ? 2 * s->depth_room : 32;
		struct level *levels = realloc(s->levels, room * sizeof(*levels));

		s->failed |= !levels;
		if (!levels)
			return 0;
		s->levels = levels;
		s->depth_room = room;
	}
	s->levels[s->depth++] = (struct level){ strlen(s->path), is_list, 0 };
	return 1;
}

static int search_null(void *context)
{
	return search_value(context);
}

static int search_boolean(void *context, int boolean)
{
	(void)boolean;
	return search_value(context);
}

static int search_scalar(void *context, const char *text, size_t len)
{
	(void)text;
	(void)len;
	return search_value(context);
}

static int search_string(void *context, const unsigned char *text, size_t len)
{
	(void)text;
	(void)len;
	return search_value(context);
}

static int search_start_map(void *context)
{
	return search_open(context, false);
}

static int search_start_array(void *context)
{
	return search_open(context, true);
}

static int search_map_key(void *context, const unsigned char *key, size_t len)
{
	(void)search_token(context);
	return search_enter_key(context, (const char *)key, len);
}

static int search_end(void *context)
{
	struct search *s = context;

	(void)search_token(s);
	s->depth--;
	return 1;
}

static const yajl_callbacks callbacks = { .yajl_null = search_null,
					  .yajl_boolean = search_boolean,
					  .yajl_number = search_scalar,
					  .yajl_string = search_string,
					  .yajl_start_map = search_start_map,
					  .yajl_map_key = search_map_key,
					  .yajl_end_map = search_end,
					  .yajl_start_array = search_start_array,
					  .yajl_end_array = search_end };

static int search_run(struct search *s, size_t len)
{
	yajl_status status;

	s->handle = yajl_alloc(&callbacks, NULL, s);
	if (!s->handle)
		return -ENOMEM;
	(void)yajl_config(s->handle, yajl_dont_validate_strings, 1);
	status = yajl_parse(s->handle, (const unsigned char *)s->text, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(s->handle);
	yajl_free(s->handle);
	if (s->failed)
		return -ENOMEM;
	return status == yajl_status_ok ? 0 : -EINVAL;
}

int oci_locate_all(const char *text, size_t len, struct oci_place *places, size_t count)
{
	struct search s = { .text = text, .count = count, .line = 1 };
	int rc = -ENOMEM;

	s.wanted = calloc(count + 1, sizeof(*s.wanted));
	if (s.wanted && search_grow(&s, 1)) {
		s.path[0] = '\0';
		for (size_t i = 0; i < count; i++) {
			places[i].line = places[i].column = 0;
			s.wanted[i] = &places[i];
		}
		qsort(s.wanted, count, sizeof(*s.wanted), compare_places);
		rc = search_run(&s, len);
	}
	free(s.wanted);
	free(s.path);
	free(s.levels);
	return rc;
}
