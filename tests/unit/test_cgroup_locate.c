/*
 * test_cgroup_locate.c - from linux.cgroupsPath, the id and the caller's own cgroup to a path.
 */
#include "cgroup/locate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct error err;

static void located(const char *path, bool root, const char *mount_root, const char *expected)
{
	const struct locate request = { .path = path, .id = "box", .root = root };
	char buffer[PATH_MAX];
	int rc;

	assert_int_equal(locate_check(&request, &err), 0);
	rc = locate_path(&request, "/self/here", mount_root, buffer);
	assert_int_equal(rc, expected ? 0 : -ENOENT);
	if (expected)
		assert_string_equal(buffer, expected);
}

static void absolute_paths_are_below_the_mount(void **state)
{
	(void)state;
	located("/a/b", true, "/", "/a/b");
	located("/a/b", false, "/elsewhere", "/a/b");
}

static void relative_paths_are_beside_the_caller(void **state)
{
	(void)state;
	located("a/b", true, "/", "/self/a/b");
	located("system.slice:x:y", true, "/", "/self/system.slice:x:y");
	located("a", true, "/self", "/a");
	located("a", true, "/self/here", "/a"); /* there is nothing beside the mount itself */
	located("a", true, "/other", NULL);
}

static void the_default_depends_on_who_asks(void **state)
{
	(void)state;
	located(NULL, true, "/", "/tare-box");
	located("", true, "/", "/tare-box");
	located(NULL, false, "/", "/self/box");
	located(NULL, false, "/other", NULL);
}

static void bad_paths_are_refused(void **state)
{
	static const char *const paths[] = { "/",    "/a/",        "//a",  "a//b", "..",
					     "../a", "/a/../../b", "/a/.", ".",    "a\nb" };
	char long_name[300], long_path[PATH_MAX];
	struct locate request = { .id = "box", .root = true };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		request.path = paths[i];
		assert_int_equal(locate_check(&request, &err), -EINVAL);
		assert_string_equal(err.pointer, "/linux/cgroupsPath");
	}
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	request.path = long_name;
	assert_int_equal(locate_check(&request, &err), -ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(long_path); i += 2)
		memcpy(long_path + i, "/a", 2);
	long_path[sizeof(long_path) - 1] = '\0';
	request.path = long_path;
	assert_int_equal(locate_check(&request, &err), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute_paths_are_below_the_mount),
		cmocka_unit_test(relative_paths_are_beside_the_caller),
		cmocka_unit_test(the_default_depends_on_who_asks),
		cmocka_unit_test(bad_paths_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
