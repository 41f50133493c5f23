/*
 * test_subprocess.c - programs of the host that are run and waited for, whatever they do: real
 * processes, most of them shells. The test is their subreaper, so that it can tell who was killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"
#include "sys/signals.h"
#include "sys/subprocess.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/wait.h>

static char stage[] = "/tmp/tare-subprocess-XXXXXX";
static struct subprocess_result result;

static int run_shell(const char *script, const struct subprocess *more)
{
	static char name[] = "sh", option[] = "-c";
	static char path[] = "PATH=/usr/bin:/bin";
	char *argv[] = { name, option, (char *)script, NULL };
	char *envp[] = { path, NULL };
	struct subprocess what = *more;

	what.path = "/bin/sh";
	what.argv = argv;
	what.envp = envp;
	return subprocess_run(&what, &result);
}

static const struct subprocess plain = { .cancel_fd = FD_NONE };

static void assert_end(enum subprocess_end end, int number)
{
	if (result.end != end || result.number != number)
		print_error("it said: %s\n", result.output);
	assert_int_equal(result.end, end);
	assert_int_equal(result.number, number);
}

static const char *in_stage(const char *name)
{
	static char path[128];

	assert_true(text_format(path, sizeof(path), "%s/%s", stage, name) > 0);
	return path;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* A process that the program left behind, or that was killed with it: we inherit it. */
static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The same for the only one there is. */
static int status_of_last(void)
{
	int status;

	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	return status;
}

static pid_t pid_in_output(void)
{
	uint64_t pid;

	result.output[strcspn(result.output, "\n")] = '\0';
	assert_int_equal(text_to_u64(result.output, INT32_MAX, &pid), 0);
	return (pid_t)pid;
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

/* Checks that maltreat the process run in a child; they return a line number, or 0. */
static void in_child(int (*check)(unsigned), unsigned argument)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(check(argument));
	status = status_of(pid);
	if (status != 0)
		print_error("line %d (mod 256), argument %u\n", WEXITSTATUS(status), argument);
	assert_int_equal(status, 0);
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__ % 256 ? __LINE__ % 256 : 1;                                \
	} while (0)

/* ---- how it ends */

static void exit_status_and_output(void **state)
{
	(void)state;
	assert_int_equal(run_shell("echo out; echo err >&2", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	assert_string_equal(result.output, "out\nerr\n");
	assert_int_equal(result.output_size, 8);
	assert_int_equal(run_shell("exit 255", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 255);
	assert_int_equal(result.output_size, 0);
	assert_int_equal(run_shell("kill -TERM $$", &plain), 0);
	assert_end(SUBPROCESS_KILLED, SIGTERM);
	/* 137 is a status like any other, if it is one */
	assert_int_equal(run_shell("exit 137", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 137);
}

static void assert_not_executed(const char *path, int errnum)
{
	struct subprocess what = { .path = path, .cancel_fd = FD_NONE };

	assert_int_equal(subprocess_run(&what, &result), 0);
	assert_end(SUBPROCESS_NOT_EXECUTED, errnum);
	assert_no_children();
}

static void what_cannot_be_executed(void **state)
{
	struct subprocess relative = { .path = "bin/sh", .cancel_fd = FD_NONE };

	(void)state;
	assert_not_executed("/nonexistent/program", ENOENT);
	assert_not_executed(stage, EACCES);
	write_file(in_stage("plain"), "#!/bin/sh\n", 0644);
	assert_not_executed(in_stage("plain"), EACCES);
	write_file(in_stage("no-interpreter"), "#!/nonexistent/interpreter\n", 0755);
	assert_not_executed(in_stage("no-interpreter"), ENOENT);
	write_file(in_stage("no-format"), "exit 0\n", 0755);
	assert_not_executed(in_stage("no-format"), ENOEXEC);
	assert_int_equal(subprocess_run(&relative, &result), -EINVAL);
}

/* ---- what it is given */

static void arguments_and_environment(void **state)
{
	static char name[] = "the name", one[] = "ONE=1", two[] = "TWO=a b";
	char *argv[] = { name, NULL };
	char *envp[] = { one, two, NULL };
	struct subprocess shell = {
		.path = "/bin/sh", .input = "echo \"$0 $#\"", .input_size = 12, .cancel_fd = FD_NONE
	};
	struct subprocess env = { .path = "/usr/bin/env", .cancel_fd = FD_NONE };

	(void)state;
	assert_int_equal(subprocess_run(&shell, &result), 0);
	assert_string_equal(result.output, "/bin/sh 0\n");
	shell.argv = argv;
	assert_int_equal(subprocess_run(&shell, &result), 0);
	assert_string_equal(result.output, "the name 0\n");
	assert_int_equal(subprocess_run(&env, &result), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	assert_string_equal(result.output, "");
	env.envp = envp;
	assert_int_equal(subprocess_run(&env, &result), 0);
	assert_string_equal(result.output, "ONE=1\nTWO=a b\n");
}

static void any_amount_on_stdin(void **state)
{
	const size_t size = (size_t)3 * 1024 * 1024 + 7;
	char *input = malloc(size), *copy = malloc(size + 1);
	struct subprocess what = { .input = input, .input_size = size, .cancel_fd = FD_NONE };
	char script[160];
	FILE *file;

	(void)state;
	assert_non_null(input);
	assert_non_null(copy);
	for (size_t i = 0; i < size; i++)
		input[i] = (char)(i * 31 + i / 251);
	assert_true(text_format(script, sizeof(script), "cat >%s", in_stage("copy")) > 0);
	assert_int_equal(run_shell(script, &what), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	file = fopen(in_stage("copy"), "re");
	assert_non_null(file);
	assert_int_equal(fread(copy, 1, size + 1, file), size);
	(void)fclose(file);
	assert_memory_equal(copy, input, size);
	assert_int_equal(run_shell("exit 4", &what), 0); /* never read */
	assert_end(SUBPROCESS_EXITED, 4);
	assert_int_equal(run_shell("echo x >&0 || exit 7", &what), 0); /* not to be written */
	assert_end(SUBPROCESS_EXITED, 7);
	assert_int_equal(run_shell("cat | wc -c", &plain), 0);
	assert_string_equal(result.output, "0\n");
	free(input);
	free(copy);
}

static void a_session_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(
	    run_shell("set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ]", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
}

static int check_streams(unsigned closed)
{
	struct subprocess what = { .input = "in", .input_size = 2, .cancel_fd = FD_NONE };

	for (int fd = 0; fd < 3; fd++) {
		if (closed & 1u << fd)
			(void)close(fd);
	}
	CHECK(run_shell("cat; echo -out; echo err >&2", &what) == 0);
	CHECK(result.end == SUBPROCESS_EXITED && result.number == 0);
	CHECK(strcmp(result.output, "in-out\nerr\n") == 0);
	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFD);

		CHECK(flags == (closed & 1u << fd ? -1 : 0));
	}
	return 0;
}

static void closed_standard_streams(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++)
		in_child(check_streams, closed);
}

static void ignore_signal(int signal)
{
	(void)signal;
}

static int check_signals(unsigned unused)
{
	static char name[] = "grep", pattern[] = "^Sig[BI]", file[] = "/proc/self/status";
	char *argv[] = { name, pattern, file, NULL };
	struct subprocess what = { .path = "/bin/grep", .argv = argv, .cancel_fd = FD_NONE };
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	const struct sigaction handled = { .sa_handler = ignore_signal };
	struct sigaction action;
	sigset_t blocked, mask;

	(void)unused;
	(void)sigfillset(&blocked);
	CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	CHECK(sigaction(SIGPIPE, &ignored, NULL) == 0);
	CHECK(sigaction(SIGHUP, &ignored, NULL) == 0);
	CHECK(sigaction(SIGTERM, &handled, NULL) == 0);
	CHECK(subprocess_run(&what, &result) == 0);
	CHECK(strstr(result.output, "SigBlk:\t0000000000000000\n"));
	CHECK(strstr(result.output, "SigIgn:\t0000000000000000\n"));
	/* and nothing has changed here */
	CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
	CHECK(sigaction(SIGTERM, NULL, &action) == 0 && action.sa_handler == ignore_signal);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0 && sigismember(&mask, SIGUSR1) == 1);
	return 0;
}

static void no_signal_blocked_or_ignored(void **state)
{
	(void)state;
	in_child(check_signals, 0);
}

static int check_fence(unsigned soft)
{
	struct subprocess what = { .cancel_fd = FD_NONE };
	struct fence fence;
	struct error err;
	struct rlimit limit;
	char wanted[16];

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = soft;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0 && fence_start(0, &fence, &err) == 0);
	what.fence = &fence;
	CHECK(run_shell("ulimit -n", &what) == 0);
	CHECK(text_format(wanted, sizeof(wanted), "%u\n", soft) > 0);
	CHECK(strcmp(result.output, wanted) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limit.rlim_max);
	return 0;
}

static void the_limit_of_the_caller(void **state)
{
	(void)state;
	in_child(check_fence, 77);
	in_child(check_fence, 123);
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

static void no_other_descriptors(void **state)
{
	unsigned before;

	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, 9), 9); /* as with --preserve-fds */
	before = count_descriptors();
	assert_int_equal(run_shell("cd /proc/$$/fd; [ -e 2 ] && ! [ -e 9 ]", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	assert_not_executed("/nonexistent/program", ENOENT);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(fcntl(9, F_GETFD), 0);
	(void)close(9);
}

/* ---- what it says */

static void only_the_end_of_the_output(void **state)
{
	char wanted[SUBPROCESS_OUTPUT_MAX + 1];

	(void)state;
	assert_int_equal(
	    run_shell("head -c 10485760 /dev/zero | tr '\\0' x; echo; echo the end", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	memset(wanted, 'x', sizeof(wanted));
	memcpy(wanted + SUBPROCESS_OUTPUT_MAX - 9, "\nthe end\n", 10);
	assert_int_equal(result.output_size, SUBPROCESS_OUTPUT_MAX);
	assert_string_equal(result.output, wanted);
	/* small pieces push out what came first */
	assert_int_equal(run_shell("for i in $(seq 1000 1300); do echo $i; done", &plain), 0);
	assert_int_equal(result.output_size, SUBPROCESS_OUTPUT_MAX);
	assert_memory_equal(result.output + SUBPROCESS_OUTPUT_MAX - 10, "1299\n1300\n", 10);
	assert_memory_equal(result.output, "096\n1097\n", 9);
}

static void it_may_close_its_output(void **state)
{
	(void)state;
	assert_int_equal(run_shell("echo before; exec >&- 2>&-; sleep 0.2; exit 3", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 3);
	assert_string_equal(result.output, "before\n");
}

static void nobody_waits_for_those_left_behind(void **state)
{
	pid_t pid;

	(void)state;
	assert_int_equal(run_shell("sleep 1000 & echo $!", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	pid = pid_in_output();
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it lives */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(status_of(pid), SIGKILL);
	/* not even for one that never stops to write */
	assert_int_equal(run_shell("yes & exit 3", &plain), 0);
	assert_end(SUBPROCESS_EXITED, 3);
	assert_int_equal(status_of_last(), SIGPIPE);
}

/* ---- when it hangs */

static void timeout_kills_grandchildren(void **state)
{
	struct subprocess what = { .timeout_ms = 1500, .cancel_fd = FD_NONE };

	(void)state;
	assert_int_equal(run_shell("sleep 1000 & echo $!; wait", &what), 0);
	assert_end(SUBPROCESS_TIMED_OUT, 0);
	assert_int_equal(status_of(pid_in_output()), SIGKILL);
	assert_no_children();
	/* neither refusals nor a flood of output help */
	assert_int_equal(run_shell("trap '' TERM INT HUP; yes", &what), 0);
	assert_end(SUBPROCESS_TIMED_OUT, 0);
	assert_int_equal(result.output_size, SUBPROCESS_OUTPUT_MAX);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void long_timeouts(void **state)
{
	struct subprocess what = { .cancel_fd = FD_NONE };
	const uint64_t timeouts[] = { INT32_MAX, (uint64_t)INT32_MAX * 1000, INT64_MAX,
				      UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		what.timeout_ms = timeouts[i];
		assert_int_equal(run_shell("sleep 0.1; exit 5", &what), 0);
		assert_end(SUBPROCESS_EXITED, 5);
	}
}

static int check_cancel(unsigned unused)
{
	struct subprocess what = { .cancel_fd = FD_NONE };
	struct error err;
	sigset_t set, old;

	(void)unused;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	what.cancel_fd = signals_open(&set, &old, &err);
	CHECK(what.cancel_fd >= 0);
	CHECK(run_shell("sleep 1000 & echo $!; kill -INT $PPID; wait", &what) == -ECANCELED);
	CHECK(signals_next(what.cancel_fd) == SIGINT);
	return 0;
}

static void cancelling_kills_all(void **state)
{
	struct subprocess what = { .cancel_fd = eventfd(1, EFD_CLOEXEC) };
	int status;

	(void)state;
	assert_int_equal(run_shell("sleep 1000 & wait", &what), -ECANCELED);
	while (waitpid(-1, &status, 0) > 0)
		assert_int_equal(status, SIGKILL);
	(void)close(what.cancel_fd);
	in_child(check_cancel, 0);
	assert_int_equal(status_of_last(), SIGKILL); /* its grandchild */
}

static int check_interruptions(unsigned unused)
{
	const struct sigaction handled = { .sa_handler = ignore_signal };
	const struct itimerval often = { { 0, 10000 }, { 0, 10000 } };

	(void)unused;
	CHECK(sigaction(SIGALRM, &handled, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
	CHECK(run_shell("echo begin; sleep 0.3; echo end; exit 6", &plain) == 0);
	CHECK(result.end == SUBPROCESS_EXITED && result.number == 6);
	CHECK(strcmp(result.output, "begin\nend\n") == 0);
	return 0;
}

static void signals_do_not_disturb(void **state)
{
	(void)state;
	in_child(check_interruptions, 0);
}

/* A program that has become somebody else cannot be killed by us. */
static int check_unkillable(unsigned uid)
{
	static char name[] = "test", role[] = "become-root";
	char *argv[] = { name, role, NULL };
	struct subprocess what = {
		.path = in_stage("setuid"), .argv = argv, .timeout_ms = 1500, .cancel_fd = FD_NONE
	};

	CHECK(setresuid(uid, uid, uid) == 0);
	CHECK(subprocess_run(&what, &result) == 0);
	CHECK(result.end == SUBPROCESS_TIMED_OUT && result.number == 0);
	CHECK(strcmp(result.output, "here\n") == 0);
	return 0;
}

static void one_that_cannot_be_killed(void **state)
{
	struct statvfs info;
	char script[160];

	(void)state;
	assert_int_equal(statvfs(stage, &info), 0);
	if (geteuid() != 0 || info.f_flag & ST_NOSUID)
		skip();
	assert_true(text_format(script, sizeof(script), "cp /proc/%d/exe %s && chmod 4755 %s",
				(int)getpid(), in_stage("setuid"), in_stage("setuid")) > 0);
	assert_int_equal(chmod(stage, 0755), 0);
	assert_int_equal(run_shell(script, &plain), 0);
	assert_end(SUBPROCESS_EXITED, 0);
	in_child(check_unkillable, 65534);
	/* it is ours now, and we may */
	assert_int_equal(run_shell("for p in $(cat /proc/$PPID/task/$PPID/children); do"
				   "  [ $p = $$ ] || kill -KILL $p; done",
				   &plain),
			 0);
	assert_int_equal(status_of_last(), SIGKILL);
}

static int become_root(void)
{
	if (setresuid(0, 0, 0) < 0 || write(STDOUT_FILENO, "here\n", 5) != 5)
		return 1;
	for (;;)
		(void)pause();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_status_and_output),
		cmocka_unit_test(what_cannot_be_executed),
		cmocka_unit_test(arguments_and_environment),
		cmocka_unit_test(any_amount_on_stdin),
		cmocka_unit_test(a_session_of_its_own),
		cmocka_unit_test(closed_standard_streams),
		cmocka_unit_test(no_signal_blocked_or_ignored),
		cmocka_unit_test(the_limit_of_the_caller),
		cmocka_unit_test(no_other_descriptors),
		cmocka_unit_test(only_the_end_of_the_output),
		cmocka_unit_test(it_may_close_its_output),
		cmocka_unit_test(nobody_waits_for_those_left_behind),
		cmocka_unit_test(timeout_kills_grandchildren),
		cmocka_unit_test(long_timeouts),
		cmocka_unit_test(cancelling_kills_all),
		cmocka_unit_test(signals_do_not_disturb),
		cmocka_unit_test(one_that_cannot_be_killed),
	};
	char script[64];
	int failed;

	if (argc > 1 && strcmp(argv[1], "become-root") == 0)
		return become_root();
	if (!mkdtemp(stage) || prctl(PR_SET_CHILD_SUBREAPER, 1UL) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (text_format(script, sizeof(script), "rm -r %s", stage) > 0)
		(void)run_shell(script, &plain);
	return failed;
}
