/*
 * test_host_cgroups.c - which hierarchies are found in the texts of mountinfo and cgroup.
 */
#include "host/cgroups.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROOT     "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
#define SYSFS    "23 22 0:20 / /sys rw shared:7 - sysfs sysfs rw\n"
#define TMPFS    "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755\n"
#define CPU      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define MEMORY   "33 31 0:30 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
#define SYSTEMD  "34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
#define UNIFIED  "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
#define ONLY_V2  "36 23 0:32 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_LINES "5:memory:/m\n4:cpu,cpuacct:/c/d\n1:name=systemd:/s\n"

static struct host_cgroups host;
static struct error err;

static int parse(const char *mountinfo, const char *cgroup)
{
	char *a = strdup(mountinfo), *b = strdup(cgroup);
	int rc = host_cgroups_parse(a, b, &host, &err);

	/* Nothing may point into the texts. */
	memset(a, 'x', strlen(a));
	memset(b, 'x', strlen(b));
	free(a);
	free(b);
	return rc;
}

static void v2(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS ONLY_V2, "0::/user.slice/a:b\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	assert_string_equal(host.v2_mount_point, "/sys/fs/cgroup");
	assert_string_equal(host.v2_mount_root, "/");
	assert_string_equal(host.v2_own, "/user.slice/a:b");
	assert_int_equal(host.v1_count, 0);
	host_cgroups_free(&host);
}

static void v1(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS TMPFS CPU MEMORY SYSTEMD, V1_LINES "0::/x\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_V1);
	assert_null(host.v2_mount_point);
	assert_int_equal(host.v1_count, 3);
	assert_string_equal(host_cgroups_find(&host, "cpuacct")->controllers, "cpu,cpuacct");
	assert_string_equal(host_cgroups_find(&host, "cpu")->mount_point,
			    "/sys/fs/cgroup/cpu,cpuacct");
	assert_string_equal(host_cgroups_find(&host, "cpu")->own, "/c/d");
	assert_string_equal(host_cgroups_find(&host, "name=systemd")->own, "/s");
	assert_null(host_cgroups_find(&host, "cp"));
	assert_null(host_cgroups_find(&host, "pids"));
	host_cgroups_free(&host);
}

static void hybrid(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS TMPFS CPU MEMORY UNIFIED, V1_LINES "0::/x\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_HYBRID);
	assert_int_equal(host.v1_count, 2); /* name=systemd is not mounted */
	assert_string_equal(host.v2_mount_point, "/sys/fs/cgroup/unified");
	host_cgroups_free(&host);
}

static void a_v1_hierarchy_without_controllers_does_not_make_it_hybrid(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS TMPFS SYSTEMD UNIFIED, V1_LINES "0::/x\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	assert_int_equal(host.v1_count, 0);
	host_cgroups_free(&host);
}

static void none(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS, V1_LINES "0::/x\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_NONE);
	host_cgroups_free(&host);
	assert_int_equal(parse("", ""), 0);
	assert_int_equal(host.mode, HOST_CGROUP_NONE);
	host_cgroups_free(&host);
}

static void escapes_are_undone(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(ROOT "40 22 0:32 / /a\\040b\\134\\011c rw - cgroup2 x\\040y rw\n", "0::/\n"), 0);
	assert_string_equal(host.v2_mount_point, "/a b\\\tc");
	host_cgroups_free(&host);
}

static void a_mount_over_the_v1_ones_hides_them(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS TMPFS CPU MEMORY UNIFIED
			       "50 31 0:32 / /sys/fs/cgroup rw - cgroup2 none rw\n",
			       V1_LINES "0::/x\n"),
			 0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	assert_string_equal(host.v2_mount_point, "/sys/fs/cgroup");
	host_cgroups_free(&host);
	/* The order of the lines is not that of mounting. */
	assert_int_equal(
	    parse("50 31 0:32 / /sys/fs/cgroup rw - cgroup2 none rw\n" ROOT SYSFS TMPFS CPU MEMORY,
		  V1_LINES "0::/x\n"),
	    0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	host_cgroups_free(&host);
	/* An empty tmpfs on top of /sys hides everything. */
	assert_int_equal(
	    parse(ROOT SYSFS ONLY_V2 "50 23 0:50 / /sys rw - tmpfs none rw\n", "0::/x\n"), 0);
	assert_int_equal(host.mode, HOST_CGROUP_NONE);
	host_cgroups_free(&host);
}

static void what_is_hidden_hides_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT SYSFS ONLY_V2
			       "50 23 0:50 / /sys rw - tmpfs none rw\n"
			       "51 50 0:32 / /sys/fs/cgroup rw - cgroup2 none rw\n",
			       "0::/x\n"),
			 0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	host_cgroups_free(&host);
}

static void a_root_that_is_its_own_parent_hides_nothing(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("1 1 0:2 / / rw - rootfs none rw\n2 1 0:9 / /sys rw - sysfs none rw\n"
		  "3 2 0:32 / /sys/fs/cgroup rw - cgroup2 none rw\n",
		  "0::/\n"),
	    0);
	assert_int_equal(host.mode, HOST_CGROUP_V2);
	host_cgroups_free(&host);
}

static void the_mount_that_shows_the_own_cgroup_is_taken(void **state)
{
	(void)state;
	assert_int_equal(parse(ROOT "40 22 0:32 /other /a rw - cgroup2 none rw\n"
				    "41 22 0:32 /docker/x /b rw - cgroup2 none rw\n",
			       "0::/docker/x/y\n"),
			 0);
	assert_string_equal(host.v2_mount_point, "/b");
	assert_string_equal(host.v2_mount_root, "/docker/x");
	host_cgroups_free(&host);
	assert_int_equal(
	    parse(ROOT "40 22 0:32 /other /a rw - cgroup2 none rw\n", "0::/docker/x\n"), 0);
	assert_string_equal(host.v2_mount_point, "/a"); /* absolute paths are possible there */
	host_cgroups_free(&host);
}

static void below(void **state)
{
	(void)state;
	assert_string_equal(host_cgroups_below("/a/b", "/"), "/a/b");
	assert_string_equal(host_cgroups_below("/", "/"), "");
	assert_string_equal(host_cgroups_below("/a/b", "/a"), "/b");
	assert_string_equal(host_cgroups_below("/a", "/a"), "");
	assert_null(host_cgroups_below("/ab", "/a"));
	assert_null(host_cgroups_below("/", "/a"));
}

static void malformed_texts_are_errors(void **state)
{
	(void)state;
	assert_int_equal(parse("22 1 8:1 / /\n", "0::/\n"), -EINVAL);
	assert_int_equal(parse("\n", "0::/\n"), -EINVAL);
	assert_int_equal(parse("a b c d e f g", ""), -EINVAL);
	assert_int_equal(parse(ROOT ONLY_V2, "0::\n"), -EINVAL);
	assert_int_equal(parse(ROOT ONLY_V2, "nonsense\n"), -EINVAL);
	assert_non_null(strstr(err.message, "/proc/self/cgroup"));
}

static void the_machine_itself_is_understood(void **state)
{
	(void)state;
	assert_int_equal(host_cgroups_read(&host, &err), 0);
	host_cgroups_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2),
		cmocka_unit_test(v1),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(a_v1_hierarchy_without_controllers_does_not_make_it_hybrid),
		cmocka_unit_test(none),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(a_mount_over_the_v1_ones_hides_them),
		cmocka_unit_test(what_is_hidden_hides_nothing),
		cmocka_unit_test(a_root_that_is_its_own_parent_hides_nothing),
		cmocka_unit_test(the_mount_that_shows_the_own_cgroup_is_taken),
		cmocka_unit_test(below),
		cmocka_unit_test(malformed_texts_are_errors),
		cmocka_unit_test(the_machine_itself_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
