/* token.h - where the token of a yajl event is: yajl tells only where it ends. */
#ifndef OCISPEC_TOKEN_H
#define OCISPEC_TOKEN_H

#include <stddef.h>

static inline int token_is_separator(char c)
{
	return c == ' ' || c == '\n' || c == ',' || c == ':' || c == '\t' || c == '\r';
}

/* Between the end of one event's token and the start of the next there are only separators. */
static inline size_t token_start(const char *text, size_t last_end, size_t end)
{
	while (last_end < end && token_is_separator(text[last_end]))
		last_end++;
	return last_end;
}

#endif
