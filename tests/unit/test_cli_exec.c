/* tare exec: what reaches the container, and which exit status says what. */
#include "test_cli.h"

#include "cli/parse.h"

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

static int enter(void **state)
{
	(void)state;
	outcome = 0;
	exec_status = 0;
	forget_calls();
	return 0;
}

#define OPTIONS(fds) ": root=/r id=c1 bundle=. config=config.json pid-file=- fds=" fds

static const struct {
	const char *line, *calls;
} passed_on[] = {
	{ "--root /r exec c1 ls", "exec /r c1 arg=ls" OPTIONS("0") "\n" },
	{ "--root /r exec c1 ls -l --root /x -- -d",
	  "exec /r c1 arg=ls arg=-l arg=--root arg=/x arg=-- arg=-d" OPTIONS("0") "\n" },
	{ "--root /r exec -p /p c1", "exec /r c1 process=/p" OPTIONS("0") "\n" },
	{ "--root /r exec -t -e A=1 --env B=2 --cwd /w c1 sh",
	  "exec /r c1 arg=sh env=A=1 env=B=2 cwd=/w tty=1" OPTIONS("0") "\n" },
	{ "--root /r exec -u 1 c1 sh", "exec /r c1 arg=sh uid=1" OPTIONS("0") "\n" },
	{ "--root /r exec -u 1:2 -g 3 -g 4 c1 sh",
	  "exec /r c1 arg=sh group=3 group=4 uid=1 gid=2" OPTIONS("0") "\n" },
	{ "--root /r exec -c CAP_KILL --cap CAP_CHOWN --no-new-privs=false --ignore-paused c1 sh",
	  "exec /r c1 arg=sh cap=CAP_KILL cap=CAP_CHOWN no-new-privs=0 ignore-paused=1" OPTIONS(
	      "0") "\n" },
	{ "--root /r exec -d --pid-file f --console-socket s --pidfd-socket t c1 sh",
	  "exec /r c1 arg=sh: root=/r id=c1 bundle=. config=config.json pid-file=f fds=0 console=s "
	  "pidfd=t detach\n" },
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

static void gives_the_status_of_the_program(void **state)
{
	static const int statuses[] = { 0, 1, 42, 137, 255 };
	struct result r;

	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		exec_status = statuses[i];
		run("exec c1 ls", &r);
		assert_int_equal(r.status, statuses[i]);
		assert_string_equal(r.err, "");
	}
}

static void a_program_that_was_not_started_is_255(void **state)
{
	struct result r;

	(void)state;
	outcome = -ESRCH;
	outcome_message = "cannot exec in a stopped container";
	run("exec c1 ls", &r);
	assert_int_equal(r.status, 255);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "tare: exec failed: cannot exec in a stopped container\n"
				   "  see:    tare explain system\n");
	run("exec ../c1 ls", &r);
	assert_int_equal(r.status, 255);
	assert_non_null(strstr(r.err, "tare: exec failed: invalid container ID format: "));
}

static const char *const mistakes[] = { "exec", "exec c1", "exec -u x c1 ls", "exec --frob c1 ls",
					"exec -p" };

static void a_mistake_on_the_command_line_is_1(void **state)
{
	struct result r;

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		run(mistakes[i], &r);
		assert_int_equal(r.status, 1);
		assert_string_equal(calls, "");
		assert_non_null(strstr(r.err, "\nusage: tare exec [options] ID COMMAND"));
	}
}

/* As for run: the fence stands before anything is opened, and knows of them. */
static void a_descriptor_to_preserve_must_be_open(void **state)
{
	struct result r;

	(void)state;
	run("exec --preserve-fds 900 c1 ls", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(calls, "");
	assert_non_null(strstr(r.err, "preserve"));
}

#define UNSET (-1)

/* CVE-2026-30892: whatever is not a number exactly must never be taken for root. */
static void reads_users_strictly(void **state)
{
	static const struct {
		const char *user;
		int64_t uid, gid;
	} cases[] = {
		{ "0", 0, UNSET },
		{ "1", 1, UNSET },
		{ "1:2", 1, 2 },
		{ "0:0", 0, 0 },
		{ "4294967294", 4294967294, UNSET },
		{ "4294967294:4294967294", 4294967294, 4294967294 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *argv[] = { (char *)"tare", (char *)"exec", (char *)"-u",
				 (char *)"7:8",  (char *)"-u",   (char *)cases[i].user,
				 (char *)"c1",   (char *)"ls",   NULL };
		struct arguments args;
		struct error err = { 0 };

		if (parse_arguments(&args, 8, argv, &err) != 0)
			fail_msg("%s: %s", cases[i].user, err.message);
		assert_true(args.exec.has_uid);
		assert_int_equal(args.exec.uid, cases[i].uid);
		assert_int_equal(args.exec.has_gid, cases[i].gid != UNSET);
		if (cases[i].gid != UNSET)
			assert_int_equal(args.exec.gid, cases[i].gid);
	}
}

static void refuses_what_is_no_user(void **state)
{
	static const char *const users[] = {
		"",
		"1:",
		":1",
		":",
		"-1",
		"4294967295",
		"4294967296",
		"1000x",
		" 1",
		"1 ",
		"+1",
		"0x1",
		"01",
		"00",
		"root",
		"1:2:3",
		"1:-1",
		"1:4294967295",
		"1:01",
		"1.0",
		"18446744073709551616",
		"0000000000000000",
		"1\n",
		"1:2\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(users); i++) {
		char *argv[] = { (char *)"tare",
				 (char *)"exec",
				 (char *)"--user",
				 (char *)users[i],
				 (char *)"c1",
				 (char *)"ls",
				 NULL };
		struct arguments args;
		struct error err = { 0 };
		char expected[128];

		(void)snprintf(expected, sizeof(expected),
			       "invalid value \"%s\" for --user: expected UID or UID:GID",
			       users[i]);
		if (parse_arguments(&args, 6, argv, &err) == 0)
			fail_msg("\"%s\" is taken for %u", users[i], args.exec.uid);
		assert_string_equal(err.message, expected);
		assert_string_equal(err.hint,
				    "both are numbers from 0 to 4294967294, in decimal digits");
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, enter)
	const struct CMUnitTest tests[] = {
		TEST(passes_on),
		TEST(gives_the_status_of_the_program),
		TEST(a_program_that_was_not_started_is_255),
		TEST(a_mistake_on_the_command_line_is_1),
		TEST(reads_users_strictly),
		TEST(refuses_what_is_no_user),
		TEST(a_descriptor_to_preserve_must_be_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
