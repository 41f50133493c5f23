/*
 * keys.c - a key may stand only once in an object.
 *
 * For known properties the reader keeps a bit each. All other keys are collected here until their
 * object closes and then compared: each with each when they are few, sorted when many, so that no
 * choice of keys makes this slow.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_FEW = 8 };

void keys_push(struct reader *r, struct key key)
{
	struct keys *keys = &r->keys;

	if (keys->count == keys->size) {
		size_t size = keys->size ? keys->size * 2 : 32;
		struct key *items = reallocarray(keys->items, size, sizeof(*items));

		if (!items) {
			r->error = -ENOMEM;
			return;
		}
		keys->items = items;
		keys->size = size;
	}
	keys->items[keys->count++] = key;
}

static bool keys_equal(const struct key *a, const struct key *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static int keys_compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	order = memcmp(a->text, b->text, a->len);
	if (order != 0)
		return order;
	return a->offset < b->offset ? -1 : 1;
}

static void keys_repeated(struct reader *r, const struct key *key)
{
	struct oci_issue *issue;

	reader_top(r)->key = *key;
	issue = issues_add(r, key->offset);
	if (issue)
		issue->message = arena_strdup(r->arena, "is given twice: a key may stand only once "
							"in an object");
}

void keys_close(struct reader *r)
{
	size_t base = reader_top(r)->keys_base, count = r->keys.count - base;
	struct key *keys;

	r->keys.count = base;
	if (count < 2)
		return;
	keys = r->keys.items + base;
	if (count > KEYS_FEW) {
		qsort(keys, count, sizeof(*keys), keys_compare);
		for (size_t i = 1; i < count; i++) {
			if (keys_equal(&keys[i - 1], &keys[i]))
				keys_repeated(r, &keys[i]);
		}
		return;
	}
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (keys_equal(&keys[i], &keys[j])) {
				keys_repeated(r, &keys[i]);
				break;
			}
		}
	}
}
