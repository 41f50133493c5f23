/* unicode.h - what JSON parsers let pass in strings though it is not Unicode text. */
#ifndef OCISPEC_UNICODE_H
#define OCISPEC_UNICODE_H

#include <stddef.h>

enum unicode_fault { UNICODE_FINE, UNICODE_BAD_UTF8, UNICODE_LONE_SURROGATE, UNICODE_NUL };

/*
 * Looks through the inside of a JSON string as it stands in the document, escapes and all. *at is
 * where the fault is. Of several, NUL is reported only if there is no other.
 */
enum unicode_fault unicode_check(const char *text, size_t len, size_t *at);

/* How many bytes from the start are ASCII without a backslash; eight at a time. */
size_t unicode_plain(const char *text, size_t len);

/* The length of the UTF-8 character at text, or 0 when it is none. */
size_t unicode_char(const char *text, size_t len);

#endif
