/* Errors and warnings in words: the text for people, the lines for engines, and their bounds. */
#include "cli/failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOON         1765454400 /* 2025-12-11T12:00:00Z */

static struct failure failure_of(struct finding finding)
{
	struct failure failure = {
		.program = "tare",
		.context = "run failed: ",
		.level = "error",
		.finding = finding,
		.now = NOON,
	};

	return failure;
}

static struct finding full_finding(void)
{
	struct finding finding = {
		.message = "cannot mount /srv/data on /data: it does not exist (ENOENT)",
		.code = "mount-source",
		.pointer = "/mounts/3/source",
		.file = "config.json",
		.line = 41,
		.column = 17,
		.step = "make the mounts",
		.syscall = "open_tree",
		.hint = "create /srv/data on the host",
		.errnum = 2,
	};

	return finding;
}

static void expect_text(const struct failure *failure, const char *expected)
{
	struct buffer text;

	failure_text(failure, &text);
	assert_string_equal(text.data, expected);
}

static void expect_line(const struct failure *failure, bool json, const char *expected)
{
	struct buffer text;

	failure_log_line(failure, json, &text);
	assert_string_equal(text.data, expected);
}

static void tells_everything_known(void **state)
{
	struct failure failure = failure_of(full_finding());

	(void)state;
	expect_text(
	    &failure,
	    "tare: run failed: cannot mount /srv/data on /data: it does not exist (ENOENT)\n"
	    "  config: /mounts/3/source (config.json:41:17)   step: make the mounts\n"
	    "  hint:   create /srv/data on the host\n"
	    "  see:    tare explain mount-source\n");
	expect_line(
	    &failure, true,
	    "{\"level\":\"error\",\"msg\":\"run failed: cannot mount /srv/data on /data: it does "
	    "not exist "
	    "(ENOENT)\",\"time\":\"2025-12-11T12:00:00Z\",\"code\":\"mount-source\",\"errno\":"
	    "\"ENOENT\","
	    "\"syscall\":\"open_tree\",\"pointer\":\"/mounts/3/source\","
	    "\"location\":\"config.json:41:17\",\"step\":\"make the mounts\","
	    "\"hint\":\"create /srv/data on the host\"}\n");
	expect_line(
	    &failure, false,
	    "time=\"2025-12-11T12:00:00Z\" level=error msg=\"run failed: cannot mount /srv/data "
	    "on /data: it does not exist (ENOENT)\" code=\"mount-source\" "
	    "pointer=\"/mounts/3/source\" "
	    "step=\"make the mounts\" hint=\"create /srv/data on the host\"\n");
}

static void leaves_out_what_is_unknown(void **state)
{
	struct finding finding = { .message = "m", .pointer = "", .step = "", .hint = "" };
	struct failure failure = failure_of(finding);

	(void)state;
	expect_text(&failure, "tare: run failed: m\n");
	expect_line(
	    &failure, true,
	    "{\"level\":\"error\",\"msg\":\"run failed: m\",\"time\":\"2025-12-11T12:00:00Z\"}\n");
	expect_line(&failure, false,
		    "time=\"2025-12-11T12:00:00Z\" level=error msg=\"run failed: m\"\n");
	failure.finding.step = "pivot";
	expect_text(&failure, "tare: run failed: m\n  step:   pivot\n");
	failure.finding.pointer = "/root";
	expect_text(&failure, "tare: run failed: m\n  config: /root   step: pivot\n");
	failure.finding.file = "c.json";
	expect_text(&failure, "tare: run failed: m\n  config: /root (c.json)   step: pivot\n");
	failure.finding.pointer = "";
	failure.finding.line = 1;
	failure.finding.column = 2;
	expect_text(&failure, "tare: run failed: m\n  config: c.json:1:2   step: pivot\n");
}

static void adds_the_usage(void **state)
{
	struct finding finding = { .message = "ID is missing" };
	struct failure failure = failure_of(finding);

	(void)state;
	failure.usage = "usage: tare run ID\n";
	expect_text(&failure, "tare: run failed: ID is missing\nusage: tare run ID\n");
}

static void marks_warnings(void **state)
{
	struct finding finding = { .message = "ignored", .pointer = "/a", .file = "c.json" };
	struct failure failure = failure_of(finding);

	(void)state;
	failure.level = "warning";
	failure.context = "";
	expect_text(&failure, "tare: warning: ignored\n  config: /a (c.json)\n");
	expect_line(&failure, true,
		    "{\"level\":\"warning\",\"msg\":\"ignored\",\"time\":\"2025-12-11T12:00:00Z\","
		    "\"pointer\":\"/a\"}\n");
}

static void takes_defaults_from_the_error(void **state)
{
	struct error err;
	struct finding finding;

	(void)state;
	(void)error_sys(&err, 13, "openat", "/root/path", "cannot open x");
	finding = failure_from_error(&err, "config.json");
	assert_string_equal(finding.file, "config.json");
	assert_string_equal(finding.syscall, "openat");
	assert_string_equal(finding.pointer, "/root/path");
	assert_int_equal(finding.errnum, 13);
	(void)snprintf(err.file, sizeof(err.file), "%s", "/b/c.json");
	assert_string_equal(failure_from_error(&err, "config.json").file, "/b/c.json");
}

static void add_problem(struct problems *list, const char *pointer, unsigned line, const char *hint)
{
	struct problem *p = problems_add(list, PROBLEM_ERROR, pointer, "must be %u", line);

	assert_non_null(p);
	p->line = line;
	p->column = 5;
	if (hint)
		problem_hint(p, "%s", hint);
}

static struct failure failure_of_problems(const struct problems *list)
{
	const struct problem *first = failure_next_mistake(list->first);
	struct failure failure = failure_of(failure_from_problem(first, "config.json"));

	failure.problems = list;
	return failure;
}

static void leads_a_mistake_with_its_pointer(void **state)
{
	struct problems list;
	struct failure failure;

	(void)state;
	problems_init(&list);
	(void)problems_add(&list, PROBLEM_WARNING, "/x", "odd");
	add_problem(&list, "/hostname", 7, "set it");
	failure = failure_of_problems(&list);
	expect_text(&failure, "tare: run failed: /hostname: must be 7\n"
			      "  config: /hostname (config.json:7:5)\n"
			      "  hint:   set it\n");
	expect_line(&failure, true,
		    "{\"level\":\"error\",\"msg\":\"run failed: /hostname: must be 7\","
		    "\"time\":\"2025-12-11T12:00:00Z\",\"pointer\":\"/hostname\","
		    "\"location\":\"config.json:7:5\",\"hint\":\"set it\"}\n");
	problems_free(&list);
}

static void lists_several_mistakes(void **state)
{
	struct problems list;
	struct failure failure;

	(void)state;
	problems_init(&list);
	add_problem(&list, "", 1, NULL);
	add_problem(&list, "/hostname", 7, "set it");
	(void)problems_add(&list, PROBLEM_WARNING, "/x", "odd");
	add_problem(&list, "/root", 0, NULL);
	failure = failure_of_problems(&list);
	expect_text(&failure, "tare: run failed: config.json has 3 mistakes, the first: must be 1\n"
			      "  config: config.json:1:5: must be 1\n"
			      "  config: /hostname (config.json:7:5): must be 7\n"
			      "  hint:   set it\n"
			      "  config: /root (config.json): must be 0\n");
	expect_line(
	    &failure, true,
	    "{\"level\":\"error\",\"msg\":\"run failed: config.json has 3 mistakes, the first: "
	    "must be 1\",\"time\":\"2025-12-11T12:00:00Z\",\"location\":\"config.json:1:5\","
	    "\"mistakes\":[{\"msg\":\"must be 1\",\"location\":\"config.json:1:5\"},"
	    "{\"msg\":\"must be 7\",\"pointer\":\"/hostname\",\"location\":\"config.json:7:5\","
	    "\"hint\":\"set it\"},{\"msg\":\"must be 0\",\"pointer\":\"/root\"}]}\n");
	expect_line(&failure, false,
		    "time=\"2025-12-11T12:00:00Z\" level=error msg=\"run failed: config.json has 3 "
		    "mistakes, the first: must be 1\"\n");
	problems_free(&list);
}

static void escapes_for_terminals_and_json(void **state)
{
	static const struct {
		const char *text, *terminal, *json;
	} cases[] = {
		{ "plain", "plain", "plain" },
		{ "a\"b\\c/", "a\"b\\c/", "a\\\"b\\\\c/" },
		{ "\n\r\t", "\\n\\r\\t", "\\n\\r\\t" },
		{ "\x1b[31m\x7f", "\\x1b[31m\\x7f", "\\u001b[31m\\u007f" },
		{ "\xc2\x9b"
		  "1m",
		  "\\x9b1m", "\\u009b1m" },
		{ "\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3",
		  "\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3",
		  "\xc2\xa0\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3" },
		{ "\xff"
		  "a",
		  "\\xffa",
		  "\xef\xbf\xbd"
		  "a" },
		{ "\xc3", "\\xc3", "\xef\xbf\xbd" },                      /* cut short */
		{ "\xc0\xaf", "\\xc0\\xaf", "\xef\xbf\xbd\xef\xbf\xbd" }, /* longer than needed */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* above U+10FFFF */
	};
	struct buffer out;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buffer_clear(&out);
		buffer_add_escaped(&out, BUFFER_TERMINAL, cases[i].text, 100);
		assert_string_equal(out.data, cases[i].terminal);
		buffer_clear(&out);
		buffer_add_escaped(&out, BUFFER_JSON, cases[i].text, 100);
		assert_string_equal(out.data, cases[i].json);
	}
}

static void cuts_between_characters(void **state)
{
	struct buffer out;

	(void)state;
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON, "abcdef", 6);
	assert_string_equal(out.data, "abcdef");
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON, "abcdefg", 6);
	assert_string_equal(out.data, "abc...");
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON, "ab\ncdef", 6);
	assert_string_equal(out.data, "ab...");
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON,
			   "ab\xe2\x82\xac"
			   "cde",
			   7);
	assert_string_equal(out.data, "ab...");
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON, "abc", 2);
	assert_string_equal(out.data, "");
}

static void a_buffer_keeps_its_bounds(void **state)
{
	static char longest[2 * BUFFER_SIZE];
	struct buffer out;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	buffer_clear(&out);
	assert_false(buffer_add(&out, longest + BUFFER_SIZE - 1));
	assert_int_equal(out.len, 0);
	assert_true(buffer_add(&out, longest + BUFFER_SIZE));
	assert_int_equal(out.len, BUFFER_SIZE - 1);
	assert_false(buffer_add(&out, "x"));
	buffer_add_escaped(&out, BUFFER_JSON, "x", 10);
	assert_int_equal(out.len, BUFFER_SIZE - 1);
	buffer_clear(&out);
	buffer_add_escaped(&out, BUFFER_JSON, longest, SIZE_MAX / 2);
	assert_int_equal(out.len, BUFFER_SIZE - 1);
	assert_string_equal(out.data + BUFFER_SIZE - 5, "x...");
}

static void expect_json(const struct buffer *line)
{
	char why[256] = "";
	yajl_val tree = NULL;

	assert_int_equal(strlen(line->data), line->len);
	assert_int_equal(line->data[line->len - 1], '\n');
	assert_ptr_equal(strchr(line->data, '\n'), line->data + line->len - 1);
	tree = yajl_tree_parse(line->data, why, sizeof(why));
	if (!tree)
		fail_msg("%s", why);
	yajl_tree_free(tree);
}

/* Everything at its longest, and every byte the kind that grows most when it is escaped. */
static void the_worst_error_fits(void **state)
{
	static char text[5000];
	struct finding finding = { .message = text,
				   .code = "program-not-executable",
				   .pointer = text,
				   .file = text,
				   .line = UINT32_MAX,
				   .column = UINT32_MAX,
				   .step = text,
				   .syscall = text,
				   .hint = text,
				   .errnum = 22 };
	struct failure failure = failure_of(finding);
	struct buffer out;

	(void)state;
	failure.usage = "usage: tare run [options] ID\ntare run --help says more\n";
	for (int c = 1; c < 256; c++) {
		memset(text, c, sizeof(text) - 1);
		failure_log_line(&failure, true, &out);
		expect_json(&out);
		failure_text(&failure, &out);
		assert_non_null(strstr(out.data, "\n  hint:   "));
		assert_non_null(
		    strstr(out.data, "\n  see:    tare explain program-not-executable\n"));
		assert_non_null(strstr(out.data, "says more\n"));
		failure_log_line(&failure, false, &out);
		assert_int_equal(out.data[out.len - 1], '\n');
	}
}

static void a_thousand_mistakes_fit(void **state)
{
	static char text[5000];
	struct problems list;
	struct failure failure;
	struct buffer out;

	(void)state;
	problems_init(&list);
	for (unsigned i = 1; i <= 1000; i++)
		add_problem(&list, "/process/args", i, "a hint");
	failure = failure_of_problems(&list);
	failure_text(&failure, &out);
	assert_non_null(
	    strstr(out.data, "has 1000 mistakes, the first: /process/args: must be 1\n"));
	assert_non_null(strstr(out.data, " more\n"));
	assert_true(out.len > 3000);
	failure_log_line(&failure, true, &out);
	expect_json(&out);
	assert_true(out.len > 3000);
	problems_free(&list);

	/* Each of them too big for the rest of the buffer. */
	memset(text, '\x01', sizeof(text) - 1);
	add_problem(&list, text, 1, text);
	add_problem(&list, text, 2, text);
	failure = failure_of_problems(&list);
	failure.finding.message = text;
	failure.finding.file = text;
	failure.finding.step = text;
	failure.finding.syscall = text;
	failure.finding.errnum = 22;
	failure_log_line(&failure, true, &out);
	expect_json(&out);
	failure_text(&failure, &out);
	assert_int_equal(out.data[out.len - 1], '\n');
	problems_free(&list);
}

/* Whatever the place where the buffer fills up, the end of the text and of the object fit. */
static void the_end_of_the_list_fits(void **state)
{
	static char pointer[400];
	struct buffer out;

	(void)state;
	for (size_t len = 1; len < 200; len++) {
		struct problems list;
		struct failure failure;

		memset(pointer, 'x', len);
		pointer[len] = '\0';
		problems_init(&list);
		for (unsigned i = 1; i <= 300; i++)
			add_problem(&list, pointer, i, NULL);
		failure = failure_of_problems(&list);
		failure_log_line(&failure, true, &out);
		expect_json(&out);
		failure_text(&failure, &out);
		assert_string_equal(out.data + out.len - 6, " more\n");
		problems_free(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_everything_known),
		cmocka_unit_test(leaves_out_what_is_unknown),
		cmocka_unit_test(adds_the_usage),
		cmocka_unit_test(marks_warnings),
		cmocka_unit_test(takes_defaults_from_the_error),
		cmocka_unit_test(leads_a_mistake_with_its_pointer),
		cmocka_unit_test(lists_several_mistakes),
		cmocka_unit_test(escapes_for_terminals_and_json),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(a_buffer_keeps_its_bounds),
		cmocka_unit_test(the_worst_error_fits),
		cmocka_unit_test(a_thousand_mistakes_fit),
		cmocka_unit_test(the_end_of_the_list_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
