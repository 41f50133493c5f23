/* test_check_resources.c - the rules on /linux/resources and /linux/cgroupsPath. */
#include "test_check.h"

#define PATH_OF(path) LINUX(", 'cgroupsPath': '" path "'")
#define HUNDRED                                                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123456789"                   \
	"012345678901234567890123456789"

static const struct test_case path_cases[] = {
	CASE("right", PATH_OF("/a//b..c/d"), NOTHING),
	CASE("systemd", PATH_OF("system.slice:tare:id"), NOTHING),
	CASE("empty", PATH_OF(""), NOTHING),
	CASE("detour", PATH_OF("/a/../b"), E("/linux/cgroupsPath", "\"/a/../b\" contains \"..\"")),
	CASE("two lines", PATH_OF("/a\\nb"), E("/linux/cgroupsPath", "a control character")),
	CASE("long name", PATH_OF("/a/" HUNDRED HUNDRED HUNDRED "/b"),
	     E("/linux/cgroupsPath", "has 300 bytes, the kernel takes at most 255")),
};

#define RULE(more) RESOURCES("'devices': [{'allow': false, " more "}]")

static const struct test_case device_cases[] = {
	CASE(
	    "right",
	    RESOURCES("'devices': [{'allow': false, 'access': 'rwm'}, {'allow': true, 'type': 'c', "
		      "'major': 10, 'minor': -1, 'access': 'r'}, {'allow': true, 'type': '', "
		      "'major': -1, 'access': 'm'}, {'allow': true, 'type': 'a', 'access': 'w'}]"),
	    NOTHING),
	CASE("type", RULE("'type': 'x', 'access': 'r'"),
	     E("/linux/resources/devices/0/type", "\"x\" is no type of device")),
	CASE("two types", RULE("'type': 'cb', 'access': 'r'"),
	     E("/linux/resources/devices/0/type", "\"cb\" is no type of device")),
	CASE("no access", RULE("'type': 'c'"),
	     E_HINT("/linux/resources/devices/0/access", "does not say which access", "rwm")),
	CASE("empty access", RULE("'access': ''"),
	     E("/linux/resources/devices/0/access", "does not say which access")),
	CASE("execute", RULE("'access': 'rwx'"),
	     E("/linux/resources/devices/0/access", "\"rwx\" has other letters")),
	CASE("numbers", RULE("'type': 'c', 'access': 'r', 'major': -2, 'minor': 4294967296"),
	     E("/linux/resources/devices/0/major", "-2 is no device number"),
	     E("/linux/resources/devices/0/minor", "4294967296 is no device number")),
};

#define MEMORY(more) RESOURCES("'memory': {" more "}")

static const struct test_case memory_cases[] = {
	CASE("right", MEMORY("'limit': 1000000, 'swap': 1000000, 'reservation': -1"), NOTHING),
	CASE("nothing asked for",
	     MEMORY("'limit': 0, 'swap': 0, 'reservation': 0, 'kernel': 0, 'kernelTCP': 0, "
		    "'swappiness': 0, 'disableOOMKiller': false, 'useHierarchy': true"),
	     NOTHING),
	CASE("no limits", MEMORY("'limit': -1, 'swap': -1"), NOTHING),
	CASE("negative", MEMORY("'limit': -2, 'swap': -3, 'reservation': -4"),
	     E("/linux/resources/memory/limit", "-2 bytes: only -1"),
	     E("/linux/resources/memory/swap", "-3 bytes"),
	     E("/linux/resources/memory/reservation", "-4 bytes")),
	CASE("negative kernel memory", MEMORY("'kernel': -2, 'kernelTCP': -2"),
	     E("/linux/resources/memory/kernel", "-2 bytes"),
	     W("/linux/resources/memory/kernel", "cgroup v2"),
	     E("/linux/resources/memory/kernelTCP", "-2 bytes"),
	     W("/linux/resources/memory/kernelTCP", "cgroup v2")),
	CASE("swap without limit", MEMORY("'swap': 1000"),
	     E_HINT("/linux/resources/memory/swap", "without a limit of memory", "limit too")),
	CASE("swap with no limit", MEMORY("'limit': -1, 'swap': 1000"),
	     E("/linux/resources/memory/swap", "without a limit of memory")),
	CASE("swap below limit", MEMORY("'limit': 1001, 'swap': 1000"),
	     E_HINT("/linux/resources/memory/swap", "1000 is less than the memory limit 1001",
		    "sum")),
	CASE("left out on v2",
	     MEMORY("'kernel': 1, 'kernelTCP': -1, 'swappiness': 60, 'disableOOMKiller': true"),
	     W("/linux/resources/memory/kernel", "left out"),
	     W("/linux/resources/memory/kernelTCP", "left out"),
	     W("/linux/resources/memory/swappiness", "left out"),
	     W("/linux/resources/memory/disableOOMKiller", "left out")),
	CASE_ON(ROOT_V1, "not on v1",
		MEMORY("'kernel': 1, 'kernelTCP': -1, 'swappiness': 100, 'disableOOMKiller': true"),
		NOTHING),
	CASE_ON(ROOT_V1, "swappiness", MEMORY("'swappiness': 101"),
		E("/linux/resources/memory/swappiness", "101 is out of range")),
	CASE("swappiness of -1", MEMORY("'swappiness': 18446744073709551615"), NOTHING),
};

#define CPU(more) RESOURCES("'cpu': {" more "}")

static const struct test_case cpu_cases[] = {
	CASE("right",
	     CPU("'shares': 1024, 'quota': 50000, 'period': 100000, 'burst': 50000, 'idle': 1, "
		 "'cpus': '0-3,7, 9-15:1/2', 'mems': '0'"),
	     NOTHING),
	CASE("nothing asked for",
	     CPU("'shares': 0, 'quota': 0, 'period': 0, 'burst': 0, 'realtimeRuntime': 0, "
		 "'realtimePeriod': 0, 'idle': 0, 'cpus': '', 'mems': ''"),
	     NOTHING),
	CASE("limits of the ranges", CPU("'shares': 2, 'quota': 1000, 'period': 1000000"), NOTHING),
	CASE("no limit", CPU("'quota': -1, 'burst': 5000, 'shares': 262144"), NOTHING),
	CASE("quota", CPU("'quota': 999"),
	     E_HINT("/linux/resources/cpu/quota", "999 us is less", "50000")),
	CASE("negative quota", CPU("'quota': -2"), E("/linux/resources/cpu/quota", "-2 us")),
	CASE("short period", CPU("'period': 999"),
	     E("/linux/resources/cpu/period", "999 us is out of range: 1000 to 1000000")),
	CASE("long period", CPU("'period': 1000001"),
	     E("/linux/resources/cpu/period", "1000001 us is out of range")),
	CASE("burst", CPU("'quota': 1000, 'burst': 1001"),
	     E("/linux/resources/cpu/burst", "more than the quota of 1000 us")),
	CASE("idle", CPU("'idle': 2"), E("/linux/resources/cpu/idle", "2 is neither 0 nor 1")),
	CASE("shares on v2", CPU("'shares': 1"),
	     W("/linux/resources/cpu/shares", "as the nearest")),
	CASE_ON(ROOT_V1, "shares on v1", CPU("'shares': 262145"),
		E("/linux/resources/cpu/shares", "262145 is out of range: 2 to 262144")),
	CASE("real time on v2", CPU("'realtimeRuntime': 10, 'realtimePeriod': 20"),
	     W("/linux/resources/cpu/realtimeRuntime", "no real-time limits"),
	     W("/linux/resources/cpu/realtimePeriod", "no real-time limits")),
	CASE_ON(ROOT_V1, "real time on v1", CPU("'realtimeRuntime': 21, 'realtimePeriod': 20"),
		E("/linux/resources/cpu/realtimeRuntime", "longer than the period")),
	CASE("open range", CPU("'cpus': '0-', 'mems': '0,1,'"),
	     E("/linux/resources/cpu/cpus", "\"0-\" is not a list of CPUs")),
	CASE("range backwards", CPU("'cpus': '3-1'"), E("/linux/resources/cpu/cpus", "\"3-1\"")),
	CASE("only a comma", CPU("'mems': ','"),
	     E("/linux/resources/cpu/mems", "\",\" is not a list of memory nodes")),
	CASE("two lines", CPU("'cpus': '0\\n1'"), E("/linux/resources/cpu/cpus", "\"0\\n1\"")),
	CASE("words", CPU("'cpus': 'all', 'mems': 'some'"),
	     E("/linux/resources/cpu/mems", "\"some\" is not")),
	CASE("strides", CPU("'cpus': '0-7:3/2', 'mems': '0-7:0/2'"),
	     E("/linux/resources/cpu/cpus", "\"0-7:3/2\" is not"),
	     E("/linux/resources/cpu/mems", "\"0-7:0/2\" is not")),
	CASE("a million CPUs", CPU("'cpus': '0-1000000'"),
	     E("/linux/resources/cpu/cpus", "is not")),
};

#define BLOCK_IO(more) RESOURCES("'blockIO': {" more "}")

static const struct test_case other_cases[] = {
	CASE("pids", RESOURCES("'pids': {'limit': -1}"), NOTHING),
	CASE("pids, negative", RESOURCES("'pids': {'limit': -5}"),
	     W_HINT("/linux/resources/pids/limit", "-5 is taken for no limit", "-1")),
	CASE("block I/O",
	     BLOCK_IO("'weight': 10, 'weightDevice': [{'major': 8, 'minor': 0, 'weight': 1000}], "
		      "'throttleReadBpsDevice': [{'major': 8, 'minor': 0, 'rate': 1}]"),
	     NOTHING),
	CASE("weights",
	     BLOCK_IO("'weight': 9, 'weightDevice': [{'major': 8, 'minor': 0, 'weight': 1001}]"),
	     E("/linux/resources/blockIO/weight", "9 is out of range: a weight is 10 to 1000"),
	     E("/linux/resources/blockIO/weightDevice/0/weight", "1001 is out of range")),
	CASE("leaf weight on v2", BLOCK_IO("'leafWeight': 10"),
	     W("/linux/resources/blockIO/leafWeight", "left out")),
	CASE_ON(ROOT_V1, "leaf weight on v1",
		BLOCK_IO("'leafWeight': 9, 'weightDevice': "
			 "[{'major': 8, 'minor': 0, 'leafWeight': 1001}]"),
		E("/linux/resources/blockIO/leafWeight", "9 is out of range"),
		E("/linux/resources/blockIO/weightDevice/0/leafWeight", "1001 is out of range")),
	CASE("devices of block I/O",
	     BLOCK_IO("'weightDevice': [{'major': -1, 'minor': 0, 'weight': 10}], "
		      "'throttleReadBpsDevice': [{'major': 8, 'minor': -1, 'rate': 1}], "
		      "'throttleWriteBpsDevice': [{'major': 8, 'minor': -2, 'rate': 1}], "
		      "'throttleReadIOPSDevice': [{'major': 4294967296, 'minor': 1, 'rate': 1}], "
		      "'throttleWriteIOPSDevice': [{'major': 8, 'minor': 0, 'rate': 1}, "
		      "{'major': 8, 'minor': -4, 'rate': 1}]"),
	     E("/linux/resources/blockIO/weightDevice/0/major", "-1 is no device number"),
	     E("/linux/resources/blockIO/throttleReadBpsDevice/0/minor", "-1 is no"),
	     E("/linux/resources/blockIO/throttleWriteBpsDevice/0/minor", "-2 is no"),
	     E("/linux/resources/blockIO/throttleReadIOPSDevice/0/major", "4294967296 is no"),
	     E("/linux/resources/blockIO/throttleWriteIOPSDevice/1/minor", "-4 is no")),
	CASE("block I/O devices with nothing to set",
	     BLOCK_IO("'weightDevice': [{'major': 8, 'minor': 0}, {'major': 8, 'minor': 1, "
		      "'leafWeight': 'x'}], "
		      "'throttleReadBpsDevice': [{'major': 8, 'minor': 0}], "
		      "'throttleWriteIOPSDevice': [{'major': 8, 'minor': 0, 'rate': 0}, "
		      "{'major': 8, 'minor': 1, 'rate': -1}]"),
	     E("/linux/resources/blockIO/weightDevice/0", "sets nothing"),
	     E("/linux/resources/blockIO/weightDevice/1/leafWeight", "number"),
	     E("/linux/resources/blockIO/throttleReadBpsDevice/0", "no rate"),
	     E("/linux/resources/blockIO/throttleWriteIOPSDevice/1/rate", "-1")),
	CASE("huge pages",
	     RESOURCES("'hugepageLimits': [{'pageSize': '2MB', 'limit': 1}, {'pageSize': '3KB', "
		       "'limit': 1}]"),
	     E("/linux/resources/hugepageLimits/1/pageSize", "no huge pages of \"3KB\"")),
	CASE_ON(
	    ROOT_V1, "network",
	    RESOURCES("'network': {'classID': 1, 'priorities': [{'name': 'eth0', 'priority': 1}, "
		      "{'name': '', 'priority': 1}]}"),
	    E("/linux/resources/network/priorities/1/name", "it is empty")),
	CASE("network on v2",
	     RESOURCES("'network': {'classID': 1, 'priorities': [{'name': 'lo', 'priority': 1}]}"),
	     W("/linux/resources/network/classID", "left out"),
	     W("/linux/resources/network/priorities", "left out")),
	CASE(
	    "rdma",
	    RESOURCES("'rdma': {'mlx5_0': {'hcaHandles': 0}, 'a b': {'hcaObjects': 1}, 'x/y': {}}"),
	    E("/linux/resources/rdma/a b", "\"a b\" cannot be the name of an RDMA device"),
	    E("/linux/resources/rdma/x~1y", "limits nothing")),
	CASE("unified", RESOURCES("'unified': {'memory.high': '1', 'hugetlb.2MB.max': 'a\\nb'}"),
	     NOTHING),
	CASE("keys of unified",
	     RESOURCES(
		 "'unified': {'../x.y': '', 'a/b.c': '', 'memory': '', '.max': '', 'cpu.': ''}"),
	     E_HINT("/linux/resources/unified/..~1x.y", "is not the name of a file", "memory.high"),
	     E("/linux/resources/unified/a~1b.c", "is not the name of a file"),
	     E("/linux/resources/unified/memory", "not of the form CONTROLLER.NAME"),
	     E("/linux/resources/unified/.max", "not of the form CONTROLLER.NAME"),
	     E("/linux/resources/unified/cpu.", "not of the form CONTROLLER.NAME")),
	CASE_ON(ROOT_V1, "unified on v1", RESOURCES("'unified': {'memory.high': '1'}"),
		E("/linux/resources/unified", "are for cgroup v2")),
	CASE_ON(ROOT_HYBRID, "unified on hybrid", RESOURCES("'unified': {'memory.high': '1'}"),
		E("/linux/resources/unified", "are for cgroup v2")),
};

static void test_paths(void **state)
{
	(void)state;
	TEST_CASES(path_cases);
}

static void test_device_rules(void **state)
{
	(void)state;
	TEST_CASES(device_cases);
}

static void test_memory(void **state)
{
	(void)state;
	TEST_CASES(memory_cases);
}

static void test_cpu(void **state)
{
	(void)state;
	TEST_CASES(cpu_cases);
}

static void test_other(void **state)
{
	(void)state;
	TEST_CASES(other_cases);
}

static void test_long_path(void **state)
{
	static char json[16 * 1024];
	struct problems found;

	(void)state;
	(void)snprintf(json, sizeof(json), PATH_OF("/%04094d"), 0);
	test_check(json, ROOT, &found); /* 4095 bytes: only its one name is too long */
	assert_int_equal(found.errors, 1);
	assert_non_null(strstr(found.first->message, "at most 255"));
	problems_free(&found);

	(void)snprintf(json, sizeof(json), PATH_OF("/%04095d"), 0);
	test_check(json, ROOT, &found);
	assert_int_equal(found.errors, 2);
	assert_string_equal(found.first->pointer, "/linux/cgroupsPath");
	assert_non_null(strstr(found.first->message, "has 4096 bytes"));
	problems_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),  cmocka_unit_test(test_device_rules),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_other),  cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
