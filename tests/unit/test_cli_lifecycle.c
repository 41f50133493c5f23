/* The commands of the lifecycle: what reaches a container, and what is printed, byte for byte. */
#include "test_cli.h"

int container_run(const struct container_options *options, struct container_report *report,
		  int *exit_status, struct error *err)
{
	(void)options;
	(void)report;
	(void)exit_status;
	return error_set(err, ENOTSUP, NULL, "not tested here");
}

int container_plan(const struct container_options *options, struct container_report *report,
		   struct plan *plan, struct error *err)
{
	(void)options;
	(void)report;
	(void)plan;
	return error_set(err, ENOTSUP, NULL, "not tested here");
}

static struct oci_string_pair labels[] = { { (char *)"a", (char *)"1" },
					   { (char *)"b/c", (char *)"\"2\"" } };

static const struct oci_state some_states[] = {
	{ .oci_version = (char *)"1.0.2",
	  .id = (char *)"c1",
	  .has_pid = true,
	  .pid = 42,
	  .has_status = true,
	  .status = OCI_STATUS_RUNNING,
	  .bundle = (char *)"/b",
	  .rootfs = (char *)"/b/rootfs",
	  .created = (char *)"2026-08-19T12:00:00.123456789Z",
	  .owner = (char *)"root",
	  .annotations = { labels, 2 } },
	{ .oci_version = (char *)"1.0.2",
	  .id = (char *)"a-container-with-a-long-name",
	  .has_status = true,
	  .status = OCI_STATUS_STOPPED,
	  .bundle = (char *)"/\xc3\xa4\x1b[31m",
	  .created = (char *)"2026-08-19T12:00:00Z",
	  .owner = (char *)"1000" },
	{ .id = (char *)"broken" },
};

static int enter(void **state)
{
	(void)state;
	outcome = 0;
	states = some_states;
	state_count = COUNT(some_states);
	listed_count = 0;
	listed_pid_count = 0;
	forget_calls();
	return 0;
}

static const struct {
	const char *line, *calls;
} passed_on[] = {
	{ "--root /r create --bundle /b --pid-file p --console-socket s --pidfd-socket t "
	  "--no-pivot --no-new-keyring c1",
	  "create root=/r id=c1 bundle=/b config=config.json pid-file=p fds=0 console=s pidfd=t "
	  "no-pivot no-new-keyring\n" },
	{ "create --root /r -b b -f c.json c1",
	  "create root=/r id=c1 bundle=b config=c.json pid-file=- fds=0\n" },
	{ "create --root /r c1",
	  "create root=/r id=c1 bundle=. config=config.json pid-file=- fds=0\n" },
	{ "--root /r start c1", "start /r c1\n" },
	{ "--root /r pause c1", "pause /r c1\n" },
	{ "--root /r mounts add c1 f", "mounts /r c1 add f\n" },
	{ "--root /r mounts remove c1 -", "mounts /r c1 remove -\n" },
	{ "--root /r resume c1", "resume /r c1\n" },
	{ "--root /r kill c1", "kill /r c1 15\n" },
	{ "--root /r kill c1 9", "kill /r c1 9\n" },
	{ "--root /r kill c1 KILL", "kill /r c1 9\n" },
	{ "--root /r kill c1 sighup", "kill /r c1 1\n" },
	{ "--root /r kill --all c1 9", "kill /r c1 9 all\n" },
	{ "--root /r kill -a c1 SIGRTMIN+3", "kill /r c1 37 all\n" },
	{ "--root /r kill c1 TERM --all=false", "kill /r c1 15\n" },
};

static void passes_on(void **state)
{
	struct result r;

	(void)state;
	for (size_t i = 0; i < COUNT(passed_on); i++) {
		forget_calls();
		run(passed_on[i].line, &r);
		assert_int_equal(r.status, 0);
		assert_string_equal(r.out, "");
		assert_string_equal(r.err, "");
		assert_string_equal(calls, passed_on[i].calls);
	}
}

/* An empty signal is none, as it is for runc: kill "$ID" "$SIGNAL" */
static void an_empty_signal_is_term(void **state)
{
	char *argv[] = { (char *)"tare", (char *)"--root", (char *)"/r", (char *)"kill",
			 (char *)"c1",   (char *)"",       NULL };

	(void)state;
	assert_int_equal(cli_main(6, argv), 0);
	assert_string_equal(calls, "kill /r c1 15\n");
}

static void deletes(void **state)
{
	struct result r;

	(void)state;
	run("--root /r delete c1", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "tare: warning: a mount is left\n");
	run("--root /r delete --force c1", &r);
	run("--root /r delete -f c1", &r);
	assert_string_equal(calls, "delete /r c1\ndelete /r c1 force\ndelete /r c1 force\n");
}

static const char *const verbs[] = { "create", "start", "state",  "kill",
				     "delete", "pause", "resume", "ps" };

static void tells_failures(void **state)
{
	struct result r;
	char line[64], expected[256];

	(void)state;
	outcome = -ENOENT;
	outcome_message = "container does not exist";
	for (size_t i = 0; i < COUNT(verbs); i++) {
		(void)snprintf(line, sizeof(line), "%s c1", verbs[i]);
		run(line, &r);
		(void)snprintf(expected, sizeof(expected),
			       "tare: %s failed: container does not exist\n"
			       "  see:    tare explain system\n",
			       verbs[i]);
		assert_int_equal(r.status, 1);
		assert_string_equal(r.out, "");
		assert_string_equal(r.err, expected);
	}
	run("list", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "tare: list failed: container does not exist\n"
				   "  see:    tare explain system\n");
}

static void refuses_bad_ids(void **state)
{
	struct result r;
	char line[64], expected[256];

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++) {
		(void)snprintf(line, sizeof(line), "%s ../c1", verbs[i]);
		run(line, &r);
		(void)snprintf(expected, sizeof(expected),
			       "tare: %s failed: invalid container ID format: \"../c1\" contains "
			       "'/'\n  hint:   use letters, digits and _ + . - (no . in front), at "
			       "most 200 bytes\n"
			       "  see:    tare explain container-id\n",
			       verbs[i]);
		assert_int_equal(r.status, 1);
		assert_string_equal(r.out, "");
		assert_string_equal(r.err, expected);
	}
	run("delete --force ../c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(calls, "");
}

static void refuses_unknown_signals(void **state)
{
	struct result r;

	(void)state;
	run("kill c1 FOO", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "tare: kill failed: unknown signal \"FOO\"\n"
				   "  hint:   a number from 1 to 64, a name such as TERM or "
				   "SIGTERM, RTMIN+n or RTMAX-n\n"
				   "  see:    tare explain signal\n");
	run("kill c1 0", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(calls, "");
}

static void prints_the_state(void **state)
{
	struct result r;

	(void)state;
	run("--root /r state c1", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_string_equal(calls, "state /r c1\n");
	assert_string_equal(r.out, "{\n"
				   "\t\"ociVersion\": \"1.0.2\",\n"
				   "\t\"id\": \"c1\",\n"
				   "\t\"pid\": 42,\n"
				   "\t\"status\": \"running\",\n"
				   "\t\"bundle\": \"/b\",\n"
				   "\t\"rootfs\": \"/b/rootfs\",\n"
				   "\t\"created\": \"2026-08-19T12:00:00.123456789Z\",\n"
				   "\t\"owner\": \"root\",\n"
				   "\t\"annotations\": {\n"
				   "\t\t\"a\": \"1\",\n"
				   "\t\t\"b/c\": \"\\\"2\\\"\"\n"
				   "\t}\n"
				   "}\n");
}

static void a_stopped_container_has_pid_0(void **state)
{
	struct result r;

	(void)state;
	run("state a-container-with-a-long-name", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "{\n"
				   "\t\"ociVersion\": \"1.0.2\",\n"
				   "\t\"id\": \"a-container-with-a-long-name\",\n"
				   "\t\"pid\": 0,\n"
				   "\t\"status\": \"stopped\",\n"
				   "\t\"bundle\": \"/\xc3\xa4\\u001B[31m\",\n"
				   "\t\"created\": \"2026-08-19T12:00:00Z\",\n"
				   "\t\"owner\": \"1000\"\n"
				   "}\n");
}

/* "gone" is in the list and has ended before its state was read. */
static void list_everything(void)
{
	listed[0] = (char *)"a-container-with-a-long-name";
	listed[1] = (char *)"broken";
	listed[2] = (char *)"c1";
	listed[3] = (char *)"gone";
	listed_count = 4;
}

#define BROKEN "tare: warning: broken is left out: its record is damaged\n"

static void lists_as_a_table(void **state)
{
	struct result r;

	(void)state;
	list_everything();
	run("--root /r list", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, BROKEN);
	assert_string_equal(calls, "list /r\n"
				   "state /r a-container-with-a-long-name\n"
				   "state /r broken\n"
				   "state /r c1\n"
				   "state /r gone\n");
	assert_string_equal(
	    r.out, "ID                             PID         STATUS      BUNDLE       "
		   "CREATED                          OWNER\n"
		   "a-container-with-a-long-name   0           stopped     /\xc3\xa4\\x1b[31m   "
		   "2026-08-19T12:00:00Z             1000\n"
		   "c1                             42          running     /b           "
		   "2026-08-19T12:00:00.123456789Z   root\n");
	run("list --format table", &r);
	assert_int_equal(r.status, 0);
}

static void lists_as_json(void **state)
{
	struct result r;

	(void)state;
	list_everything();
	run("list --format=json", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, BROKEN);
	assert_string_equal(
	    r.out, "[{\"ociVersion\":\"1.0.2\",\"id\":\"a-container-with-a-long-name\",\"pid\":0,"
		   "\"status\":\"stopped\",\"bundle\":\"/\xc3\xa4\\u001B[31m\","
		   "\"created\":\"2026-08-19T12:00:00Z\",\"owner\":\"1000\"},"
		   "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"pid\":42,\"status\":\"running\","
		   "\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
		   "\"created\":\"2026-08-19T12:00:00.123456789Z\",\"owner\":\"root\","
		   "\"annotations\":{\"a\":\"1\",\"b/c\":\"\\\"2\\\"\"}}]\n");
}

/* Ids alone need no state: also those that are broken can be deleted by them. */
static void lists_ids(void **state)
{
	struct result r;

	(void)state;
	list_everything();
	run("--root /r list -q -f json", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_string_equal(r.out, "a-container-with-a-long-name\nbroken\nc1\ngone\n");
	assert_string_equal(calls, "list /r\n");
}

static void lists_nothing(void **state)
{
	struct result r;

	(void)state;
	run("list", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_string_equal(r.out,
			    "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
	run("list -f json", &r);
	assert_string_equal(r.out, "[]\n");
	run("list -q", &r);
	assert_string_equal(r.out, "");
}

static void lists_pids_as_json(void **state)
{
	struct result r;

	(void)state;
	run("ps --format json c1", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "[]\n");
	listed_pids[0] = 7;
	listed_pids[1] = 2147483647;
	listed_pid_count = 2;
	run("--root /r ps -f json c1", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_string_equal(r.out, "[7,2147483647]\n");
}

static void a_full_standard_output_is_a_failure(void **state)
{
	static const char *const lines[] = { "state c1",     "list",          "list -q",
					     "list -f json", "ps -f json c1", "features" };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct result r;

	(void)state;
	list_everything();
	assert_true(full >= 0);
	for (size_t i = 0; i < COUNT(lines); i++) {
		run_to(lines[i], full, &r);
		assert_int_equal(r.status, 1);
		assert_non_null(strstr(r.err, "cannot write to standard output: "));
	}
	(void)close(full);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, enter)
	const struct CMUnitTest tests[] = {
		TEST(passes_on),
		TEST(an_empty_signal_is_term),
		TEST(deletes),
		TEST(tells_failures),
		TEST(refuses_bad_ids),
		TEST(refuses_unknown_signals),
		TEST(prints_the_state),
		TEST(a_stopped_container_has_pid_0),
		TEST(lists_as_a_table),
		TEST(lists_as_json),
		TEST(lists_ids),
		TEST(lists_nothing),
		TEST(lists_pids_as_json),
		TEST(a_full_standard_output_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
