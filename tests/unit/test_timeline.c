/*
 * test_timeline.c - tare trace: from the text of a trace file to events, and their drawing.
 */
#include "cli/timeline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct error err;
static struct timeline timeline;

static int read_text(const char *text)
{
	error_clear(&err);
	return timeline_read("a.json", text, &timeline, &err);
}

static char *draw(unsigned width, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	timeline_draw(to, &timeline, width, colour);
	assert_int_equal(fclose(to), 0);
	return text;
}

#define LANE(tid, name)                                                                            \
	"{\"name\":\"thread_name\",\"ph\":\"M\",\"tid\":" #tid ",\"args\":{\"name\":\"" name "\"}" \
	"}"
#define EVENT(name, tid, ts, dur)                                                                  \
	"{\"name\":\"" name "\",\"ph\":\"X\",\"tid\":" #tid ",\"ts\":" #ts ",\"dur\":" #dur "}"

static void test_events_are_read(void **state)
{
	(void)state;
	assert_int_equal(
	    read_text("{\"traceEvents\":[" LANE(1, "tare") "," EVENT(
		"load", 1, 0.5,
		2.5) ","
		     "{\"name\":\"mount\",\"ph\":\"X\",\"tid\":1,\"ts\":4.0,\"dur\":1.0,"
		     "\"args\":{\"origin\":\"/mounts/0\",\"result\":\"EINVAL\"}}]}"),
	    0);
	assert_int_equal(timeline.count, 2);
	assert_string_equal(timeline.events[0].name, "load");
	assert_string_equal(timeline.events[0].lane, "tare");
	assert_string_equal(timeline.events[0].origin, "");
	assert_string_equal(timeline.events[0].result, "ok");
	assert_true(timeline.events[0].start == 0.5 && timeline.events[0].duration == 2.5);
	assert_string_equal(timeline.events[1].origin, "/mounts/0");
	assert_string_equal(timeline.events[1].result, "EINVAL");
	timeline_free(&timeline);
	assert_null(timeline.events);
}

/* Lanes in the order in which they first appear; in each, the order of the file. */
static void test_events_are_grouped_by_lane(void **state)
{
	static const char *const expected[] = { "b1", "b2", "a1", "a2", "z1", "n1" };

	(void)state;
	assert_int_equal(
	    read_text("{\"traceEvents\":[" EVENT("b1", 2, 1.0, 1.0) "," EVENT(
		"a1", 1, 0.0,
		1.0) "," EVENT("b2", 2, 2.0,
			       1.0) "," EVENT("z1", 7, 0.0,
					      1.0) "," EVENT("a2", 1, 3.0,
							     1.0) ",{\"name\":\"n1\",\"ph\":\"X\","
								  "\"ts\":1.0,\"dur\":1.0},"
		      /* a name may stand behind what it names; 7 and a missing tid have none */
		      LANE(1, "alpha") "," LANE(2, "beta") "]}"),
	    0);
	assert_int_equal(timeline.count, 6);
	assert_string_equal(timeline.events[0].lane, "beta");
	assert_string_equal(timeline.events[2].lane, "alpha");
	assert_string_equal(timeline.events[4].lane, "");
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(timeline.events[i].name, expected[i]);
	timeline_free(&timeline);
}

static void test_what_is_no_step_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(
	    read_text(
		"{\"traceEvents\":[\"text\",1,null,{},{\"ph\":\"X\"},"
		"{\"name\":1,\"ph\":\"X\",\"ts\":0.0,\"dur\":1.0},"
		"{\"name\":\"begin\",\"ph\":\"B\",\"ts\":0.0,\"dur\":1.0}," EVENT(
		    "before", 1, -1.0, 1.0) "," EVENT("short", 1, 1.0,
						      -1.0) "," EVENT("step", 1, 1.0, 1.0) "]}"),
	    0);
	assert_int_equal(timeline.count, 1);
	assert_string_equal(timeline.events[0].name, "step");
	timeline_free(&timeline);
}

static void expect_foreign(const char *text, const char *why)
{
	assert_int_equal(read_text(text), -EINVAL);
	assert_non_null(strstr(err.message, "a.json is not a trace of tare: "));
	if (!strstr(err.message, why))
		fail_msg("expected \"%s\" in: %s", why, err.message);
	assert_null(timeline.document);
}

static void test_foreign_files(void **state)
{
	(void)state;
	expect_foreign("{\"traceEvents\":[", "parse error");
	expect_foreign("[]", "it has no list traceEvents");
	expect_foreign("{}", "it has no list traceEvents");
	expect_foreign("{\"traceEvents\":{}}", "it has no list traceEvents");
	expect_foreign("{\"traceEvents\":[]}", "no step is in it");
	expect_foreign("{\"traceEvents\":[" LANE(1, "tare") "]}", "no step is in it");
}

static void test_drawing(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(
	    read_text("{\"traceEvents\":[" LANE(1, "tare") "," LANE(2, "tare-init") "," EVENT(
		"load", 1, 0.0, 50.0) "," EVENT("clone", 1, 50.0,
						10.0) ","
						      "{\"name\":\"exec\",\"ph\":\"X\",\"tid\":2,"
						      "\"ts\":90.0,\"dur\":10.0,"
						      "\"args\":{\"origin\":\"/process/args/"
						      "0\",\"result\":\"ENOENT\"}}]}"),
	    0);
	text = draw(68, false); /* 20 columns for 100 us */
	assert_string_equal(text,
			    "tare                                   60.0 us  2 steps\n"
			    "load                                   50.0 us  ===========\n"
			    "clone                                  10.0 us            ===\n"
			    "\n"
			    "tare-init                              10.0 us  1 steps\n"
			    "exec /process/args/0                   10.0 us                    "
			    "!! ENOENT                            \n"
			    "\n"
			    "100.0 us from the first step to the end of the last\n");
	free(text);
	text = draw(68, true);
	assert_non_null(strstr(text, "\x1b[31m")); /* red: what failed */
	assert_null(strchr(text, '='));
	free(text);
	timeline_free(&timeline);
}

/* What a step is done to stands beside it rather than who asked for it; of what is long the end. */
static void test_drawing_of_objects(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(
	    read_text("{\"traceEvents\":[{\"name\":\"bind a path\",\"ph\":\"X\","
		      "\"tid\":1,\"ts\":0.0,\"dur\":1.0,\"args\":{\"object\":"
		      "\"/srv/a on /1234567\u00e489012345\",\"origin\":\"/mounts/1\"}},"
		      "{\"name\":\"make a device\",\"ph\":\"X\",\"tid\":1,"
		      "\"ts\":1.0,\"dur\":1.0,\"args\":{\"object\":\"/dev/null\"}}]}"),
	    0);
	text = draw(68, false);
	assert_non_null(strstr(text, "bind a path ...34567ä89012345 "));
	assert_non_null(strstr(text, "make a device /dev/null   "));
	free(text);
	text = draw(68 + 40, false); /* a wider terminal has more room for names, too */
	assert_non_null(strstr(text, "bind a path /srv/a on /1234567ä89012345 "));
	free(text);
	timeline_free(&timeline);
}

/* A foreign file steers no terminal, and a time of 0 divides nothing. */
static void test_drawing_of_foreign_texts(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(read_text("{\"traceEvents\":[" EVENT("\\u001b[2J", 1, 0.0, 0.0) "]}"), 0);
	text = draw(1, false);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "?  ")); /* the lane has no name */
	free(text);
	timeline_free(&timeline);
}

/* Each event in a lane of its own: no lane is mixed up. More of them take ASan minutes in yajl. */
static void test_many_lanes(void **state)
{
	enum { MANY = 4000 };
	char *text = NULL, *drawn;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	assert_non_null(to);
	(void)fputs("{\"traceEvents\":[", to);
	for (int i = 0; i < MANY; i++)
		(void)fprintf(to,
			      "{\"name\":\"s\",\"ph\":\"X\",\"tid\":%d,\"ts\":1.0,\"dur\":1.0},"
			      "{\"name\":\"thread_name\",\"ph\":\"M\",\"tid\":%d,"
			      "\"args\":{\"name\":\"lane %d\"}}%s",
			      i, i, i, i + 1 < MANY ? "," : "]}");
	assert_int_equal(fclose(to), 0);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(timeline.count, MANY);
	assert_string_equal(timeline.events[MANY - 1].lane, "lane 3999");
	drawn = draw(80, false);
	assert_non_null(strstr(drawn, "\nlane 3999 "));
	free(drawn);
	timeline_free(&timeline);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_read),
		cmocka_unit_test(test_events_are_grouped_by_lane),
		cmocka_unit_test(test_what_is_no_step_is_left_out),
		cmocka_unit_test(test_foreign_files),
		cmocka_unit_test(test_drawing),
		cmocka_unit_test(test_drawing_of_objects),
		cmocka_unit_test(test_drawing_of_foreign_texts),
		cmocka_unit_test(test_many_lanes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
