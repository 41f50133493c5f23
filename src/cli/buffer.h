/*
 * buffer.h - a text of at most 4 KiB on the stack: what engines read of an error at most.
 *
 * Nothing is allocated, because being out of memory is one of the errors to tell. What does not
 * fit is left out.
 */
#ifndef TARE_CLI_BUFFER_H
#define TARE_CLI_BUFFER_H

#include "base/error.h"

#include <stdio.h>

#define BUFFER_SIZE 4096

struct buffer {
	size_t len; /* always below BUFFER_SIZE; data[len] is NUL */
	char data[BUFFER_SIZE];
};

/* How text from outside is made harmless. Bad UTF-8 is made visible in both. */
enum buffer_escape {
	BUFFER_TERMINAL, /* control characters as \n, \x1b ... */
	BUFFER_JSON,     /* the inside of a JSON string */
};

void buffer_clear(struct buffer *buffer);

/* The whole text or nothing; the text must be harmless. False if it did not fit. */
bool buffer_add(struct buffer *buffer, const char *text);

/* Up to `max` bytes of output, then "..."; never half a character or escape. */
void buffer_add_escaped(struct buffer *buffer, enum buffer_escape escape, const char *text,
			size_t max);

/* The same straight to a stream, cut after some 1000 bytes. */
void buffer_print_escaped(FILE *to, enum buffer_escape escape, const char *text);

/* The same, whole. */
void buffer_print_whole(FILE *to, enum buffer_escape escape, const char *text);

#endif
