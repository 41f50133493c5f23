/*
 * arena.h - memory that goes at once.
 *
 * A spec and everything it points to lives in one arena. Blocks are zeroed. Nothing is freed
 * singly; arena_free() ends it all.
 */
#ifndef OCISPEC_ARENA_H
#define OCISPEC_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* newest first */
	size_t used;               /* bytes of the newest block in use */
	size_t total;              /* bytes handed out, for limits and statistics */
};

#define ARENA_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

/* Zeroed memory aligned for any type, or NULL when there is none. A size of 0 is allowed. */
void *arena_alloc(struct arena *arena, size_t size);

/* count * size with overflow check. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Copies; NULL when out of memory. arena_strndup() adds the final NUL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void arena_free(struct arena *arena);

#endif
