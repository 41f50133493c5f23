/*
 * test_hooks.c - hooks in the runtime's namespaces: what they are given, in which order they run,
 * and what is said of one that fails. Real processes, most of them shells.
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
#include "container/hooks.h"
#include "ocispec/write.h"
#include "sys/signals.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char stage[] = "/tmp/tare-hooks-XXXXXX";
static struct error err;

static char shell[] = "/bin/sh", shell_name[] = "sh", option[] = "-c";
static char path_variable[] = "PATH=/usr/bin:/bin";
static char stage_variable[64];

static char id[] = "box", version[] = "1.2.0", bundle[] = "/b";
static struct oci_state box = {
	.oci_version = version,
	.id = id,
	.has_pid = true,
	.pid = 4711,
	.has_status = true,
	.status = OCI_STATUS_CREATING,
	.bundle = bundle,
};

/* ---- lists of hooks; each has room for some arguments */

enum { HOOKS_MAX = 4 };

static struct {
	struct oci_hook hooks[HOOKS_MAX];
	char *args[HOOKS_MAX][5];
	char *env[2];
	struct oci_hook_list list;
} set;

static int clear(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	memset(&err, 0, sizeof(err));
	set.list.items = set.hooks;
	set.env[0] = path_variable;
	set.env[1] = stage_variable;
	return 0;
}

static struct oci_hook *add_program(const char *path)
{
	struct oci_hook *hook = &set.hooks[set.list.count++];

	hook->path = (char *)path;
	hook->env.items = set.env;
	hook->env.count = 2;
	return hook;
}

/* A hook that runs this script, with $STAGE set. */
static struct oci_hook *add_script(const char *script)
{
	char **args = set.args[set.list.count];
	struct oci_hook *hook = add_program(shell);

	args[0] = shell_name;
	args[1] = option;
	args[2] = (char *)script;
	hook->args.items = args;
	hook->args.count = 3;
	return hook;
}

static struct hooks_request request(const char *name)
{
	struct hooks_request made = {
		.hooks = &set.list,
		.name = name,
		.state = &box,
		.cancel_fd = FD_NONE,
	};

	return made;
}

static int run(void)
{
	struct hooks_request made = request("createRuntime");

	return hooks_run(&made, &err);
}

static void assert_failure(int errnum, const char *message, const char *pointer)
{
	int rc = run();

	assert_string_equal(err.message, message);
	assert_int_equal(rc, -errnum);
	assert_int_equal(err.errnum, errnum);
	assert_string_equal(err.pointer, pointer);
}

/* ---- files in the stage */

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

static void assert_file(const char *name, const char *content)
{
	size_t size = strlen(content);
	char *text = calloc(1, size + 2);
	FILE *file = fopen(in_stage(name), "re");

	assert_non_null(text);
	assert_non_null(file);
	assert_int_equal(fread(text, 1, size + 1, file), size);
	(void)fclose(file);
	assert_memory_equal(text, content, size);
	free(text);
	assert_int_equal(unlink(in_stage(name)), 0);
}

/* ---- what they are given */

static void none_at_all(void **state)
{
	(void)state;
	assert_int_equal(run(), 0);
	set.list.items = NULL;
	assert_int_equal(run(), 0);
}

static void one_after_the_other(void **state)
{
	(void)state;
	(void)add_script("sleep 0.2; echo one >>$STAGE/log");
	(void)add_script("echo two >>$STAGE/log");
	(void)add_script("echo three >>$STAGE/log");
	assert_int_equal(run(), 0);
	assert_file("log", "one\ntwo\nthree\n");
}

static void exactly_the_arguments_and_environment(void **state)
{
	static char script[] = "printf '<%s>' \"$0\" \"$@\" >>$STAGE/log";
	static char name[] = "the name", with_blanks[] = "a  b", empty[] = "";
	char *args[] = { shell_name, option, script, name, with_blanks, empty };
	struct oci_hook *hook;
	char wanted[128];

	(void)state;
	(void)add_script("tr '\\0' '\\n' </proc/$$/environ >$STAGE/log");
	hook = add_program(shell);
	hook->args.items = args;
	hook->args.count = 6;
	assert_int_equal(run(), 0);
	assert_true(text_format(wanted, sizeof(wanted), "%s\n%s\n<the name><a  b><>", path_variable,
				stage_variable) > 0);
	assert_file("log", wanted);
}

static void no_arguments_and_no_environment(void **state)
{
	struct oci_hook *hook;

	(void)state;
	assert_int_equal(setenv("OF_THE_CALLER", "1", 1), 0);
	write_file(in_stage("hook"),
		   "#!/bin/sh\n"
		   "cd \"${0%/*}\"\n"
		   "tr '\\0' '\\n' </proc/$$/environ >log\n"
		   "echo \"${0##*/} $#\" >>log\n",
		   0755);
	hook = add_program(in_stage("hook"));
	hook->env.count = 0;
	assert_int_equal(run(), 0);
	assert_file("log", "hook 0\n");
}

static void the_whole_state_for_each(void **state)
{
	const size_t size = (size_t)1024 * 1024;
	char *value = malloc(size + 1);
	char key[] = "large";
	struct oci_string_pair annotation = { key, value };
	struct arena arena = ARENA_INIT;
	struct oci_text wanted;

	(void)state;
	assert_non_null(value);
	for (size_t i = 0; i < size; i++)
		value[i] = (char)('a' + i % 26);
	value[size] = '\0';
	box.annotations.items = &annotation;
	box.annotations.count = 1;
	assert_int_equal(oci_write(&arena, oci_state_type, &box, OCI_COMPACT, &wanted), 0);
	assert_true(wanted.len > size);
	(void)add_script("cat >$STAGE/first");
	(void)add_script("true"); /* reads nothing */
	(void)add_script("cat >$STAGE/second");
	assert_int_equal(run(), 0);
	assert_file("first", wanted.data);
	assert_file("second", wanted.data);
	box.annotations.count = 0;
	arena_free(&arena);
	free(value);
}

static void a_state_that_is_no_json(void **state)
{
	struct hooks_request made = request("poststop");
	char bad[] = "box\xff";
	struct log log;

	(void)state;
	log_init(&log);
	(void)add_script("touch $STAGE/log");
	box.id = bad;
	assert_int_equal(run(), -EILSEQ);
	assert_string_equal(err.pointer, "");
	hooks_run_all(&made, &log);
	box.id = id;
	assert_non_null(log.first);
	assert_null(log.first->next);
	log_free(&log);
	assert_int_equal(access(in_stage("log"), F_OK), -1);
}

/* ---- failures */

static void a_status_ends_it(void **state)
{
	(void)state;
	(void)add_script("exit 0");
	(void)add_script("echo first; echo; echo 'last words' >&2; exit 3");
	(void)add_script("touch $STAGE/log");
	assert_failure(EPROTO,
		       "the createRuntime hook /bin/sh exited with status 3: "
		       "first |  | last words",
		       "/hooks/createRuntime/1");
	assert_int_equal(access(in_stage("log"), F_OK), -1);
	set.list.count = 0;
	(void)add_script("exit 1");
	assert_failure(EPROTO, "the createRuntime hook /bin/sh exited with status 1",
		       "/hooks/createRuntime/0");
}

static void a_signal(void **state)
{
	(void)state;
	(void)add_script("echo ouch; kill -KILL $$");
	assert_failure(EPROTO, "the createRuntime hook /bin/sh was killed by signal 9: ouch",
		       "/hooks/createRuntime/0");
}

static void a_timeout(void **state)
{
	struct oci_hook *hook = add_script("echo hanging; sleep 1000 & wait");
	int status;

	(void)state;
	hook->has_timeout = true;
	hook->timeout = 1;
	assert_failure(ETIMEDOUT, "the createRuntime hook /bin/sh took longer than 1 s: hanging",
		       "/hooks/createRuntime/0");
	assert_true(waitpid(-1, &status, 0) > 0); /* its child: we are a subreaper */
	assert_int_equal(status, SIGKILL);
	set.args[0][2] = "sleep 0.1";
	hook->timeout = INT32_MAX;
	assert_int_equal(run(), 0);
	hook->timeout = 115964117; /* 8 ms, were milliseconds kept in 32 bits */
	assert_int_equal(run(), 0);
}

static void what_cannot_be_executed(void **state)
{
	char message[256];

	(void)state;
	(void)add_program("/nonexistent/hook");
	assert_failure(ENOENT,
		       "the createRuntime hook /nonexistent/hook could not be executed: "
		       "it does not exist (ENOENT)",
		       "/hooks/createRuntime/0");
	assert_string_equal(err.syscall, "execve");
	assert_string_equal(err.hint, "");
	set.list.count = 0;
	write_file(in_stage("plain"), "#!/bin/sh\n", 0644);
	(void)add_program(in_stage("plain"));
	assert_true(text_format(message, sizeof(message),
				"the createRuntime hook %s could not be executed: "
				"access was refused (EACCES)",
				in_stage("plain")) > 0);
	assert_failure(EACCES, message, "/hooks/createRuntime/0");
	assert_string_equal(err.hint, "");
}

static void hints_for_scripts(void **state)
{
	(void)state;
	write_file(in_stage("no-interpreter"), "#!/nonexistent/sh\n", 0755);
	(void)add_program(in_stage("no-interpreter"));
	assert_int_equal(run(), -ENOENT);
	assert_string_equal(err.hint, "the file exists, but not the interpreter that it asks for");
	set.list.count = 0;
	write_file(in_stage("no-format"), "exit 0\n", 0755);
	(void)add_program(in_stage("no-format"));
	assert_int_equal(run(), -ENOEXEC);
	assert_string_equal(err.hint,
			    "a script has to name its interpreter in the first line: #!/bin/sh");
}

static void a_signal_for_us(void **state)
{
	struct hooks_request made = request("createRuntime");
	sigset_t cancelling, old;
	int status;

	(void)state;
	(void)sigemptyset(&cancelling);
	(void)sigaddset(&cancelling, SIGINT);
	made.cancel_fd = signals_open(&cancelling, &old, &err);
	assert_true(made.cancel_fd >= 0);
	(void)add_script("sleep 1000 & kill -INT $PPID; wait");
	(void)add_script("touch $STAGE/log");
	assert_int_equal(hooks_run(&made, &err), -ECANCELED);
	assert_string_equal(err.message,
			    "the createRuntime hook /bin/sh was interrupted by a signal");
	assert_string_equal(err.pointer, "/hooks/createRuntime/0");
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(status, SIGKILL);
	assert_int_equal(signals_next(made.cancel_fd), SIGINT);
	assert_int_equal(access(in_stage("log"), F_OK), -1);
	(void)close(made.cancel_fd);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

/* ---- what of their output is shown */

static void phrases_that_engines_look_for(void **state)
{
	(void)state;
	(void)add_script("echo 'sh: No such file or directory'; echo 'Permission Denied!';"
			 "echo 'operation not permitted. x: Not a directory, y is a directory';"
			 "echo 'executable file not found in $PATH, open executable'; exit 1");
	assert_failure(EPROTO,
		       "the createRuntime hook /bin/sh exited with status 1: sh: ENOENT | EACCES! |"
		       " EPERM. x: ENOTDIR, y EISDIR | program not found in $PATH, open program",
		       "/hooks/createRuntime/0");
}

static void only_the_last_lines(void **state)
{
	(void)state;
	(void)add_script("for i in $(seq 5000); do echo $i; done; printf '\\n \\n'; exit 1");
	assert_failure(EPROTO,
		       "the createRuntime hook /bin/sh exited with status 1: "
		       "4997 | 4998 | 4999 | 5000",
		       "/hooks/createRuntime/0");
}

static void lines_that_are_too_long(void **state)
{
	const char *head = "the createRuntime hook /bin/sh exited with status 1: ";
	const char *said;

	(void)state;
	(void)add_script("head -c 10485760 /dev/zero | tr '\\0' x; echo the end; exit 1");
	assert_int_equal(run(), -EPROTO);
	assert_memory_equal(err.message, head, strlen(head));
	said = err.message + strlen(head);
	assert_int_equal(strlen(said), 348);
	assert_int_equal(strspn(said, "x"), 341);
	assert_string_equal(said + 341, "the end");
	/* two bytes each, and an odd number of others: one character would be cut */
	set.args[0][2] = "for i in $(seq 400); do printf '\\303\\244'; done; printf x; exit 1";
	assert_int_equal(run(), -EPROTO);
	said = err.message + strlen(head);
	assert_int_equal(strlen(said), 347);
	assert_memory_equal(said, "\303\244\303\244", 4);
	/* a NUL does not hide what follows, nor make up a phrase */
	set.args[0][2] = "printf 'permission\\0denied'; exit 1";
	assert_int_equal(run(), -EPROTO);
	assert_string_equal(err.message + strlen(head), "permission?denied");
}

static void long_paths_leave_room(void **state)
{
	static char path[2000];

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[0] = '/';
	(void)add_program(path);
	assert_int_equal(run(), -ENAMETOOLONG);
	assert_non_null(strstr(err.message, "ppp could not be executed: "));
	assert_non_null(strstr(err.message, "(ENAMETOOLONG)"));
}

/* ---- after the end of a container */

static void assert_warning(const struct log_warning *warning, const char *pointer, const char *text)
{
	assert_non_null(warning);
	assert_string_equal(warning->pointer, pointer);
	assert_string_equal(warning->text, text);
}

static void all_are_run(void **state)
{
	struct hooks_request made = request("poststop");
	struct log log;

	(void)state;
	log_init(&log);
	(void)add_script("echo one >>$STAGE/log; exit 1");
	(void)add_program("/nonexistent/hook");
	(void)add_script("echo three >>$STAGE/log");
	(void)add_script("echo four >>$STAGE/log; kill -TERM $$");
	hooks_run_all(&made, &log);
	assert_file("log", "one\nthree\nfour\n");
	assert_warning(log.first, "/hooks/poststop/0",
		       "the poststop hook /bin/sh exited with status 1");
	assert_warning(log.first->next, "/hooks/poststop/1",
		       "the poststop hook /nonexistent/hook could not be executed: "
		       "it does not exist (ENOENT)");
	assert_warning(log.first->next->next, "/hooks/poststop/3",
		       "the poststop hook /bin/sh was killed by signal 15");
	assert_null(log.first->next->next->next);
	log_free(&log);
}

static void a_signal_ends_one_of_them(void **state)
{
	struct hooks_request made = request("poststop");
	sigset_t cancelling, old;
	struct log log;

	(void)state;
	log_init(&log);
	(void)sigemptyset(&cancelling);
	(void)sigaddset(&cancelling, SIGINT);
	made.cancel_fd = signals_open(&cancelling, &old, &err);
	assert_true(made.cancel_fd >= 0);
	(void)add_script("kill -INT $PPID; exec sleep 1000");
	(void)add_script("sleep 0.1; echo two >>$STAGE/log");
	hooks_run_all(&made, &log);
	assert_file("log", "two\n");
	assert_warning(log.first, "/hooks/poststop/0",
		       "the poststop hook /bin/sh was interrupted by a signal");
	assert_null(log.first->next);
	assert_int_equal(signals_next(made.cancel_fd), 0);
	(void)close(made.cancel_fd);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	log_free(&log);
}

#define TEST(test) cmocka_unit_test_setup(test, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(none_at_all),
		TEST(one_after_the_other),
		TEST(exactly_the_arguments_and_environment),
		TEST(no_arguments_and_no_environment),
		TEST(the_whole_state_for_each),
		TEST(a_state_that_is_no_json),
		TEST(a_status_ends_it),
		TEST(a_signal),
		TEST(a_timeout),
		TEST(what_cannot_be_executed),
		TEST(hints_for_scripts),
		TEST(a_signal_for_us),
		TEST(phrases_that_engines_look_for),
		TEST(only_the_last_lines),
		TEST(lines_that_are_too_long),
		TEST(long_paths_leave_room),
		TEST(all_are_run),
		TEST(a_signal_ends_one_of_them),
	};
	int failed;

	if (!mkdtemp(stage) || prctl(PR_SET_CHILD_SUBREAPER, 1UL) < 0 ||
	    text_format(stage_variable, sizeof(stage_variable), "STAGE=%s", stage) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)clear(NULL);
	(void)add_script("rm -r $STAGE");
	return run() < 0 ? 1 : failed;
}
