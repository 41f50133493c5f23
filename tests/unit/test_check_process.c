/* test_check_process.c - the rules on the top of config.json and on /process. */
#include "test_check.h"

static const struct test_case top_cases[] = {
	CASE("smallest config", TOP(""), NOTHING),
	CASE("newer minor version", "{'ociVersion': '1.9.12-rc.1+b2', 'root': {'path': 'r'}}",
	     NOTHING),
	CASE("version of a pre-release", "{'ociVersion': '1.0.2-dev', 'root': {'path': 'r'}}",
	     NOTHING),
	CASE("version 2", "{'ociVersion': '2.0.0', 'root': {'path': 'r'}}",
	     E_HINT("/ociVersion", "follows version \"2.0.0\"", "1.3.0")),
	CASE("version of letters", "{'ociVersion': 'abc', 'root': {'path': 'r'}}",
	     E("/ociVersion", "\"abc\" is not a version number")),
	CASE("empty version", "{'ociVersion': '', 'root': {'path': 'r'}}",
	     E("/ociVersion", "\"\" is not a version number")),
	CASE("version of two numbers", "{'ociVersion': '1.0', 'root': {'path': 'r'}}",
	     E("/ociVersion", "\"1.0\" is not a version")),
	CASE("version with leading zero", "{'ociVersion': '1.02.0', 'root': {'path': 'r'}}",
	     E("/ociVersion", "is not a version")),
	CASE("version with an empty tail", "{'ociVersion': '1.0.0-', 'root': {'path': 'r'}}",
	     E("/ociVersion", "is not a version")),
	CASE("version of four numbers", "{'ociVersion': '1.0.0.0', 'root': {'path': 'r'}}",
	     E("/ociVersion", "is not a version")),
	CASE("no root", "{'ociVersion': '1.3.0'}", E_HINT("/root", "no root filesystem", "rootfs")),
	CASE("empty root path", "{'ociVersion': '1.3.0', 'root': {'path': ''}}",
	     E_HINT("/root/path", "is empty", "bundle")),
	CASE("empty host name", TOP(", 'hostname': '', 'domainname': ''"), NOTHING),
	CASE("host name without namespace", TOP(", 'hostname': 'tare'"),
	     E_HINT("/hostname", "has no uts namespace", "add {\"type\": \"uts\"}")),
	CASE("host name with a joined namespace",
	     TOP(", 'hostname': 'tare', 'linux': {'namespaces': "
		 "[{'type': 'uts', 'path': '/proc/1/ns/uts'}]}"),
	     NOTHING),
	CASE(
	    "host name of 64 bytes",
	    TOP(", 'hostname': '0123456789012345678901234567890123456789012345678901234567890123', "
		"'linux': {'namespaces': [{'type': 'uts'}]}"),
	    NOTHING),
	CASE("host name of 65 bytes",
	     TOP(", 'hostname': "
		 "'01234567890123456789012345678901234567890123456789012345678901234', "
		 "'linux': {'namespaces': [{'type': 'uts'}]}"),
	     E("/hostname", "is 65 bytes long")),
	CASE("host name of two lines",
	     TOP(", 'hostname': 'a\\nb', 'linux': {'namespaces': [{'type': 'uts'}]}"),
	     W("/hostname", "\"a\\nb\" contains a control character")),
	CASE("domain name without namespace", TOP(", 'domainname': 'example.org'"),
	     E_HINT("/domainname", "the domainname would be that of the host", "uts")),
	CASE("annotation without key", TOP(", 'annotations': {'a': 'b', '': 'c'}"),
	     E("/annotations/", "key of an annotation is empty")),
	CASE("hook with relative path",
	     TOP(", 'hooks': {'poststop': [{'path': '/bin/true'}, {'path': 'true'}]}"),
	     E_HINT("/hooks/poststop/1/path", "is \"true\", not an absolute path", "PATH")),
	CASE("hook with bad environment",
	     TOP(", 'hooks': {'createRuntime': [{'path': '/b', 'env': ['A=', 'B', '=C']}]}"),
	     E("/hooks/createRuntime/0/env/1", "\"B\""),
	     E("/hooks/createRuntime/0/env/2", "\"=C\"")),
};

static const struct test_case process_cases[] = {
	CASE("no process", TOP(""), NOTHING),
	CASE("right process", PROCESS(", 'env': ['A=b', 'C='], 'oomScoreAdj': -1000"), NOTHING),
	CASE("no args", TOP(", 'process': {'cwd': '/'}"),
	     E_HINT("/process/args", "no program to run", "sh")),
	CASE("empty args", TOP(", 'process': {'cwd': '/', 'args': []}"),
	     E("/process/args", "no program to run")),
	CASE("empty program", TOP(", 'process': {'cwd': '/', 'args': ['']}"),
	     E("/process/args/0", "is empty")),
	CASE("empty argument", TOP(", 'process': {'cwd': '/', 'args': ['a', '']}"), NOTHING),
	CASE("relative cwd", TOP(", 'process': {'cwd': 'tmp', 'args': ['a']}"),
	     E("/process/cwd", "is \"tmp\", not an absolute path")),
	CASE("empty cwd", TOP(", 'process': {'cwd': '', 'args': ['a']}"),
	     E_HINT("/process/cwd", "is \"\"", "write \"/\"")),
	CASE("environment", PROCESS(", 'env': ['PATH=/bin', 'PATH', '=x', '']"),
	     E_HINT("/process/env/1", "\"PATH\" is not of the form", "NAME="),
	     E("/process/env/2", "no name before"), E("/process/env/3", "\"\" is not of the form")),
	CASE("console of 2^16 lines",
	     PROCESS(", 'terminal': true, 'consoleSize': {'height': 65536, 'width': 65535}"),
	     E("/process/consoleSize/height", "not 65536")),
	CASE("console size without console",
	     PROCESS(", 'consoleSize': {'height': 65536, 'width': 1}"), NOTHING),
	CASE("limit with a spelling mistake",
	     PROCESS(", 'rlimits': [{'type': 'RLIMIT_NOFILES', 'soft': 1, 'hard': 1}]"),
	     E_HINT("/process/rlimits/0/type", "no limit called \"RLIMIT_NOFILES\"",
		    "did you mean \"RLIMIT_NOFILE\"?")),
	CASE("limit like no other",
	     PROCESS(", 'rlimits': [{'type': 'RLIMIT_HAPPINESS', 'soft': 1, 'hard': 1}]"),
	     E("/process/rlimits/0/type", "RLIMIT_HAPPINESS")),
	CASE("limit twice",
	     PROCESS(", 'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 1, 'hard': 1}, "
		     "{'type': 'RLIMIT_AS', 'soft': 1, 'hard': 1}, "
		     "{'type': 'RLIMIT_CPU', 'soft': 1, 'hard': 1}]"),
	     E("/process/rlimits/2/type", "RLIMIT_CPU is in the list already")),
	CASE("soft limit above hard limit",
	     PROCESS(
		 ", 'rlimits': [{'type': 'RLIMIT_CPU', 'soft': 18446744073709551615, 'hard': 9}]"),
	     E("/process/rlimits/0/soft", "18446744073709551615 is above the hard limit 9")),
	CASE("oom score too low", PROCESS(", 'oomScoreAdj': -1001"),
	     E("/process/oomScoreAdj", "-1001 is out of range")),
	CASE("oom score too high", PROCESS(", 'oomScoreAdj': 1001"),
	     E("/process/oomScoreAdj", "1001 is out of range")),
};

static const struct test_case scheduling_cases[] = {
	CASE("nice value", PROCESS(", 'scheduler': {'policy': 'SCHED_OTHER', 'nice': -21}"),
	     E("/process/scheduler/nice", "between -20 and 19")),
	CASE("priority 0 in real time", PROCESS(", 'scheduler': {'policy': 'SCHED_FIFO'}"),
	     E("/process/scheduler/priority", "SCHED_FIFO needs a priority")),
	CASE("priority 100", PROCESS(", 'scheduler': {'policy': 'SCHED_RR', 'priority': 100}"),
	     E("/process/scheduler/priority", "not 100")),
	CASE("priority of batch work",
	     PROCESS(", 'scheduler': {'policy': 'SCHED_BATCH', 'priority': 3}"),
	     E("/process/scheduler/priority", "SCHED_BATCH has none")),
	CASE("deadline without runtime",
	     PROCESS(", 'scheduler': {'policy': 'SCHED_DEADLINE', 'deadline': 5000}"),
	     E("/process/scheduler", "1024 ns <= runtime")),
	CASE("deadline that is right",
	     PROCESS(
		 ", 'scheduler': {'policy': 'SCHED_DEADLINE', 'runtime': 1024, 'deadline': 5000}"),
	     NOTHING),
	CASE("runtime without deadline scheduling",
	     PROCESS(", 'scheduler': {'policy': 'SCHED_IDLE', 'runtime': 1024}"),
	     E("/process/scheduler", "for SCHED_DEADLINE only")),
	CASE("deadline scheduling and a clone",
	     TOP(", 'process': {'cwd': '/', 'args': ['a'], 'scheduler': "
		 "{'policy': 'SCHED_DEADLINE', 'runtime': 1024, 'deadline': 1024}}, "
		 "'linux': {'namespaces': [{'type': 'mount'}, {'type': 'pid', 'path': '/p'}]}"),
	     E_HINT("/process/scheduler/flags", "joining a pid namespace takes",
		    "SCHED_FLAG_RESET_ON_FORK")),
	CASE("deadline scheduling and a clone that may",
	     TOP(", 'process': {'cwd': '/', 'args': ['a'], 'scheduler': "
		 "{'policy': 'SCHED_DEADLINE', 'runtime': 1024, 'deadline': 1024, 'flags': "
		 "['SCHED_FLAG_RESET_ON_FORK']}}, "
		 "'linux': {'namespaces': [{'type': 'mount'}, {'type': 'pid', 'path': '/p'}]}"),
	     NOTHING),
	CASE("I/O priority", PROCESS(", 'ioPriority': {'class': 'IOPRIO_CLASS_BE', 'priority': 8}"),
	     E("/process/ioPriority/priority", "8 is out of range")),
	CASE("CPU lists", PROCESS(", 'execCPUAffinity': {'initial': '3-1', 'final': '0-3,7'}"),
	     E("/process/execCPUAffinity/initial", "\"3-1\" is not a list of CPUs")),
};

#define MAPPED(user)                                                                               \
	TOP(", 'process': {'cwd': '/', 'args': ['a'], 'user': {" user "}}, 'linux': {"             \
	    "'namespaces': [{'type': 'user'}], "                                                   \
	    "'uidMappings': [{'containerID': 0, 'hostID': 100000, 'size': 1}, "                    \
	    "{'containerID': 1000, 'hostID': 200000, 'size': 10}], "                               \
	    "'gidMappings': [{'containerID': 0, 'hostID': 100000, 'size': 10}]}")
#define OWN_GROUP(user)                                                                            \
	TOP(", 'process': {'cwd': '/', 'args': ['a'], 'user': {" user "}}, 'linux': {"             \
	    "'namespaces': [{'type': 'user'}], "                                                   \
	    "'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}], "                     \
	    "'gidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}]}")

static const struct test_case user_cases[] = {
	CASE("ids that are none",
	     USER("'uid': 4294967295, 'gid': 4294967295, 'additionalGids': [1, 4294967295]"),
	     E("/process/user/uid", "4294967295 is not an id"),
	     E("/process/user/gid", "4294967295 is not an id"),
	     E("/process/user/additionalGids/1", "4294967295 is not an id")),
	CASE("the highest id", USER("'uid': 4294967294, 'gid': 4294967294"), NOTHING),
	CASE("mapped ids", MAPPED("'uid': 1009, 'gid': 9, 'additionalGids': [0, 9]"), NOTHING),
	CASE("unmapped ids", MAPPED("'uid': 1010, 'gid': 10, 'additionalGids': [11]"),
	     E_HINT("/process/user/uid", "uid 1010 does not exist", "\"containerID\": 1010"),
	     E_HINT("/process/user/gid", "mapped are 0-9", "/linux/gidMappings"),
	     E("/process/user/additionalGids/0", "gid 11 does not")),
	CASE("the mappings are named", MAPPED("'uid': 1"),
	     E("/process/user/uid", "uid 1 does not exist in the user namespace: mapped are 0, "
				    "1000-1009")),
	CASE_ON(ROOTLESS, "groups without setgroups", OWN_GROUP("'additionalGids': [0]"),
		E_HINT("/process/user/additionalGids", "rootless", "/etc/subgid")),
	CASE("groups of root", OWN_GROUP("'additionalGids': [0]"), NOTHING),
	CASE_ON(ROOTLESS, "no groups, rootless", OWN_GROUP("'additionalGids': []"), NOTHING),
	CASE("owners of mounts",
	     TOP(", 'mounts': [{'destination': '/dev/pts', 'type': 'devpts', 'options': "
		 "['gid=5', 'uid=1', 'mode=0620']}, {'destination': '/t', 'type': 'tmpfs', "
		 "'options': ['uid=0', 'gid=0', 'gid=x']}], 'linux': {'namespaces': "
		 "[{'type': 'mount'}, {'type': 'user'}], "
		 "'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}], "
		 "'gidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 1}]}"),
	     E_HINT("/mounts/0/options/0", "gid 5 does not exist", "/linux/gidMappings"),
	     E("/mounts/0/options/1", "uid 1 does not exist")),
	CASE("owners of mounts, as they are",
	     MOUNT("'destination': '/t', 'type': 'tmpfs', "
		   "'options': ['gid=5']"),
	     NOTHING),
	CASE("umask", USER("'umask': 511"), NOTHING),
	CASE("umask of 01000", USER("'umask': 512"),
	     E_HINT("/process/user/umask", "octal 1000", "022 is written 18")),
};

static const struct test_case capability_cases[] = {
	CASE(
	    "right capabilities",
	    CAPS("'bounding': ['CAP_CHOWN', 'CAP_KILL'], 'permitted': ['CAP_KILL'], "
		 "'effective': ['CAP_KILL'], 'inheritable': ['CAP_KILL'], 'ambient': ['CAP_KILL']"),
	    NOTHING),
	CASE("spelling mistake", CAPS("'bounding': ['CAP_CHOWWN']"),
	     W_HINT("/process/capabilities/bounding/0", "\"CAP_CHOWWN\" is no capability",
		    "did you mean \"CAP_CHOWN\"?")),
	CASE("lower case and no prefix", CAPS("'permitted': ['cap_net_raw', 'SYS_ADMIN', '', '7']"),
	     W_HINT("/process/capabilities/permitted/0", "is no capability", "\"CAP_NET_RAW\""),
	     W_HINT("/process/capabilities/permitted/1", "is no capability", "\"CAP_SYS_ADMIN\""),
	     W("/process/capabilities/permitted/2", "\"\" is no capability"),
	     W("/process/capabilities/permitted/3", "\"7\" is no capability")),
	CASE("more behind the name", CAPS("'bounding': ['CAP_CHOWN=ep']"),
	     W("/process/capabilities/bounding/0", "is no capability")),
	CASE_ON(OLD_KERNEL, "unknown to the kernel, said once",
		CAPS("'bounding': ['CAP_BPF'], 'permitted': ['CAP_BPF'], 'effective': ['CAP_BPF']"),
		W("/process/capabilities/bounding/0", "does not know CAP_BPF")),
	CASE_ON(FEW_CAPS, "not ours to give", CAPS("'bounding': ['CAP_CHOWN', 'CAP_SYS_TIME']"),
		W("/process/capabilities/bounding/1", "tare does not have CAP_SYS_TIME")),
	CASE_ON(
	    FEW_CAPS, "a user namespace has all of its own",
	    TOP(", 'process': {'cwd': '/', 'args': ['a'], 'capabilities': {'bounding': "
		"['CAP_SYS_TIME']}}, 'linux': {'namespaces': [{'type': 'user', 'path': '/n'}]}"),
	    NOTHING),
	CASE("effective, not permitted",
	     CAPS("'bounding': ['CAP_KILL'], 'effective': ['CAP_KILL']"),
	     E("/process/capabilities/effective/0", "CAP_KILL cannot be effective")),
	CASE("inheritable, not bounding", CAPS("'inheritable': ['CAP_KILL']"),
	     E("/process/capabilities/inheritable/0", "cannot be inheritable")),
	CASE("ambient, not inheritable", CAPS("'permitted': ['CAP_KILL'], 'ambient': ['CAP_KILL']"),
	     W("/process/capabilities/ambient/0", "cannot be ambient")),
	CASE("ambient, not permitted",
	     CAPS("'bounding': ['CAP_KILL'], 'inheritable': ['CAP_KILL'], 'ambient': ['CAP_KILL']"),
	     W("/process/capabilities/ambient/0", "left out")),
};

static void test_top(void **state)
{
	(void)state;
	TEST_CASES(top_cases);
}

static void test_process(void **state)
{
	(void)state;
	TEST_CASES(process_cases);
}

static void test_scheduling(void **state)
{
	(void)state;
	TEST_CASES(scheduling_cases);
}

static void test_user(void **state)
{
	(void)state;
	TEST_CASES(user_cases);
}

static void test_capabilities(void **state)
{
	(void)state;
	TEST_CASES(capability_cases);
}

/* execve(2) takes strings of up to 131071 bytes; a process has up to 65536 groups. */
static void test_sizes(void **state)
{
	static char json[1024 * 1024];
	struct problems found;
	size_t len;

	(void)state;
	(void)snprintf(json, sizeof(json),
		       TOP(", 'process': {'cwd': '/', 'args': ['%0131071d', '%0131072d'], "
			   "'env': ['A=%0131069d', 'A=%0131070d']}"),
		       0, 0, 0, 0);
	test_check(json, ROOT, &found);
	assert_int_equal(found.errors, 2);
	assert_string_equal(found.first->pointer, "/process/args/1");
	assert_non_null(strstr(found.first->message, "131072 bytes"));
	assert_string_equal(found.first->next->pointer, "/process/env/1");
	assert_non_null(strstr(found.first->next->message, "131072 bytes"));
	problems_free(&found);

	for (int count = 65536; count <= 65537; count++) {
		len = (size_t)snprintf(json, sizeof(json),
				       "{'ociVersion': '1.3.0', 'root': {'path': 'r'}, 'process': "
				       "{'cwd': '/', 'args': ['a'], 'user': {'additionalGids': [");
		for (int i = 0; i < count; i++)
			len +=
			    (size_t)snprintf(json + len, sizeof(json) - len, "%s1", i ? "," : "");
		(void)snprintf(json + len, sizeof(json) - len, "]}}}");
		test_check(json, ROOT, &found);
		assert_int_equal(found.errors, count - 65536);
		if (found.first)
			assert_string_equal(found.first->pointer, "/process/user/additionalGids");
		problems_free(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),          cmocka_unit_test(test_process),
		cmocka_unit_test(test_scheduling),   cmocka_unit_test(test_user),
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
