/*
 * mem.c - the few functions of string.h that the compiler may call, and bounded text.
 */
#include "init/sys.h"

#ifdef TARE_INIT_FREESTANDING
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (size-- > 0)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned char *t = to;

	while (size-- > 0)
		*t++ = (unsigned char)byte;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t < f)
		return memcpy(to, from, size);
	while (size-- > 0)
		t[size] = f[size];
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size > 0; size--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return len;
}
#endif

bool text_same(const char *a, const char *b)
{
	for (; *a != '\0' && *a == *b; a++, b++)
		;
	return *a == *b;
}

bool text_append(char *buffer, size_t size, const char *text)
{
	size_t used = strlen(buffer), len = strlen(text);
	bool fits = used + len < size;

	if (!fits)
		len = size - used - 1;
	memcpy(buffer + used, text, len);
	buffer[used + len] = '\0';
	return fits;
}

bool text_append_number(char *buffer, size_t size, uint64_t number)
{
	char digits[24];
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return text_append(buffer, size, p);
}
