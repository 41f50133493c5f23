/* arena.c - see ocispec/arena.h. */
#include "ocispec/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	_Alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_SIZE = 16 * 1024, ALIGN = _Alignof(max_align_t) };

static struct arena_block *new_block(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->block;
	size_t need;
	void *at;

	if (size > SIZE_MAX - ALIGN)
		return NULL;
	need = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (need == 0)
		need = ALIGN;
	if (!block || need > block->size - arena->used) {
		block = new_block(need > BLOCK_SIZE ? need : BLOCK_SIZE);
		if (!block)
			return NULL;
		block->next = arena->block;
		arena->block = block;
		arena->used = 0;
	}
	at = block->data + arena->used;
	arena->used += need;
	arena->total += need;
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, len + 1);
	if (copy && len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *copy;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return NULL;
	copy = arena_alloc(arena, (size_t)len + 1);
	if (!copy)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(copy, (size_t)len + 1, format, args);
	va_end(args);
	return copy;
}

void arena_free(struct arena *arena)
{
	struct arena_block *next;

	for (struct arena_block *b = arena->block; b; b = next) {
		next = b->next;
		free(b);
	}
	*arena = (struct arena)ARENA_INIT;
}
