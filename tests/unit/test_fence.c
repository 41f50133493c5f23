/* The fence: standard streams, inherited descriptors, the limit, SIGPIPE. Each in a child. */
#include "base/fd.h"
#include "sys/fence.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Run a check in a child, whose descriptors may be maltreated. It returns a line number or 0. */
static void in_child(int (*check)(unsigned), unsigned argument)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(check(argument) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		print_error("the check failed with argument %u\n", argument);
	assert_int_equal(status, 0);
}

static bool is_null_device(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && fcntl(fd, F_GETFD) == 0;
}

/* `closed` is a set of bits: which of 0, 1, 2 are closed. */
static int check_standard_streams(unsigned closed)
{
	struct fence saved;
	struct error err;
	struct stat before[3];
	struct stat after;

	for (int fd = 0; fd < 3; fd++) {
		(void)fstat(fd, &before[fd]);
		if (closed & (1U << fd))
			close(fd);
	}
	if (fence_start(0, &saved, &err) != 0)
		return __LINE__;
	for (int fd = 0; fd < 3; fd++) {
		if ((closed & (1U << fd)) != 0) {
			if (!is_null_device(fd))
				return __LINE__;
		} else if (fstat(fd, &after) < 0 || after.st_ino != before[fd].st_ino) {
			return __LINE__;
		}
	}
	return 0;
}

static void test_standard_streams(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++)
		in_child(check_standard_streams, closed);
}

static int check_preserved(unsigned preserve)
{
	struct fence saved;
	struct error err;

	for (int fd = 3; fd < 40; fd++) {
		if (dup2(STDERR_FILENO, fd) < 0)
			return __LINE__;
	}
	if (fence_start(preserve, &saved, &err) != 0)
		return __LINE__;
	for (int fd = 0; fd < 40; fd++) {
		int wanted = fd >= 3 + (int)preserve ? FD_CLOEXEC : 0;

		if (fcntl(fd, F_GETFD) != wanted)
			return __LINE__;
	}
	return 0;
}

static void test_inherited_descriptors(void **state)
{
	(void)state;
	in_child(check_preserved, 0);
	in_child(check_preserved, 1);
	in_child(check_preserved, 20);
}

static int check_missing(unsigned preserve)
{
	struct fence saved;
	struct error err;

	for (int fd = 3; fd < 40; fd++)
		close(fd);
	(void)dup2(STDERR_FILENO, 3);
	if (fence_start(preserve, &saved, &err) != -EBADF)
		return __LINE__;
	return strstr(err.message, "descriptor 4 ") ? 0 : __LINE__;
}

static int check_absurd(unsigned preserve)
{
	struct fence saved;
	struct error err;

	return fence_start(preserve, &saved, &err) == -EINVAL ? 0 : __LINE__;
}

static void test_preserved_ones_must_be_there(void **state)
{
	(void)state;
	in_child(check_missing, 2);
	in_child(check_missing, 1000000000);
	in_child(check_absurd, UINT_MAX);
	in_child(check_absurd, UINT_MAX - 2);
}

static int check_limit(unsigned soft)
{
	struct rlimit limit;
	struct fence saved;
	struct error err;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return __LINE__;
	limit.rlim_cur = soft;
	limit.rlim_max = soft + 50;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || fence_start(0, &saved, &err) != 0)
		return __LINE__;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur != soft + 50)
		return __LINE__;
	if (saved.nofile.rlim_cur != soft || saved.nofile.rlim_max != soft + 50)
		return __LINE__;
	if (fence_undo(&saved) != 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return __LINE__;
	return limit.rlim_cur == soft && limit.rlim_max == soft + 50 ? 0 : __LINE__;
}

static void test_limit_is_raised_and_restored(void **state)
{
	(void)state;
	in_child(check_limit, 30);
	in_child(check_limit, 64);
}

static int check_sigpipe(unsigned unused)
{
	struct sigaction action;
	struct fence saved;
	struct error err;

	(void)unused;
	if (fence_start(0, &saved, &err) != 0 || sigaction(SIGPIPE, NULL, &action) < 0)
		return __LINE__;
	if (action.sa_handler != SIG_IGN)
		return __LINE__;
	if (fence_undo(&saved) != 0 || sigaction(SIGPIPE, NULL, &action) < 0)
		return __LINE__;
	return action.sa_handler == SIG_DFL ? 0 : __LINE__;
}

static void test_sigpipe(void **state)
{
	(void)state;
	in_child(check_sigpipe, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard_streams),
		cmocka_unit_test(test_inherited_descriptors),
		cmocka_unit_test(test_preserved_ones_must_be_there),
		cmocka_unit_test(test_limit_is_raised_and_restored),
		cmocka_unit_test(test_sigpipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
