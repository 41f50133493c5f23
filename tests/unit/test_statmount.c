/* test_statmount.c - one mount is asked about, and what is none is not taken for one. */
#include "sys/statmount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>

static char root[64];

static int ask(const char *path, uint64_t magic, size_t size)
{
	int rc = statmount_root(path, magic, root, size);

	if (rc == -ENOSYS) {
		print_message("needs Linux 6.8\n");
		skip();
	}
	return rc;
}

static void a_mount_is_found(void **state)
{
	(void)state;
	assert_int_equal(ask("/proc", PROC_SUPER_MAGIC, sizeof(root)), 0);
	assert_string_equal(root, "/");
}

static void a_directory_below_a_mount_is_none(void **state)
{
	(void)state;
	assert_int_equal(ask("/proc/self", PROC_SUPER_MAGIC, sizeof(root)), -ENOENT);
	assert_int_equal(ask("/proc/sys", PROC_SUPER_MAGIC, sizeof(root)), -ENOENT);
}

static void another_filesystem_is_none(void **state)
{
	(void)state;
	assert_int_equal(ask("/proc", CGROUP2_SUPER_MAGIC, sizeof(root)), -ENOENT);
}

static void a_path_that_is_missing(void **state)
{
	(void)state;
	assert_int_equal(ask("/proc/missing", PROC_SUPER_MAGIC, sizeof(root)), -ENOENT);
}

static void a_root_that_does_not_fit(void **state)
{
	(void)state;
	assert_int_equal(ask("/proc", PROC_SUPER_MAGIC, 1), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mount_is_found),
		cmocka_unit_test(a_directory_below_a_mount_is_none),
		cmocka_unit_test(another_filesystem_is_none),
		cmocka_unit_test(a_path_that_is_missing),
		cmocka_unit_test(a_root_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
