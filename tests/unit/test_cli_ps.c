/* The table of tare ps: which rows of the host's ps are shown, and how that ps is run. */
#include "cli/hostps.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int32_t numbers[] = { 42, 7, 1000 };
static const struct oci_pid_list pids = { numbers, COUNT(numbers) };

/* Either the rows that are left, or the message (with `fails`). */
static const struct {
	const char *text, *expected;
	bool fails;
} tables[] = {
	{ "UID   PID  PPID CMD\nroot    1     0 init\nroot   42     1 sleep\nroot  421    42 sh\n",
	  "UID   PID  PPID CMD\nroot   42     1 sleep\n", false },
	{ "  PID TTY\n    7 ?\n 1000 pts/0\n  100 ?\n", "  PID TTY\n    7 ?\n 1000 pts/0\n",
	  false },
	{ "PPID PID\n42 1\n1 42", "PPID PID\n1 42\n", false },
	{ "\tPID\tX\n\t42\ty\n", "\tPID\tX\n\t42\ty\n", false },
	{ "PID\n", "PID\n", false },
	{ "PID", "PID\n", false },
	{ "PID\n\n7\n\n", "PID\n7\n", false },
	/* the header, repeated */
	{ "PID X\n7 a\nPID X\n42 b\n", "PID X\n7 a\n42 b\n", false },
	{ "", "ps printed no column PID", true },
	{ "UID PPID SPID\n1 42 7\n", "ps printed no column PID", true },
	{ "pid\n42\n", "ps printed no column PID", true },
	{ "COMMAND PID\nWeb Content 42\n",
	  "ps printed no number in the column PID, but \"Content\"", true },
	{ "X PID\n1\n", "ps printed no number in the column PID, but \"\"", true },
	{ "PID\n4294967338\n", "ps printed no number in the column PID, but \"4294967338\"", true },
	{ "PID\n-42\n", "ps printed no number in the column PID, but \"-42\"", true },
	{ "PID\n0000000000000000000000000000042\n",
	  "ps printed no number in the column PID, but \"0000000000000000000000000000042\"", true },
};

static void shows_the_rows_of_the_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *to = open_memstream(&text, &size);
		struct error err;
		int ret = 0;

		error_clear(&err);
		assert_non_null(to);
		ret = hostps_filter(tables[i].text, &pids, to, &err);
		assert_int_equal(fclose(to), 0);
		assert_int_equal(ret, tables[i].fails ? -EINVAL : 0);
		assert_string_equal(tables[i].fails ? err.message : text, tables[i].expected);
		free(text);
	}
}

static const struct fence fence = { { 100, 200 } };

static int run_ps(char **options, int count, char **text, struct error *err)
{
	error_clear(err);
	return hostps_run(options, count, &fence, text, err);
}

/* A ps of our own in the directory that PATH names behind one without a ps. */
static void install(const char *directory, const char *script)
{
	char path[256];
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/ps", directory);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "relative::/nowhere:%s:/usr/bin", directory);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static int enter(void **state)
{
	static char directory[32];

	(void)snprintf(directory, sizeof(directory), "/tmp/tare-ps-XXXXXX");
	*state = mkdtemp(directory);
	return *state ? chdir(directory) : -1;
}

static int leave(void **state)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/ps", (const char *)*state);
	(void)unlink(path);
	return chdir("/") + rmdir(*state);
}

static void runs_ps(void **state)
{
	char *options[] = { (char *)"-o", (char *)"pid, comm", (char *)"" };
	struct error err;
	char *text = NULL;

	install(*state, "printf '[%s]' \"$0\" \"$@\"; exec 3>&1; ulimit -Sn; ulimit -Hn");
	assert_int_equal(run_ps(options, COUNT(options), &text, &err), 0);
	assert_non_null(strstr(text, "/ps][-o][pid, comm][]100\n200\n")); /* as before the fence */
	free(text);
	assert_int_equal(run_ps(NULL, 0, &text, &err), 0);
	assert_non_null(strstr(text, "/ps][-ef]100\n200\n"));
	free(text);
}

static void reads_more_than_a_pipe_holds(void **state)
{
	struct error err;
	char *text = NULL;

	install(*state, "head -c 1000000 /dev/zero | tr '\\0' x");
	assert_int_equal(run_ps(NULL, 0, &text, &err), 0);
	assert_int_equal(strlen(text), 1000000);
	free(text);
}

static const struct {
	const char *script, *out, *message;
} endings[] = {
	{ "echo PID; exit 1", "PID\n", NULL }, /* procps, when it has no row */
	{ "echo PID; echo odd >&2", "PID\n", NULL },
	{ "echo 'error: bad option' >&2; echo Usage >&2; exit 1", NULL,
	  "ps failed: error: bad option" },
	{ "echo PID; echo no >&2; exit 3", NULL, "ps failed: no" },
	{ "exit 3", NULL, "ps failed with status 3" },
	{ "kill -9 $$", NULL, "ps failed with status 137" },
};

static void judges_how_it_ends(void **state)
{
	for (size_t i = 0; i < COUNT(endings); i++) {
		struct error err;
		char *text = NULL;
		int ret = 0;

		install(*state, endings[i].script);
		ret = run_ps(NULL, 0, &text, &err);
		assert_int_equal(ret, endings[i].message ? -EINVAL : 0);
		if (ret == 0)
			assert_string_equal(text, endings[i].out);
		else
			assert_string_equal(err.message, endings[i].message);
		free(text);
	}
}

/* Not the one of the directory that we happen to be in. */
static void passes_over_relative_directories(void **state)
{
	struct error err;
	char *text = NULL;

	install(*state, "echo wrong");
	assert_int_equal(setenv("PATH", ":.:", 1), 0);
	assert_int_equal(run_ps(NULL, 0, &text, &err), -ENOENT);
	assert_string_equal(err.message, "there is no ps in :.:");
	assert_string_equal(err.hint, "install procps, or use --format json");
	free(text);
}

/* Engines may start us with an empty environment. */
static void finds_the_real_one_without_a_path(void **state)
{
	char *options[] = { (char *)"-o", (char *)"pid,comm", (char *)"-p", NULL };
	char own[32], *text = NULL;
	struct error err;

	(void)state;
	(void)snprintf(own, sizeof(own), "%d", (int)getpid());
	options[3] = own;
	assert_int_equal(unsetenv("PATH"), 0);
	assert_int_equal(run_ps(options, COUNT(options), &text, &err), 0);
	assert_non_null(strstr(text, "PID COMMAND\n"));
	assert_non_null(strstr(text, own));
	free(text);
	assert_int_equal(setenv("PATH", "", 1), 0);
	assert_int_equal(run_ps(options, COUNT(options), &text, &err), 0);
	free(text);
}

static void tells_what_cannot_be_executed(void **state)
{
	struct error err;
	char *text = NULL, expected[256];

	install(*state, "true");
	(void)snprintf(expected, sizeof(expected), "%s/ps", (const char *)*state);
	assert_int_equal(truncate(expected, 0), 0);
	assert_int_equal(run_ps(NULL, 0, &text, &err), -ENOEXEC);
	(void)snprintf(expected, sizeof(expected), "cannot run %s/ps: ", (const char *)*state);
	assert_ptr_equal(strstr(err.message, expected), err.message);
	assert_string_equal(err.syscall, "execve");
	free(text);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(shows_the_rows_of_the_container),  TEST(runs_ps),
		TEST(reads_more_than_a_pipe_holds),     TEST(judges_how_it_ends),
		TEST(passes_over_relative_directories), TEST(finds_the_real_one_without_a_path),
		TEST(tells_what_cannot_be_executed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
