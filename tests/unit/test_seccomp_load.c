/*
 * test_seccomp_load.c - the kernel takes the compiled filters and does what they say.
 *
 * seccomp_typical.json has the shape of the default profile of an engine: several hundred calls
 * allowed, a few of them with conditions, three architectures. The calls are made in a child.
 */
#include "compile/seccomp.h"
#include "ocispec/read.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FAILED_TO_LOAD 99

static void compile(struct arena *arena, const char *text, size_t len,
		    struct seccomp_filter *filter)
{
	struct oci_text input = { text, len };
	struct oci_issues issues = { 0 };
	struct error err = { 0 };
	void *profile = NULL;
	struct log log;

	log_init(&log);
	if (oci_read(arena, oci_seccomp_type, input, &profile, &issues))
		fail_msg("%s %s", issues.first->pointer, issues.first->message);
	if (seccomp_compile(profile, arena, &log, filter, &err))
		fail_msg("%s: %s", err.pointer, err.message);
	log_free(&log);
}

static void compile_typical(struct arena *arena, struct seccomp_filter *filter)
{
	const char *source = getenv("TARE_SOURCE_DIR");
	char path[512], text[32768];
	size_t len;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/tests/unit/seccomp_typical.json",
		       source ? source : ".");
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot open %s", path);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_true(len > 0 && len < sizeof(text));
	compile(arena, text, len, filter);
}

/* The errno of one call under the filter (0 if it succeeded), made by a child; -signal if killed.
 */
static int call(const struct seccomp_filter *filter, long number, long first, long second)
{
	struct sock_fprog program = { (unsigned short)filter->count,
				      (struct sock_filter *)(uintptr_t)filter->insns };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGSYS, SIG_DFL); /* cmocka catches it */
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program))
			_exit(FAILED_TO_LOAD);
		_exit(syscall(number, first, second, 0L, 0L, 0L, 0L) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_typical(void **unused)
{
	struct arena arena = ARENA_INIT;
	struct seccomp_filter filter;

	(void)unused;
	compile_typical(&arena, &filter);
	assert_int_equal(call(&filter, SYS_getpid, 0, 0), 0);
	assert_int_equal(call(&filter, SYS_kexec_load, 0, 0), EPERM);
	assert_int_equal(call(&filter, SYS_clone3, 0, 0), ENOSYS);
	assert_int_equal(call(&filter, 9999, 0, 0), ENOSYS);
	assert_int_equal(call(&filter, SYS_personality, PER_LINUX, 0), 0);
	assert_int_equal(call(&filter, SYS_personality, ADDR_NO_RANDOMIZE, 0), EPERM);
	assert_int_equal(call(&filter, SYS_socket, AF_UNIX, SOCK_STREAM), 0);
	assert_int_equal(call(&filter, SYS_socket, AF_VSOCK, SOCK_STREAM), EPERM);
	assert_int_equal(call(&filter, SYS_clone, CLONE_NEWUTS, 0), EPERM);
	arena_free(&arena);
}

static void test_actions(void **unused)
{
	static const char profile[] =
	    "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
	    "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"], \"syscalls\": ["
	    "{\"names\": [\"getuid\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"},"
	    "{\"names\": [\"getgid\"], \"action\": \"SCMP_ACT_TRAP\"},"
	    "{\"names\": [\"geteuid\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 77},"
	    "{\"names\": [\"getegid\"], \"action\": \"SCMP_ACT_TRACE\"},"
	    "{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_KILL\"}]}";
	struct arena arena = ARENA_INIT;
	struct seccomp_filter filter;

	(void)unused;
	compile(&arena, profile, sizeof(profile) - 1, &filter);
	assert_int_equal(call(&filter, SYS_getpid, 0, 0), 0);
	assert_int_equal(call(&filter, SYS_getuid, 0, 0), -SIGSYS);
	assert_int_equal(call(&filter, SYS_getgid, 0, 0), -SIGSYS);
	assert_int_equal(call(&filter, SYS_getppid, 0, 0), -SIGSYS);
	assert_int_equal(call(&filter, SYS_geteuid, 0, 0), 77);
	assert_int_equal(call(&filter, SYS_getegid, 0, 0), ENOSYS); /* there is no tracer */
	assert_int_equal(call(&filter, 9999, 0, 0), ENOSYS);        /* the kernel's own */
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typical),
		cmocka_unit_test(test_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
