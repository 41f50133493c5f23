/* buffer.c - see buffer.h. */
#include "cli/buffer.h"

#include <stdio.h>
#include <string.h>

#define UNIT_MAX 16 /* the longest escape of one character, with NUL */

enum { PRINTED_MOST = 1000 };

void buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->data[0] = '\0';
}

bool buffer_add(struct buffer *buffer, const char *text)
{
	size_t len = strlen(text);

	if (len >= BUFFER_SIZE - buffer->len)
		return false;
	memcpy(buffer->data + buffer->len, text, len + 1);
	buffer->len += len;
	return true;
}

/* Bytes of the well-formed UTF-8 character at `text`, 0 if there is none. */
static size_t character_length(const char *text)
{
	static const struct {
		unsigned char mask, lead;
		unsigned long least;
	} forms[] = {
		{ 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned long code = bytes[0] & (unsigned char)~forms[i].mask;
		size_t more = 0;

		if ((bytes[0] & forms[i].mask) != forms[i].lead)
			continue;
		while (more < i && (bytes[more + 1] & 0xc0) == 0x80)
			code = code << 6 | (bytes[++more] & 0x3f);
		if (more < i || code < forms[i].least || code > 0x10ffff ||
		    (code >= 0xd800 && code <= 0xdfff))
			return 0;
		return i + 1;
	}
	return 0;
}

static const char *short_escape(unsigned char c)
{
	switch (c) {
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/* U+0080..U+009F steer terminals as the first 32 do. */
static bool is_control(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	return (len == 1 && (c < ' ' || c == 0x7f)) ||
	       (len == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

/* One character, or one bad byte, as it is shown. Gives the bytes used up of `text`. */
static size_t show_one(enum buffer_escape escape, const char *text, char unit[UNIT_MAX])
{
	size_t len = character_length(text);
	unsigned char c = (unsigned char)text[0];
	const char *brief = short_escape(c);

	if (brief) {
		(void)snprintf(unit, UNIT_MAX, "%s", brief);
	} else if (escape == BUFFER_JSON && (c == '"' || c == '\\')) {
		(void)snprintf(unit, UNIT_MAX, "\\%c", c);
	} else if (escape == BUFFER_JSON && len == 0) {
		(void)snprintf(unit, UNIT_MAX, "\xef\xbf\xbd"); /* U+FFFD */
	} else if (escape == BUFFER_JSON && is_control(text, len)) {
		(void)snprintf(unit, UNIT_MAX, "\\u%04x",
			       len == 2 ? (unsigned char)text[1] : (unsigned)c);
	} else if (len == 0 || is_control(text, len)) {
		(void)snprintf(unit, UNIT_MAX, "\\x%02x",
			       len == 2 ? (unsigned char)text[1] : (unsigned)c);
	} else {
		memcpy(unit, text, len);
		unit[len] = '\0';
	}
	return len ? len : 1;
}

void buffer_add_escaped(struct buffer *buffer, enum buffer_escape escape, const char *text,
			size_t max)
{
	size_t start = buffer->len;
	size_t room = BUFFER_SIZE - 1 - start;
	size_t end = start + (max < room ? max : room);
	size_t cut = start; /* the last place where dots still fit */
	char unit[UNIT_MAX];

	while (*text != '\0') {
		text += show_one(escape, text, unit);
		if (buffer->len + strlen(unit) > end) {
			buffer->len = cut;
			buffer->data[cut] = '\0';
			if (cut + 3 <= end)
				(void)buffer_add(buffer, "...");
			return;
		}
		(void)buffer_add(buffer, unit);
		if (buffer->len + 3 <= end)
			cut = buffer->len;
	}
}

void buffer_print_escaped(FILE *to, enum buffer_escape escape, const char *text)
{
	struct buffer safe;

	buffer_clear(&safe);
	buffer_add_escaped(&safe, escape, text, PRINTED_MOST);
	(void)fputs(safe.data, to);
}

void buffer_print_whole(FILE *to, enum buffer_escape escape, const char *text)
{
	char unit[UNIT_MAX];

	while (*text != '\0') {
		text += show_one(escape, text, unit);
		(void)fputs(unit, to);
	}
}
