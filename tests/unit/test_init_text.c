/*
 * test_init_text.c - the string functions of tare-init. Those that replace libc's exist in the
 * freestanding build only: here mem.c is compiled once more, under names of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define memcpy             own_memcpy
#define memset             own_memset
#define memmove            own_memmove
#define memcmp             own_memcmp
#define strlen             own_strlen
#define text_same          own_text_same
#define text_append        own_text_append
#define text_append_number own_text_append_number
#define TARE_INIT_FREESTANDING
#include "init/mem.c"
#undef memcpy
#undef memset
#undef memmove
#undef memcmp
#undef strlen

enum { SIZE = 300 };

static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(seed + i * 7);
}

/* Every offset and length: the bytes asked for, and none beside them. */
static void copies(void **state)
{
	unsigned char from[SIZE], to[SIZE], want[SIZE];

	(void)state;
	fill(from, SIZE, 1);
	for (size_t at = 0; at < 17; at++) {
		for (size_t size = 0; size < SIZE - 17; size += 5) {
			fill(to, SIZE, 100);
			memcpy(want, to, SIZE);
			memcpy(want + at, from + 3, size);
			assert_ptr_equal(own_memcpy(to + at, from + 3, size), to + at);
			assert_memory_equal(to, want, SIZE);
		}
	}
}

static void moves_over_itself(void **state)
{
	unsigned char bytes[SIZE], want[SIZE];

	(void)state;
	for (size_t to = 0; to < 20; to++) {
		for (size_t from = 0; from < 20; from++) {
			fill(bytes, SIZE, 5);
			memcpy(want, bytes, SIZE);
			memmove(want + to, want + from, 100);
			assert_ptr_equal(own_memmove(bytes + to, bytes + from, 100), bytes + to);
			assert_memory_equal(bytes, want, SIZE);
		}
	}
}

static void sets(void **state)
{
	unsigned char bytes[SIZE], want[SIZE];

	(void)state;
	fill(bytes, SIZE, 9);
	memcpy(want, bytes, SIZE);
	memset(want + 7, 0xee, 111);
	assert_ptr_equal(own_memset(bytes + 7, 0x1ee, 111), bytes + 7); /* the low byte counts */
	assert_memory_equal(bytes, want, SIZE);
	(void)own_memset(bytes, 1, 0);
	assert_memory_equal(bytes, want, SIZE);
}

static void compares(void **state)
{
	(void)state;
	assert_int_equal(own_memcmp("abc", "abd", 2), 0);
	assert_true(own_memcmp("abc", "abd", 3) < 0);
	assert_true(own_memcmp("abd", "abc", 3) > 0);
	assert_true(own_memcmp("\xff", "\x01", 1) > 0); /* bytes have no sign */
	assert_int_equal(own_memcmp("a", "b", 0), 0);
}

static void measures(void **state)
{
	(void)state;
	assert_int_equal(own_strlen(""), 0);
	assert_int_equal(own_strlen("abc\0def"), 3);
}

static void says_what_is_the_same(void **state)
{
	(void)state;
	assert_true(text_same("", ""));
	assert_true(text_same("tmpfs", "tmpfs"));
	assert_false(text_same("tmpfs", "tmpf"));
	assert_false(text_same("tmpf", "tmpfs"));
	assert_false(text_same("", "x"));
	assert_false(text_same("x", ""));
	assert_false(text_same("abc", "abd"));
}

static void appends_what_fits(void **state)
{
	char buffer[8] = "";

	(void)state;
	assert_true(text_append(buffer, sizeof(buffer), ""));
	assert_string_equal(buffer, "");
	assert_true(text_append(buffer, sizeof(buffer), "abc"));
	assert_true(text_append(buffer, sizeof(buffer), "defg")); /* 7 and the NUL */
	assert_string_equal(buffer, "abcdefg");
	assert_true(text_append(buffer, sizeof(buffer), ""));
	assert_false(text_append(buffer, sizeof(buffer), "h"));
	assert_string_equal(buffer, "abcdefg");
}

static void cuts_what_does_not_fit(void **state)
{
	char buffer[16];

	(void)state;
	memset(buffer, '#', sizeof(buffer));
	buffer[0] = '\0';
	assert_false(text_append(buffer, 8, "abcdefghijkl"));
	assert_string_equal(buffer, "abcdefg");
	assert_int_equal(buffer[8], '#'); /* not a byte beyond the size */
}

static void appends_numbers(void **state)
{
	char buffer[64] = "n=";

	(void)state;
	assert_true(text_append_number(buffer, sizeof(buffer), 0));
	assert_true(text_append_number(buffer, sizeof(buffer), 10));
	assert_true(text_append(buffer, sizeof(buffer), ","));
	assert_true(text_append_number(buffer, sizeof(buffer), UINT64_MAX));
	assert_string_equal(buffer, "n=010,18446744073709551615");
	buffer[0] = '\0';
	assert_false(text_append_number(buffer, 3, 123));
	assert_string_equal(buffer, "12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(moves_over_itself),
		cmocka_unit_test(sets),
		cmocka_unit_test(compares),
		cmocka_unit_test(measures),
		cmocka_unit_test(says_what_is_the_same),
		cmocka_unit_test(appends_what_fits),
		cmocka_unit_test(cuts_what_does_not_fit),
		cmocka_unit_test(appends_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
