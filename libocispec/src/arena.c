/* arena.c - see ocispec/arena.h. */
#include "ocispec/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size;  /* of data */
	size_t dirty; /* bytes of data that may not be zero: of a block of the pool that is free */
	_Alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_SIZE = 16 * 1024, ALIGN = _Alignof(max_align_t), POOLED = 12 };

/*
 * The first blocks of a process lie in .bss: zero by themselves, a page is there when it is
 * touched, and one that was given back is warm. A general allocator maps and unmaps most of them
 * (musl), as short-lived arenas come and go. With a sanitizer each block is an object of its own,
 * so that it sees who uses what is gone.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITHOUT_POOL
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITHOUT_POOL
#endif

#ifdef WITHOUT_POOL
static struct arena_block *pool_take(void)
{
	return NULL;
}

static bool pool_give(struct arena_block *block, size_t used)
{
	(void)block;
	(void)used;
	return false;
}
#else
static union {
	struct arena_block block;
	unsigned char bytes[sizeof(struct arena_block) + BLOCK_SIZE];
} pool[POOLED];
static atomic_uint pool_taken; /* a bit each: threads of a caller of libtare have arenas, too */

static struct arena_block *pool_take(void)
{
	unsigned taken = atomic_load(&pool_taken), bit, at;

	do {
		bit = ~taken & (taken + 1);
		if (bit == 0 || bit >= 1U << POOLED)
			return NULL;
	} while (!atomic_compare_exchange_weak(&pool_taken, &taken, taken | bit));
	at = (unsigned)__builtin_ctz(bit);
	memset(pool[at].block.data, 0, pool[at].block.dirty);
	return &pool[at].block;
}

static bool pool_give(struct arena_block *block, size_t used)
{
	uintptr_t at = ((uintptr_t)block - (uintptr_t)pool) / sizeof(pool[0]);

	if (at >= POOLED)
		return false;
	block->dirty = used;
	atomic_fetch_and(&pool_taken, ~(1U << at));
	return true;
}
#endif

static struct arena_block *new_block(size_t size)
{
	struct arena_block *block = size <= BLOCK_SIZE ? pool_take() : NULL;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	if (!block)
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
	size_t used = arena->used; /* of the newest; the others are full */
	struct arena_block *next;

	for (struct arena_block *b = arena->block; b; b = next, used = BLOCK_SIZE) {
		next = b->next;
		if (!pool_give(b, used))
			free(b);
	}
	*arena = (struct arena)ARENA_INIT;
}
