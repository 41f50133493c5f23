/* The trace: a file that a JSON parser accepts, with the times that were given. */
#include "base/fd.h"
#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char file[64];

static int make_name(void **state)
{
	int fd;

	(void)state;
	(void)snprintf(file, sizeof(file), "/tmp/tare-test-trace-XXXXXX");
	fd = mkstemp(file);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

/* track, name, object, origin, start, end, result */
#define ADD(...) trace_add(&(struct trace_event){ __VA_ARGS__ })

/* Run python3 with a program that gets the parsed file as `t` and its events as `e`. */
static void expect_python(const char *program)
{
	char script[2048];
	int status;
	pid_t pid;

	(void)snprintf(script, sizeof(script),
		       "import json, sys\n"
		       "t = json.load(open(sys.argv[1], encoding='utf-8'))\n"
		       "e = [x for x in t['traceEvents'] if x['ph'] == 'X']\n"
		       "%s\n",
		       program);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execlp("python3", "python3", "-c", script, file, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_off(void **state)
{
	struct error err;

	(void)state;
	assert_false(trace_enabled());
	assert_int_equal(trace_now(), 0);
	ADD("tare", "nothing", NULL, NULL, 1, 2, 0);
	assert_int_equal(trace_close(&err), 0);
}

static void test_events(void **state)
{
	struct error err;
	const uint64_t zero = 123456789012345;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	assert_true(trace_enabled());
	assert_true(trace_now() > 0);
	ADD("tare-init", "make the mounts", "tmpfs on /tmp", "/mounts/3", zero + 1234567,
	    zero + 1235000, 2);
	ADD("tare", "make the cgroup", "", "", zero, zero + 1000, 0);
	assert_int_equal(trace_close(&err), 0);
	assert_false(trace_enabled());
	expect_python("assert t['displayTimeUnit'] == 'ns'\n"
		      "names = {x['tid']: x['args']['name'] for x in t['traceEvents']\n"
		      "         if x['ph'] == 'M' and x['name'] == 'thread_name'}\n"
		      "assert sorted(names.values()) == ['tare', 'tare-init'], names\n"
		      "a, b = e\n"
		      "assert a['name'] == 'make the mounts' and a['cat'] == 'inside'\n"
		      "assert a['args'] == {'object': 'tmpfs on /tmp', 'origin': '/mounts/3', "
		      "'result': 'ENOENT'}\n"
		      "assert (a['ts'], a['dur']) == (1234.567, 0.433), a\n"
		      "assert names[a['tid']] == 'tare-init'\n"
		      "assert b['args'] == {'result': 'ok'} and b['cat'] == 'host'\n"
		      "assert (b['ts'], b['dur']) == (0, 1) and names[b['tid']] == 'tare'\n"
		      "assert a['pid'] == b['pid'] > 0");
}

static void test_strings_are_escaped(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	ADD("tare", "\"\\/\b\f\n\r\t\x01\x1f\x7f", NULL,
	    "/a~1b/\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3", 1, 2, 0);
	/* Bytes that are no UTF-8: a stray one, overlong, surrogate, too high, cut short. */
	ADD("tare", "\xff|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82", NULL, NULL, 1, 2, 0);
	assert_int_equal(trace_close(&err), 0);
	expect_python(
	    "a, b = e\n"
	    "assert a['name'] == '\"\\\\/\\b\\f\\n\\r\\t\\x01\\x1f\\x7f', ascii(a)\n"
	    "assert a['args']['origin'] == '/a~1b/\\u00e4\\u20ac\\U0001f433', ascii(a)\n"
	    "r = '\\ufffd'\n"
	    "assert b['name'] == r + '|' + 2*r + '|' + 3*r + '|' + 4*r + '|' + 2*r, ascii(b)");
}

static void test_many_events(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	for (unsigned i = 0; i < 1000; i++)
		ADD("tare", "step", NULL, "/mounts", 5000 + i, 6000 + i, 0);
	assert_int_equal(trace_close(&err), 0);
	expect_python("assert len(e) == 1000 and e[999]['ts'] == 0.999 and e[999]['dur'] == 1");
}

static void test_no_events(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	assert_int_equal(trace_close(&err), 0);
	expect_python("assert e == []");
}

static void test_end_before_start(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	ADD("tare", "step", NULL, NULL, 10, 5, 0);
	assert_int_equal(trace_close(&err), 0);
	expect_python("assert e[0]['dur'] == 0");
}

static void test_bad_files(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open("/tmp/tare-no-such-directory/x", &err), -ENOENT);
	assert_non_null(strstr(err.message, "/tmp/tare-no-such-directory/x"));
	assert_false(trace_enabled());
	assert_int_equal(trace_open("/dev/full", &err), 0);
	ADD("tare", "step", NULL, NULL, 1, 2, 0);
	assert_int_equal(trace_close(&err), -ENOSPC);
	assert_non_null(strstr(err.message, "/dev/full"));
	assert_false(trace_enabled());
}

static void test_one_at_a_time(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(trace_open(file, &err), 0);
	assert_int_equal(trace_open(file, &err), -EBUSY);
	assert_int_equal(trace_close(&err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_strings_are_escaped),
		cmocka_unit_test(test_many_events),
		cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_end_before_start),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, make_name, remove_file);
}
