/*
 * test_base.c - what everything rests on: errors in words, strict numbers, lists of problems and
 * of warnings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/problems.h"
#include "base/text.h"

#include <fcntl.h>

/* ---- numbers */

static const struct number {
	const char *text;
	uint64_t max;
	int rc;
	uint64_t value;
} numbers[] = {
	{ "0", UINT64_MAX, 0, 0 },
	{ "7", 7, 0, 7 },
	{ "42", 100, 0, 42 },
	{ "4294967295", UINT32_MAX, 0, UINT32_MAX },
	{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "0", 0, 0, 0 },
	{ "8", 7, -ERANGE, 0 },
	{ "4294967296", UINT32_MAX, -ERANGE, 0 },
	{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
	{ "18446744073709551620", UINT64_MAX, -ERANGE, 0 },
	{ "99999999999999999999999999", UINT64_MAX, -ERANGE, 0 },
	{ "", 9, -EINVAL, 0 },
	{ "00", 9, -EINVAL, 0 },
	{ "01", 9, -EINVAL, 0 },
	{ "-1", 9, -EINVAL, 0 },
	{ "-0", 9, -EINVAL, 0 },
	{ "+1", 9, -EINVAL, 0 },
	{ " 1", 9, -EINVAL, 0 },
	{ "1 ", 9, -EINVAL, 0 },
	{ "1\n", 9, -EINVAL, 0 },
	{ "0x1", 9, -EINVAL, 0 },
	{ "1e1", 99, -EINVAL, 0 },
	{ "1.0", 9, -EINVAL, 0 },
	{ "1_0", 99, -EINVAL, 0 },
	{ "one", 9, -EINVAL, 0 },
	{ "\xd9\xa1", 9, -EINVAL, 0 }, /* a digit in another script */
	{ "/", 9, -EINVAL, 0 },
	{ ":", 9, -EINVAL, 0 },
};

static void strict_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number *n = &numbers[i];
		uint64_t value = 123456;

		if (text_to_u64(n->text, n->max, &value) != n->rc)
			fail_msg("\"%s\" at most %llu", n->text, (unsigned long long)n->max);
		assert_int_equal(value, n->rc ? 123456 : n->value); /* untouched by a failure */
	}
}

static void texts(void **state)
{
	(void)state;
	assert_true(text_equal(NULL, NULL));
	assert_true(text_equal("a", "a"));
	assert_false(text_equal("a", NULL));
	assert_false(text_equal(NULL, ""));
	assert_false(text_equal("a", "ab"));
	assert_true(text_has_prefix("abc", "ab"));
	assert_true(text_has_prefix("abc", ""));
	assert_true(text_has_prefix("abc", "abc"));
	assert_false(text_has_prefix("ab", "abc"));
	assert_false(text_has_prefix("", "a"));
}

static void formatting_never_cuts(void **state)
{
	char to[8];

	(void)state;
	assert_int_equal(text_format(to, sizeof(to), "%s-%d", "abc", 123), 7);
	assert_string_equal(to, "abc-123");
	assert_int_equal(text_format(to, sizeof(to), "%s-%d", "abcd", 123), -ENAMETOOLONG);
	assert_int_equal(text_format(to, sizeof(to), "%s", ""), 0);
	assert_string_equal(to, "");
}

/* ---- errors */

static bool has_phrase(const char *text)
{
	static const char *const phrases[] = { "no such file or directory", "permission denied",
					       "operation not permitted",
					       "executable file not found" };

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (strcasestr(text, phrases[i]))
			return true;
	}
	return false;
}

/* Engines take these words for a program that could not be executed (CALLERS.md, rule 8). */
static void causes_are_not_the_engines_phrases(void **state)
{
	(void)state;
	for (int errnum = 1; errnum < 600; errnum++) {
		struct error err;

		if (has_phrase(error_cause(errnum)))
			fail_msg("%s: %s", error_name(errnum), error_cause(errnum));
		assert_true(error_cause(errnum)[0] != '\0');
		(void)error_sys(&err, errnum, "open", NULL, "cannot open it");
		assert_false(has_phrase(err.message));
		assert_null(strchr(err.message, '\n'));
	}
}

static void names_of_errors(void **state)
{
	(void)state;
	assert_string_equal(error_name(ENOENT), "ENOENT");
	assert_string_equal(error_name(EACCES), "EACCES");
	assert_string_equal(error_name(ENOTSUP), "EOPNOTSUPP");
	assert_string_equal(error_name(523), "errno 523");
	assert_string_equal(error_cause(EPERM), "the kernel does not allow it");
	assert_string_equal(error_cause(ENOSPC), "No space left on device");
}

static void an_error_is_described_once(void **state)
{
	struct error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(error_set(&err, EINVAL, "/hostname", "%s is too %s", "it", "long"),
			 -EINVAL);
	assert_int_equal(err.errnum, EINVAL);
	assert_string_equal(err.message, "it is too long");
	assert_string_equal(err.pointer, "/hostname");
	assert_string_equal(err.syscall, "");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.step, "");
	assert_string_equal(err.file, "");
	assert_int_equal(err.line | err.column, 0);
}

static void the_kernels_refusal(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_sys(&err, ENOENT, "open", NULL, "cannot open %s", "/x"), -ENOENT);
	assert_string_equal(err.message, "cannot open /x: it does not exist (ENOENT)");
	assert_string_equal(err.syscall, "open");
	assert_string_equal(err.pointer, "");
}

static void a_new_error_replaces_the_old_one(void **state)
{
	struct error err;

	(void)state;
	(void)error_sys(&err, EIO, "read", "/old", "old");
	error_add_hint(&err, "old hint");
	error_add_step(&err, "old step");
	(void)error_set(&err, EINVAL, NULL, "new");
	assert_string_equal(err.message, "new");
	assert_string_equal(err.pointer, "");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.step, "");
	assert_string_equal(err.syscall, "");
}

static void what_is_known_further_up(void **state)
{
	struct error err;

	(void)state;
	(void)error_set(&err, EINVAL, NULL, "message");
	error_add_pointer(&err, "/first");
	error_add_pointer(&err, "/second");
	error_add_step(&err, "first");
	error_add_step(&err, "second");
	error_add_hint(&err, "%d", 1);
	error_add_hint(&err, "%d", 2);
	assert_string_equal(err.pointer, "/first");
	assert_string_equal(err.step, "first");
	assert_string_equal(err.hint, "1");
}

/* A path of the config may be long: the cause is still there to be read. */
static void long_texts_are_cut(void **state)
{
	static const char end[] = "t...: Input/output error (EIO)";
	char text[5000];
	struct error err;

	(void)state;
	memset(text, 't', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(error_sys(&err, EIO, text, text, "%s", text), -EIO);
	assert_true(strlen(err.message) > strlen(end));
	assert_string_equal(err.message + strlen(err.message) - strlen(end), end);
	assert_int_equal(strlen(err.pointer), sizeof(err.pointer) - 1);
	assert_int_equal(strlen(err.syscall), sizeof(err.syscall) - 1);
	error_add_hint(&err, "%s", text);
	error_add_step(&err, text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	assert_int_equal(strlen(err.step), sizeof(err.step) - 1);
}

static void nobody_need_listen(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, EINVAL, NULL, "x"), -EINVAL);
	assert_int_equal(error_sys(NULL, EIO, "x", NULL, "x"), -EIO);
	error_add_step(NULL, "x");
	error_add_pointer(NULL, "x");
	error_add_hint(NULL, "x");
}

/* ---- problems */

static void problems_in_their_order(void **state)
{
	struct problems list;
	struct problem *p;

	(void)state;
	problems_init(&list);
	p = problems_add(&list, PROBLEM_ERROR, "/a", "must be %d", 1);
	problem_hint(p, "write %d", 1);
	problem_hint(p, "write %d", 2);
	p = problems_add(&list, PROBLEM_WARNING, "", "odd");
	assert_int_equal(list.errors, 1);
	assert_int_equal(list.warnings, 1);
	assert_string_equal(list.first->message, "must be 1");
	assert_string_equal(list.first->hint, "write 1");
	assert_ptr_equal(list.first->next, p);
	assert_string_equal(p->pointer, "");
	assert_null(p->hint);
	assert_null(p->next);
	problem_hint(NULL, "nothing");
	problems_free(&list);
	assert_null(list.first);
	assert_int_equal(list.errors + list.warnings, 0);
	assert_non_null(problems_add(&list, PROBLEM_ERROR, "/again", "usable"));
	problems_free(&list);
}

static void errors_touch_above_and_below(void **state)
{
	struct problems list;

	(void)state;
	problems_init(&list);
	assert_false(problems_touch(&list, ""));
	(void)problems_add(&list, PROBLEM_WARNING, "/warned", "odd");
	assert_false(problems_touch(&list, "/warned"));
	(void)problems_add(&list, PROBLEM_ERROR, "/a/b", "wrong");
	assert_true(problems_touch(&list, "/a/b"));
	assert_true(problems_touch(&list, "/a/b/c"));
	assert_true(problems_touch(&list, "/a"));
	assert_true(problems_touch(&list, ""));
	assert_false(problems_touch(&list, "/a/bc"));
	assert_false(problems_touch(&list, "/a/c"));
	assert_false(problems_touch(&list, "/ab"));
	assert_false(problems_touch(&list, "/warned"));
	(void)problems_add(&list, PROBLEM_ERROR, "", "not JSON");
	assert_true(problems_touch(&list, "/anything"));
	problems_free(&list);
}

/* ---- warnings */

static void warnings_in_their_order(void **state)
{
	struct log log;

	(void)state;
	log_init(&log);
	assert_null(log.first);
	log_warn(&log, "/a", "%s", "first");
	log_warn(&log, NULL, "second");
	assert_string_equal(log.first->text, "first");
	assert_string_equal(log.first->pointer, "/a");
	assert_string_equal(log.first->next->text, "second");
	assert_null(log.first->next->pointer);
	assert_null(log.first->next->next);
	log_free(&log);
	assert_null(log.first);
	log_warn(&log, NULL, "usable");
	assert_string_equal(log.first->text, "usable");
	log_free(&log);
}

/* ---- descriptors */

static void descriptors_close_themselves(void **state)
{
	int seen;

	(void)state;
	{
		owned_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		seen = fd;
	}
	assert_int_equal(fcntl(seen, F_GETFD), -1);
}

static void descriptors_can_be_moved(void **state)
{
	int moved;

	(void)state;
	{
		owned_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		moved = take_fd(&fd);
		assert_int_equal(fd, FD_NONE);
	}
	assert_int_equal(fcntl(moved, F_GETFD), FD_CLOEXEC);
	close_fd(&moved);
	assert_int_equal(moved, FD_NONE);
	close_fd(&moved); /* nothing to close any more */
	assert_int_equal(FD_NONE, -EBADF);
}

/* Compared with the libc on every day from 1970 to 2170, and on odd seconds. */
static void time_is_that_of_the_libc(void **state)
{
	char text[40], expected[40];

	(void)state;
	for (int64_t at = 0; at < 200LL * 366 * 86400; at += 86400 - 61) {
		time_t seconds = (time_t)at;
		struct tm utc;

		assert_non_null(gmtime_r(&seconds, &utc));
		assert_int_not_equal(
		    strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &utc), 0);
		text_time(text, sizeof(text), at, 7);
		assert_memory_equal(text, expected, strlen(expected));
		assert_string_equal(text + strlen(expected), ".000000007Z");
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t size; /* or a negative errno, below -1 */
	} rows[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "-1", -1 },
		{ "5b", 5 },
		{ "2k", 2048 },
		{ "2K", 2048 },
		{ "2kb", 2048 },
		{ "2KiB", 2048 },
		{ "512m", 512 << 20 },
		{ "1.5g", 3ll << 29 },
		{ "0.25M", 1 << 18 },
		{ "8191p", 8191ll << 50 },
		{ "8192p", -ERANGE },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -EINVAL },
		{ "", -EINVAL },
		{ "-2", -EINVAL },
		{ "+1", -EINVAL },
		{ " 1", -EINVAL },
		{ "1 k", -EINVAL },
		{ "01", -EINVAL },
		{ "1.", -EINVAL },
		{ ".5m", -EINVAL },
		{ "1e3", -EINVAL },
		{ "1mm", -EINVAL },
		{ "1bb", -EINVAL },
		{ "m", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t size = 0;
		int rc = text_to_size(rows[i].text, &size);

		if ((rc < 0 ? rc : size) != rows[i].size)
			fail_msg("%s: %d, %lld", rows[i].text, rc, (long long)size);
	}
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t milliseconds; /* -EINVAL: not understood */
	} rows[] = {
		{ "5s", 5000 },     { "100ms", 100 },         { "1m30s", 90000 }, { "1.5s", 1500 },
		{ "2h", 7200000 },  { "0", -EINVAL },         { "", -EINVAL },    { "5", -EINVAL },
		{ "-5s", -EINVAL }, { "5 s", -EINVAL },       { "5x", -EINVAL },  { "s", -EINVAL },
		{ "0s", 0 },        { "1h2m3s4ms", 3723004 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t found = 0;
		int rc = text_to_duration(rows[i].text, &found);

		if ((rc < 0 ? rc : found) != rows[i].milliseconds)
			fail_msg("%s: %d, %lld", rows[i].text, rc, (long long)found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(time_is_that_of_the_libc),
		cmocka_unit_test(strict_numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(formatting_never_cuts),
		cmocka_unit_test(causes_are_not_the_engines_phrases),
		cmocka_unit_test(names_of_errors),
		cmocka_unit_test(an_error_is_described_once),
		cmocka_unit_test(the_kernels_refusal),
		cmocka_unit_test(a_new_error_replaces_the_old_one),
		cmocka_unit_test(what_is_known_further_up),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(nobody_need_listen),
		cmocka_unit_test(problems_in_their_order),
		cmocka_unit_test(errors_touch_above_and_below),
		cmocka_unit_test(warnings_in_their_order),
		cmocka_unit_test(descriptors_close_themselves),
		cmocka_unit_test(descriptors_can_be_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
