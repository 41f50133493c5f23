/* unicode.c - see unicode.h. The JSON parser has made sure that each escape is complete. */
#include "unicode.h"

#include <stdint.h>
#include <string.h>

size_t unicode_char(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t n;

	if (len == 0 || s[0] < 0x80)
		return len > 0;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	if (s[0] == 0xe0) /* shorter forms exist */
		low = 0xa0;
	else if (s[0] == 0xed) /* surrogates */
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4) /* beyond U+10FFFF */
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

static unsigned int unicode_hex(const char *digits)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)digits[i];

		value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/* How many bytes the escape at text takes, 0 when it is half of a surrogate pair. */
static size_t unicode_escape(const char *text, size_t len, unsigned int *code)
{
	*code = 1;
	if (len < 6 || text[1] != 'u')
		return 2;
	*code = unicode_hex(text + 2);
	if (*code < 0xd800 || *code > 0xdfff)
		return 6;
	if (*code > 0xdbff || len < 12 || text[6] != '\\' || text[7] != 'u')
		return 0;
	*code = unicode_hex(text + 8);
	return *code >= 0xdc00 && *code <= 0xdfff ? 12 : 0;
}

size_t unicode_plain(const char *text, size_t len)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	size_t i = 0;

	while (i + 8 <= len) {
		uint64_t word, slash;

		memcpy(&word, text + i, 8);
		slash = word ^ ('\\' * ones); /* a zero byte where a backslash is */
		if ((word | ((slash - ones) & ~slash)) & tops)
			break;
		i += 8;
	}
	while (i < len && (unsigned char)text[i] < 0x80 && text[i] != '\\')
		i++;
	return i;
}

enum unicode_fault unicode_check(const char *text, size_t len, size_t *at)
{
	enum unicode_fault fault = UNICODE_FINE;
	size_t i = 0;

	for (;;) {
		unsigned int code = 1;
		size_t n;

		i += unicode_plain(text + i, len - i);
		if (i >= len)
			return fault;
		n = text[i] == '\\' ? unicode_escape(text + i, len - i, &code)
				    : unicode_char(text + i, len - i);
		if (n == 0) {
			*at = i;
			return text[i] == '\\' ? UNICODE_LONE_SURROGATE : UNICODE_BAD_UTF8;
		}
		if (code == 0 && fault == UNICODE_FINE) {
			*at = i;
			fault = UNICODE_NUL;
		}
		i += n;
	}
}
