/* issues.c - what was wrong with the text: where, and in words. */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"

/* Bytes the key takes as a segment of a JSON pointer; writes them if to is not NULL. */
static size_t issues_segment(const struct key *key, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < key->len; i++) {
		char c = key->text[i];
		bool escape = c == '~' || c == '/';

		if (to && escape)
			to[n] = '~';
		if (to)
			to[n + escape] = (char)(c == '~' ? '0' : c == '/' ? '1' : c);
		n += 1u + escape;
	}
	return n;
}

/* One frame's share of the pointer; returns its length. */
static size_t issues_step(const struct frame *frame, char *to)
{
	char index[24];
	int n;

	if (frame->kind == FRAME_LIST || frame->kind == FRAME_SKIP_LIST) {
		n = snprintf(index, sizeof(index), "/%zu", frame->index);
		if (to)
			memcpy(to, index, (size_t)n);
		return (size_t)n;
	}
	if (!frame->key.text)
		return 0;
	if (to)
		*to = '/';
	return 1 + issues_segment(&frame->key, to ? to + 1 : NULL);
}

static char *issues_pointer(const struct reader *r)
{
	size_t len = 0;
	char *pointer;

	for (unsigned int i = 0; i <= r->depth; i++)
		len += issues_step(&r->frames[i], NULL);
	pointer = arena_alloc(r->arena, len + 1);
	if (!pointer)
		return NULL;
	len = 0;
	for (unsigned int i = 0; i <= r->depth; i++)
		len += issues_step(&r->frames[i], pointer + len);
	return pointer;
}

struct oci_issue *issues_add(struct reader *r, size_t offset)
{
	struct oci_issues *issues = r->issues;
	struct oci_issue *issue;

	if (issues->count++ >= OCI_ISSUES_MAX)
		return NULL;
	issue = arena_alloc(r->arena, sizeof(*issue));
	if (issue)
		issue->pointer = issues_pointer(r);
	if (!issue || !issue->pointer) {
		r->error = -ENOMEM;
		return NULL;
	}
	issue->offset = offset;
	if (issues->last)
		issues->last->next = issue;
	else
		issues->first = issue;
	issues->last = issue;
	return issue;
}

/* Writes one character of the text in a printable form; returns how many bytes that took. */
static size_t issues_printable(const char *text, size_t n, char *to)
{
	unsigned char c = (unsigned char)text[0];

	if (c == '"' || c == '\\') {
		to[0] = '\\';
		to[1] = (char)c;
		return 2;
	}
	if (n == 1 && c == '\n') {
		memcpy(to, "\\n", 2);
		return 2;
	}
	/* There are control characters beyond ASCII, which terminals may obey too. */
	if (n == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0)
		c = (unsigned char)text[1];
	else if (n > 1 || (c >= ' ' && c < 0x7f)) {
		memcpy(to, text, n);
		return n;
	}
	(void)snprintf(to, 7, "\\u%04x", c);
	return 6;
}

const char *issues_quote(const char *text, size_t len, char buffer[ISSUES_QUOTE_SIZE])
{
	size_t at = 0, used = 0, shown = 0;

	buffer[used++] = '"';
	while (at < len && shown < 64) {
		size_t n = unicode_char(text + at, len - at);

		if (n == 0) /* not UTF-8: shown as a control character is */
			n = 1;
		used += issues_printable(text + at, n, buffer + used);
		at += n;
		shown++;
	}
	memcpy(buffer + used, at < len ? "...\"" : "\"", at < len ? 5 : 2);
	return buffer;
}

static int issues_compare(const void *left, const void *right)
{
	const struct oci_issue *a = *(struct oci_issue *const *)left;
	const struct oci_issue *b = *(struct oci_issue *const *)right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return strcmp(a->pointer, b->pointer);
}

/* In one go over the text, as the issues are in its order. */
static void issues_locate(const struct oci_issues *issues, struct oci_text text)
{
	size_t at = 0, line_start = 0;
	unsigned int line = 1;

	for (struct oci_issue *issue = issues->first; issue; issue = issue->next) {
		for (; at < issue->offset && at < text.len; at++) {
			if (text.data[at] == '\n') {
				line++;
				line_start = at + 1;
			}
		}
		issue->line = line;
		issue->column = (unsigned int)(issue->offset - line_start) + 1;
	}
}

int issues_finish(struct reader *r)
{
	struct oci_issues *issues = r->issues;
	struct oci_issue *sorted[OCI_ISSUES_MAX];
	size_t n = 0;

	for (struct oci_issue *issue = issues->first; issue; issue = issue->next) {
		if (!issue->message)
			return -ENOMEM;
		sorted[n++] = issue;
	}
	if (n == 0)
		return 0;
	qsort(sorted, n, sizeof(sorted[0]), issues_compare);
	for (size_t i = 0; i + 1 < n; i++)
		sorted[i]->next = sorted[i + 1];
	sorted[n - 1]->next = NULL;
	issues->first = sorted[0];
	issues->last = sorted[n - 1];
	issues_locate(issues, r->text);
	return -EINVAL;
}
