/* test_check_mounts.c - the rules on /mounts and /linux/devices. */
#include "test_check.h"

#define TMPFS(destination) MOUNT("'type': 'tmpfs', 'destination': '" destination "'")
#define BIND(more)         MOUNT("'type': 'bind', 'destination': '/d', 'source': '/s'" more)

static const struct test_case mount_cases[] = {
	CASE("right", TMPFS("/a/b"), NOTHING),
	CASE("right bind", BIND(", 'options': ['rbind', 'ro', 'nosuid', 'rprivate']"), NOTHING),
	CASE("bind by its option",
	     MOUNT("'destination': '/d', 'source': '/s', 'options': ['bind']"), NOTHING),
	CASE("empty destination", TMPFS(""), E("/mounts/0/destination", "is empty")),
	CASE("the root", TMPFS("/"), E("/mounts/0/destination", "\"/\" is the root filesystem")),
	CASE("the root, otherwise", TMPFS("//a/./../.."),
	     E("/mounts/0/destination", "\"//a/./../..\" is the root filesystem")),
	CASE("a dot", TMPFS("."), E("/mounts/0/destination", "is the root filesystem")),
	CASE("relative", TMPFS("a/b"),
	     W("/mounts/0/destination", "is relative, which is deprecated")),
	CASE("detour", TMPFS("/../etc"),
	     W("/mounts/0/destination", "followed inside the container")),
	CASE("no type", MOUNT("'destination': '/a', 'source': '/b'"),
	     E_HINT("/mounts/0/type", "has no type", "\"bind\"")),
	CASE("empty type", MOUNT("'destination': '/a', 'type': ''"),
	     E("/mounts/0/type", "has no type and is no bind mount")),
	CASE("remount", MOUNT("'destination': '/a', 'options': ['remount', 'ro']"), NOTHING),
	CASE("bind without source", MOUNT("'destination': '/a', 'options': ['rbind']"),
	     E("/mounts/0/source", "needs a source")),
	CASE("bind with empty source", MOUNT("'destination': '/a', 'type': 'bind', 'source': ''"),
	     E("/mounts/0/source", "needs a source")),
	CASE("bind with parameters", BIND(", 'options': ['bind', 'size=64k', 'mode=755']"),
	     E("/mounts/0/options/1", "\"size=64k\" is for a filesystem"),
	     E("/mounts/0/options/2", "\"mode=755\"")),
	CASE("contradictions", BIND(", 'options': ['ro', 'rw', 'nodev', 'dev', 'suid']"),
	     W("/mounts/0/options", "both \"ro\" and \"rw\""),
	     W("/mounts/0/options", "both \"dev\" and \"nodev\"")),
};

#define ON(destination, more)                                                                      \
	MOUNT("'destination': '" destination "', 'source': 'proc', 'type': " more)

static const struct test_case proc_cases[] = {
	CASE("proc", ON("/proc", "'proc'"), NOTHING),
	CASE("proc of the host", MOUNT("'destination': '/proc', 'source': '/proc', 'type': 'bind'"),
	     NOTHING),
	CASE("another directory on proc",
	     MOUNT(
		 "'destination': '/proc/', 'source': '/srv', 'type': 'none', 'options': ['rbind']"),
	     E("/mounts/0/destination", "only a filesystem of type proc")),
	CASE("bind that says proc",
	     MOUNT("'destination': '/proc', 'source': '/srv', 'type': 'proc', 'options': ['bind']"),
	     E("/mounts/0/destination", "only a filesystem of type proc")),
	CASE("tmpfs on proc", ON("//x/../proc", "'tmpfs'"),
	     E("/mounts/0/destination", "only a filesystem of type proc"),
	     W("/mounts/0/destination", "contains \"..\"")),
	CASE("tmpfs in proc", ON("/proc/self", "'tmpfs'"),
	     E_HINT("/mounts/0/destination", "nothing may be mounted on \"/proc/self\"", "lxcfs")),
	CASE("proc in proc", ON("/proc/proc", "'proc'"),
	     E("/mounts/0/destination", "nothing may be mounted on")),
	CASE("files of lxcfs",
	     TOP(", 'linux': {'namespaces': [{'type': 'mount'}]}, 'mounts': ["
		 "{'destination': '/proc/cpuinfo', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/diskstats', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/meminfo', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/stat', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/swaps', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/uptime', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/loadavg', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/slabinfo', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/sys/kernel/ns_last_pid', 'source': '/l', 'type': 'bind'}, "
		 "{'destination': '/proc/sys/crypto/fips_enabled', 'source': '/l', 'type': "
		 "'bind'}]"),
	     NOTHING),
	CASE("neighbours of proc", ON("/process", "'tmpfs'"), NOTHING),
	CASE("proc elsewhere", ON("/chroot/proc", "'proc'"),
	     W("/mounts/0/destination", "a proc on \"/chroot/proc\"")),
	CASE("sysfs elsewhere", ON("/a/sys", "'sysfs'"), W("/mounts/0/destination", "a sysfs on")),
	CASE("sysfs of another name", ON("/sysfs", "'sysfs'"), NOTHING),
};

#define DEVICE(more)  LINUX(", 'devices': [{" more "}]")
#define DEVICES(more) LINUX(", 'devices': [" more "]")
#define FUSE          "{'path': '/dev/fuse', 'type': 'c', 'major': 10, 'minor': 229}"

static const struct test_case device_cases[] = {
	CASE("right",
	     DEVICES(FUSE
		     ", {'path': '/dev/sda', 'type': 'b', 'major': 4095, 'minor': 1048575, "
		     "'uid': 0, 'gid': 6, 'fileMode': 432}, {'path': '/run/fifo', 'type': 'p'}, "
		     "{'path': '/dev/u', 'type': 'u', 'major': 0, 'minor': 0}"),
	     NOTHING),
	CASE("relative", DEVICE("'path': 'dev/x', 'type': 'p'"),
	     E("/linux/devices/0/path", "\"dev/x\" is not an absolute path")),
	CASE("empty path", DEVICE("'path': '', 'type': 'p'"),
	     E("/linux/devices/0/path", "\"\" is not an absolute path")),
	CASE("detour", DEVICE("'path': '/dev/../x', 'type': 'p'"),
	     E("/linux/devices/0/path", "contains \"..\"")),
	CASE("directory", DEVICE("'path': '/dev/', 'type': 'p'"),
	     E("/linux/devices/0/path", "names a directory")),
	CASE("no numbers", DEVICE("'path': '/dev/x', 'type': 'c'"),
	     E("/linux/devices/0/major", "needs a major number"),
	     E("/linux/devices/0/minor", "needs a minor number")),
	CASE("numbers out of range",
	     DEVICES("{'path': '/dev/x', 'type': 'b', 'major': 4096, 'minor': 1048576}, "
		     "{'path': '/dev/y', 'type': 'u', 'major': -1, 'minor': 0}"),
	     E("/linux/devices/0/major", "4096 is out of range: a major number is 0 to 4095"),
	     E("/linux/devices/0/minor", "1048576 is out of range"),
	     E("/linux/devices/1/major", "-1 is out of range")),
	CASE("owner", DEVICE("'path': '/f', 'type': 'p', 'uid': 4294967295, 'gid': 4294967295"),
	     E("/linux/devices/0/uid", "is not an id"), E("/linux/devices/0/gid", "is not an id")),
	CASE("the same twice", DEVICES(FUSE ", {'path': '/a', 'type': 'p'}, " FUSE),
	     W("/linux/devices/2/path", "in the list already, at index 0")),
	CASE("c and u are the same",
	     DEVICES(FUSE ", {'path': '/dev/fuse', 'type': 'u', 'major': 10, 'minor': 229}"),
	     W("/linux/devices/1/path", "in the list already")),
	CASE("two devices of one name",
	     DEVICES(FUSE ", {'path': '/dev/fuse', 'type': 'c', 'major': 10, 'minor': 228}"),
	     E("/linux/devices/1/path", "as another device, at index 0")),
	CASE("pipe and device of one name", DEVICES(FUSE ", {'path': '/dev/fuse', 'type': 'p'}"),
	     E("/linux/devices/1/path", "as another device")),
};

static void test_mounts(void **state)
{
	(void)state;
	TEST_CASES(mount_cases);
}

static void test_proc(void **state)
{
	(void)state;
	TEST_CASES(proc_cases);
}

static void test_devices(void **state)
{
	(void)state;
	TEST_CASES(device_cases);
}

/* A destination that no system call would take. */
static void test_long_destination(void **state)
{
	static char json[8192];
	struct problems found;

	(void)state;
	(void)snprintf(json, sizeof(json), TMPFS("/%05000d"), 0);
	test_check(json, ROOT, &found);
	assert_int_equal(found.errors, 1);
	assert_string_equal(found.first->pointer, "/mounts/0/destination");
	assert_non_null(strstr(found.first->message, "longer than the kernel takes"));
	problems_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_proc),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_long_destination),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
