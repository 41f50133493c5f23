/* rdt_schemata.c - see rdt_schemata.h. */
#include "container/rdt_schemata.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* A piece of a text: no copies are made to compare. */
struct piece {
	const char *at;
	size_t len;
};

static struct piece trim(const char *at, size_t len)
{
	while (len > 0 && isspace((unsigned char)*at)) {
		at++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)at[len - 1]))
		len--;
	return (struct piece){ at, len };
}

/* Up to the separator, and on behind it. False at the end. */
static bool next_piece(const char **at, char separator, struct piece *out)
{
	const char *end = strchrnul(*at, separator);

	if (**at == '\0')
		return false;
	*out = trim(*at, (size_t)(end - *at));
	*at = *end ? end + 1 : end;
	return true;
}

static bool same(struct piece a, struct piece b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* Bit masks are written with and without leading zeros. */
static struct piece number(struct piece p)
{
	while (p.len > 1 && *p.at == '0') {
		p.at++;
		p.len--;
	}
	return p;
}

/* "L3" of "L3:0=ff" */
static struct piece resource(struct piece line)
{
	const char *colon = memchr(line.at, ':', line.len);

	return colon ? trim(line.at, (size_t)(colon - line.at)) : line;
}

/* Split "0=ff"; without a sign of equality the value is empty. */
static void split(struct piece pair, struct piece *id, struct piece *value)
{
	const char *equals = memchr(pair.at, '=', pair.len);
	const size_t len = equals ? (size_t)(equals - pair.at) : pair.len;

	*id = trim(pair.at, len);
	*value = equals ? trim(equals + 1, pair.len - len - 1) : (struct piece){ pair.at, 0 };
}

/* Cut "0=ff;1=f0" off its front; "0=ff" in `out`. */
static bool next_pair(struct piece *pairs, struct piece *out)
{
	const char *end = pairs->len ? memchr(pairs->at, ';', pairs->len) : NULL;
	const size_t len = end ? (size_t)(end - pairs->at) : pairs->len;

	if (pairs->len == 0)
		return false;
	*out = trim(pairs->at, len);
	pairs->at += len + (end != NULL);
	pairs->len -= len + (end != NULL);
	return true;
}

static struct piece pairs_of(struct piece line)
{
	const char *colon = memchr(line.at, ':', line.len);

	return colon ? trim(colon + 1, line.len - (size_t)(colon + 1 - line.at))
		     : (struct piece){ line.at, 0 };
}

static bool has_pair(struct piece line, struct piece pair)
{
	struct piece pairs = pairs_of(line), other, id[2], value[2];

	split(pair, &id[0], &value[0]);
	while (next_pair(&pairs, &other)) {
		split(other, &id[1], &value[1]);
		if (same(number(id[0]), number(id[1])))
			return same(number(value[0]), number(value[1]));
	}
	return false;
}

/* What a line does not say of other caches does not matter. */
static bool says_as_well(const char *text, struct piece line)
{
	struct piece other, pairs = pairs_of(line), pair;

	while (next_piece(&text, '\n', &other)) {
		if (!same(resource(other), resource(line)))
			continue;
		while (next_pair(&pairs, &pair)) {
			if (!has_pair(other, pair))
				return false;
		}
		return true;
	}
	return false;
}

const struct rdt_line *rdt_schemata_difference(const struct rdt_lines *lines, const char *text)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->items[i].text;

		if (!says_as_well(text, trim(line, strlen(line))))
			return &lines->items[i];
	}
	return NULL;
}

static bool names_resource(const struct rdt_lines *lines, struct piece line)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *text = lines->items[i].text;

		if (same(resource(trim(text, strlen(text))), resource(line)))
			return true;
	}
	return false;
}

/* All lines of a text, but for resources that were named before. */
static int add(struct rdt_lines *lines, const char *text, const char *pointer, struct arena *arena)
{
	struct piece line;

	while (text && next_piece(&text, '\n', &line)) {
		char *copy;

		if (line.len == 0 || names_resource(lines, line))
			continue;
		copy = arena_strndup(arena, line.at, line.len);
		if (!copy)
			return -ENOMEM;
		lines->items[lines->count++] = (struct rdt_line){ copy, pointer };
	}
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t count = text != NULL;

	for (; text && *text; text++)
		count += *text == '\n';
	return count;
}

int rdt_schemata_read(const struct oci_intel_rdt *rdt, struct arena *arena, struct rdt_lines *out)
{
	size_t most = count_lines(rdt->l3_cache_schema) + count_lines(rdt->mem_bw_schema);
	int rc = 0;

	for (size_t i = 0; i < rdt->schemata.count; i++)
		most += count_lines(rdt->schemata.items[i]);
	*out = (struct rdt_lines){ .items = arena_array(arena, most + 1, sizeof(*out->items)) };
	if (!out->items)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < rdt->schemata.count; i++) {
		const char *pointer = arena_format(arena, "/linux/intelRdt/schemata/%zu", i);

		rc = pointer ? add(out, rdt->schemata.items[i], pointer, arena) : -ENOMEM;
	}
	if (rc == 0)
		rc = add(out, rdt->mem_bw_schema, "/linux/intelRdt/memBwSchema", arena);
	if (rc == 0)
		rc = add(out, rdt->l3_cache_schema, "/linux/intelRdt/l3CacheSchema", arena);
	return rc;
}

char *rdt_schemata_text(const struct rdt_lines *lines, struct arena *arena)
{
	char *text = arena_strdup(arena, "");

	for (size_t i = 0; text && i < lines->count; i++)
		text = arena_format(arena, "%s%s\n", text, lines->items[i].text);
	return text;
}
