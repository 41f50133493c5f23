/* test_check_linux.c - the rules on /linux, without devices and resources. */
#include "test_check.h"

static const struct test_case namespace_cases[] = {
	CASE("all eight",
	     TOP(", 'linux': {'namespaces': [{'type': 'pid'}, {'type': 'network'}, {'type': "
		 "'mount'}, "
		 "{'type': 'ipc'}, {'type': 'uts'}, {'type': 'user'}, {'type': 'cgroup'}, "
		 "{'type': 'time'}], "
		 "'uidMappings': [{'containerID': 0, 'hostID': 0, 'size': 4294967295}], "
		 "'gidMappings': [{'containerID': 0, 'hostID': 1, 'size': 1}]}"),
	     NOTHING),
	CASE("one twice", NAMESPACES("{'type': 'pid'}, {'type': 'uts'}, {'type': 'pid'}"),
	     E("/linux/namespaces/2/type", "second \"pid\" namespace")),
	CASE("relative path", NAMESPACES("{'type': 'pid', 'path': 'ns/pid'}"),
	     E_HINT("/linux/namespaces/0/path", "\"ns/pid\", not an absolute path",
		    "leave the path out")),
	CASE("empty path", NAMESPACES("{'type': 'pid', 'path': ''}"), NOTHING),
	CASE_ON(ROOTLESS, "rootless without user namespace", NAMESPACES("{'type': 'pid'}"),
		W_HINT("/linux/namespaces", "uid 1000 may not make namespaces",
		       "tare spec --rootless")),
	CASE_ON(ROOTLESS, "rootless, user namespace joined",
		NAMESPACES("{'type': 'user', 'path': '/n'}"), NOTHING),
	CASE("no mount namespace",
	     "{'ociVersion': '1.3.0', 'root': {'path': 'r', 'readonly': true}, 'mounts': "
	     "[{'destination': '/t', 'type': 'tmpfs'}], 'linux': {'maskedPaths': ['/a'], "
	     "'readonlyPaths': ['/b'], 'rootfsPropagation': 'slave'}}",
	     E_HINT("/linux/rootfsPropagation", "would change the host", "{\"type\": \"mount\"}")),
	CASE("offsets without time namespace", LINUX(", 'timeOffsets': {'boottime': {'secs': 1}}"),
	     E_HINT("/linux/timeOffsets", "only in a time namespace", "{\"type\": \"time\"}")),
	CASE("offsets of a joined time namespace",
	     TOP(", 'linux': {'namespaces': [{'type': 'time', 'path': '/n'}], "
		 "'timeOffsets': {'monotonic': {'secs': 1}}}"),
	     E("/linux/timeOffsets", "joined can no longer be shifted")),
	CASE("nanoseconds of a second",
	     TOP(", 'linux': {'namespaces': [{'type': 'time'}], 'timeOffsets': "
		 "{'monotonic': {'nanosecs': 999999999}, 'boottime': {'nanosecs': 1000000000}}}"),
	     E_HINT("/linux/timeOffsets/boottime/nanosecs", "a second or more", "secs")),
};

#define MAPPINGS(uid, gid)                                                                         \
	TOP(", 'linux': {'namespaces': [{'type': 'user'}], 'uidMappings': [" uid                   \
	    "], 'gidMappings': [" gid "]}")
#define LINE(container, host, size)                                                                \
	"{'containerID': " #container ", 'hostID': " #host ", 'size': " #size "}"

static const struct test_case mapping_cases[] = {
	CASE("right", MAPPINGS(LINE(0, 1000, 1) "," LINE(1, 100000, 65536), LINE(0, 5, 1)),
	     NOTHING),
	CASE("user namespace without mappings", NAMESPACES("{'type': 'user'}"),
	     E_HINT("/linux/uidMappings", "no uid mappings", "\"hostID\": 0"),
	     E("/linux/gidMappings", "no gid mappings")),
	CASE_ON(ROOTLESS, "the same without root", MAPPINGS(LINE(0, 1000, 1), ""),
		E_HINT("/linux/gidMappings", "no gid mappings", "\"hostID\": 1000")),
	CASE("mappings without user namespace", LINUX(", 'uidMappings': [" LINE(0, 0, 1) "]"),
	     E_HINT("/linux/uidMappings", "no user namespace to use them", "{\"type\": \"user\"}")),
	CASE(
	    "mappings of a joined namespace",
	    TOP(", 'linux': {'namespaces': [{'type': 'user', 'path': '/n'}], 'gidMappings': [" LINE(
		0, 0, 1) "]}"),
	    W("/linux/gidMappings", "not used")),
	CASE("empty range", MAPPINGS(LINE(0, 0, 0), LINE(0, 0, 1)),
	     E("/linux/uidMappings/0/size", "the range is empty")),
	CASE("beyond the last id",
	     MAPPINGS(LINE(4294967295, 0, 1), LINE(0, 0, 1) "," LINE(9, 4294967290, 6)),
	     E("/linux/uidMappings/0/size", "the uids 4294967295 and the 0 behind it"),
	     E("/linux/gidMappings/1/size", "the host's gids 4294967290 and the 5 behind it")),
	CASE("overlap in the container",
	     MAPPINGS(LINE(0, 0, 10) "," LINE(20, 20, 5) "," LINE(9, 50, 5), LINE(0, 0, 1)),
	     E("/linux/uidMappings/2/containerID", "overlap those of line 0")),
	CASE("overlap on the host", MAPPINGS(LINE(0, 0, 1), LINE(5, 105, 10) "," LINE(50, 100, 6)),
	     E("/linux/gidMappings/1/hostID", "gids of the host overlap those of line 0")),
	CASE("idmapped mount with half a mapping",
	     MOUNT("'destination': '/a', 'type': 'bind', 'source': '/b', 'uidMappings': [" LINE(
		 0, 1, 1) "]"),
	     E("/mounts/0/gidMappings", "needs both or neither")),
	CASE("idmapped mount with the other half",
	     MOUNT("'destination': '/a', 'type': 'bind', 'source': '/b', 'gidMappings': [" LINE(
		 0, 1, 0) "]"),
	     E("/mounts/0/uidMappings", "needs both or neither"),
	     E("/mounts/0/gidMappings/0/size", "the range is empty")),
	CASE("idmapped mount without mappings",
	     MOUNT("'destination': '/a', 'type': 'bind', 'source': '/b', 'options': ['ridmap']"),
	     E("/mounts/0/options", "needs mappings of its own")),
};

#define SYSCTL(more) LINUX(", 'sysctl': {" more "}")
#define SYSCTL_ALL(more)                                                                           \
	TOP(", 'linux': {'namespaces': [{'type': 'ipc'}, {'type': 'network'}, {'type': 'uts'}, "   \
	    "{'type': 'user', 'path': '/n'}], 'sysctl': {" more "}}")

static const struct test_case sysctl_cases[] = {
	CASE("allowed",
	     SYSCTL_ALL("'kernel.msgmax': '1', 'kernel.msgmnb': '1', 'kernel.msgmni': '1', "
			"'kernel.sem': '1 2 3 4', 'kernel.shmall': '1', 'kernel.shmmax': '1', "
			"'kernel.shmmni': '1', 'kernel.shm_rmid_forced': '1', "
			"'fs.mqueue.queues_max': '1', 'kernel.domainname': 'x', "
			"'net.ipv4.ip_forward': '1', 'net/ipv4/conf/eth0.100/forwarding': '1', "
			"'net.ipv4.conf.eth0/100.forwarding': '1', 'user.max_ipc_namespaces': '1'"),
	     NOTHING),
	CASE("without their namespaces",
	     SYSCTL("'kernel.shmmax': '1', 'fs.mqueue.msg_max': '1', 'net/core/somaxconn': '1', "
		    "'kernel.domainname': 'x', 'user.max_user_namespaces': '1'"),
	     E_HINT("/linux/sysctl/kernel.shmmax", "no ipc namespace", "{\"type\": \"ipc\"}"),
	     E("/linux/sysctl/fs.mqueue.msg_max", "no ipc namespace"),
	     E("/linux/sysctl/net~1core~1somaxconn", "no network namespace"),
	     E("/linux/sysctl/kernel.domainname", "no uts namespace"),
	     E("/linux/sysctl/user.max_user_namespaces", "no user namespace")),
	CASE("of the whole host",
	     SYSCTL_ALL("'kernel.core_pattern': 'x', 'vm.swappiness': '1', 'net': '1'"),
	     E_HINT("/linux/sysctl/kernel.core_pattern", "belongs to no namespace", "on the host"),
	     E("/linux/sysctl/vm.swappiness", "belongs to no namespace"),
	     E("/linux/sysctl/net", "belongs to no namespace")),
	CASE("host name", SYSCTL_ALL("'kernel.hostname': 'x', 'kernel/hostname': 'y'"),
	     E_HINT("/linux/sysctl/kernel.hostname", "property of its own", "\"hostname\""),
	     E("/linux/sysctl/kernel~1hostname", "property of its own")),
	CASE("two domain names",
	     TOP(", 'domainname': 'a', 'linux': {'namespaces': [{'type': 'uts'}], 'sysctl': "
		 "{'kernel.domainname': 'b', 'kernel/domainname': 'a'}}"),
	     E("/linux/sysctl/kernel.domainname", "it says \"b\", but /domainname says \"a\"")),
	CASE("ways out, by slashes",
	     SYSCTL_ALL(
		 "'net/../kernel/core_pattern': 'x', 'net/./x': '1', 'net//x': '1', '/net/x': '1'"),
	     E("/linux/sysctl/net~1..~1kernel~1core_pattern", "is not the name of a sysctl"),
	     E("/linux/sysctl/net~1.~1x", "is not the name"), E("/linux/sysctl/net~1~1x", "is not"),
	     E("/linux/sysctl/~1net~1x", "is not the name")),
	CASE(
	    "ways out, by dots",
	    SYSCTL_ALL("'net.ipv4.../..': 'x', 'net.//.x': '1', 'net.': '1', '.net': '1', '': '1'"),
	    E("/linux/sysctl/net.ipv4...~1..", "is not the name of a sysctl"),
	    E("/linux/sysctl/net.~1~1.x", "is not the name"), E("/linux/sysctl/net.", "is not"),
	    E("/linux/sysctl/.net", "is not the name"), E("/linux/sysctl/", "\"\" is not")),
	CASE("characters of other languages",
	     SYSCTL_ALL("'net.a b': '1', 'net.a+b': '1', 'net.a~b': ''"),
	     E("/linux/sysctl/net.a b", "is not the name"),
	     E("/linux/sysctl/net.a+b", "is not the name"),
	     E("/linux/sysctl/net.a~0b", "is not the name")),
	CASE("value of two lines",
	     SYSCTL_ALL("'net.x': '1\\n2', 'net.y': '1+kernel.core_pattern=x'"),
	     E("/linux/sysctl/net.x", "\"1\\n2\" contains a newline")),
};

static const struct test_case path_cases[] = {
	CASE("right", LINUX(", 'maskedPaths': ['/proc/a..b'], 'readonlyPaths': ['/']"), NOTHING),
	CASE("masked", LINUX(", 'maskedPaths': ['/a', 'b', '', '/c/../d']"),
	     E("/linux/maskedPaths/1", "\"b\" is not an absolute path"),
	     E("/linux/maskedPaths/2", "\"\" is not an absolute path"),
	     W("/linux/maskedPaths/3", "contains \"..\"")),
	CASE("read-only", LINUX(", 'readonlyPaths': ['proc', '/..']"),
	     E("/linux/readonlyPaths/0", "\"proc\" is not an absolute path"),
	     W("/linux/readonlyPaths/1", "contains \"..\"")),
};

#define NET(devices)                                                                               \
	TOP(", 'linux': {'namespaces': [{'type': 'network'}], 'netDevices': {" devices "}}")

static const struct test_case other_cases[] = {
	CASE("net devices", NET("'eth0': {}, 'eth1': {'name': 'abcdefghijklmno'}"), NOTHING),
	CASE("net device without namespace", LINUX(", 'netDevices': {'eth0': {}}"),
	     E_HINT("/linux/netDevices", "no network namespace", "{\"type\": \"network\"}")),
	CASE("names of net devices",
	     NET("'a/b': {}, 'eth0': {'name': 'abcdefghijklmnop'}, 'eth1': {'name': '..'}, 'x y': "
		 "{}"),
	     E("/linux/netDevices/a~1b", "\"a/b\" cannot be the name of a network device"),
	     E("/linux/netDevices/eth0/name", "longer than 15 bytes"),
	     E("/linux/netDevices/eth1/name", "reserves"), E("/linux/netDevices/x y", "a blank")),
	CASE("two net devices of one name", NET("'eth0': {}, 'eth1': {'name': 'eth0'}"),
	     E("/linux/netDevices/eth1",
	       "it would be called \"eth0\" in the container, as \"eth0\"")),
	CASE("resctrl",
	     LINUX(", 'intelRdt': {'closID': '..', 'schemata': ['MB:0=1', 'a\\nb'], "
		   "'l3CacheSchema': 'L3:0=f\\n'}"),
	     E("/linux/intelRdt/closID", "\"..\" cannot be the name"),
	     E("/linux/intelRdt/schemata/1", "more than one line"),
	     W("/linux/intelRdt/l3CacheSchema", "more than one line")),
	CASE("resctrl, names of the kernel",
	     LINUX(", 'intelRdt': {'closID': 'mon_groups', 'l3CacheSchema': 'MB:0=1'}"),
	     E("/linux/intelRdt/closID", "cannot be the name"),
	     W("/linux/intelRdt/l3CacheSchema", "does not begin with \"L3:\"")),
	CASE("resctrl, the class of all", LINUX(", 'intelRdt': {'closID': '/'}"), NOTHING),
	CASE("memory policy without nodes", LINUX(", 'memoryPolicy': {'mode': 'MPOL_BIND'}"),
	     E("/linux/memoryPolicy/nodes", "MPOL_BIND needs memory nodes")),
	CASE("memory policy with nodes",
	     LINUX(", 'memoryPolicy': {'mode': 'MPOL_LOCAL', 'nodes': '0'}"),
	     E("/linux/memoryPolicy/nodes", "MPOL_LOCAL takes no memory nodes")),
	CASE("memory policy with other nodes",
	     LINUX(", 'memoryPolicy': {'mode': 'MPOL_BIND', 'nodes': '1-'}"),
	     E("/linux/memoryPolicy/nodes", "\"1-\" is not a list of memory nodes")),
	CASE("memory policy without a mode", LINUX(", 'memoryPolicy': {'nodes': '0'}"),
	     E("/linux/memoryPolicy", "has no mode")),
	CASE("memory policy with a mode that is none",
	     LINUX(", 'memoryPolicy': {'mode': 'MPOL_X', 'nodes': '0'}"),
	     E("/linux/memoryPolicy/mode", "MPOL_X")),
	CASE("personality without a domain", LINUX(", 'personality': {}"),
	     E("/linux/personality", "has no domain")),
	CASE("memory policy, preferred", LINUX(", 'memoryPolicy': {'mode': 'MPOL_PREFERRED'}"),
	     NOTHING),
};

#define ALLOW      "'defaultAction': 'SCMP_ACT_ALLOW'"
#define CALL(more) SECCOMP(ALLOW ", 'syscalls': [{'names': ['a'], " more "}]")

static const struct test_case seccomp_cases[] = {
	CASE("right",
	     SECCOMP("'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 38, 'syscalls': "
		     "[{'names': ['a'], 'action': 'SCMP_ACT_TRACE', 'errnoRet': 65535, "
		     "'args': [{'index': 5, 'value': 1, 'op': 'SCMP_CMP_EQ'}]}, "
		     "{'names': ['b'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 4095}]"),
	     NOTHING),
	CASE("default errno of another action", SECCOMP(ALLOW ", 'defaultErrnoRet': 1"),
	     E("/linux/seccomp/defaultErrnoRet", "SCMP_ACT_ALLOW returns no errno")),
	CASE("errno of another action", CALL("'action': 'SCMP_ACT_LOG', 'errnoRet': 1"),
	     E("/linux/seccomp/syscalls/0/errnoRet", "SCMP_ACT_LOG returns no errno")),
	CASE("errno too high", CALL("'action': 'SCMP_ACT_ERRNO', 'errnoRet': 4096"),
	     E("/linux/seccomp/syscalls/0/errnoRet", "4096 is above 4095")),
	CASE("trace value too high", CALL("'action': 'SCMP_ACT_TRACE', 'errnoRet': 65536"),
	     E("/linux/seccomp/syscalls/0/errnoRet", "65536 is above 65535")),
	CASE("empty name",
	     SECCOMP(ALLOW ", 'syscalls': [{'names': ['a', ''], 'action': 'SCMP_ACT_KILL'}]"),
	     E("/linux/seccomp/syscalls/0/names/1", "is empty")),
	CASE("seventh argument",
	     CALL("'action': 'SCMP_ACT_KILL', "
		  "'args': [{'index': 6, 'value': 1, 'op': 'SCMP_CMP_EQ'}]"),
	     E("/linux/seccomp/syscalls/0/args/0/index", "arguments 0 to 5, not 6")),
	CASE("notify as default",
	     SECCOMP("'defaultAction': 'SCMP_ACT_NOTIFY', 'listenerPath': '/run/s'"),
	     E("/linux/seccomp/defaultAction", "nothing could start")),
	CASE("notify without listener", CALL("'action': 'SCMP_ACT_NOTIFY'"),
	     E("/linux/seccomp/listenerPath", "needs a listener")),
	CASE("relative listener", SECCOMP(ALLOW ", 'listenerPath': 'run/s'"),
	     E("/linux/seccomp/listenerPath", "\"run/s\", not an absolute path")),
	CASE("metadata without listener", SECCOMP(ALLOW ", 'listenerMetadata': 'x'"),
	     E("/linux/seccomp/listenerMetadata", "listenerPath is missing")),
};

static void test_namespaces(void **state)
{
	(void)state;
	TEST_CASES(namespace_cases);
}

static void test_mappings(void **state)
{
	(void)state;
	TEST_CASES(mapping_cases);
}

/* The kernel takes 340 lines and no more. */
static void test_mapping_lines(void **state)
{
	static char lines[341 * 64];
	static char json[2 * sizeof(lines)];
	struct problems found;
	size_t len = 0;

	(void)state;
	for (int count = 340; count <= 341; count++) {
		len = 0;
		for (int i = 0; i < count; i++)
			len += (size_t)snprintf(lines + len, sizeof(lines) - len,
						"%s{'containerID': %d, 'hostID': %d, 'size': 1}",
						i ? "," : "", i, i);
		(void)snprintf(json, sizeof(json), MAPPINGS("%s", LINE(0, 0, 1)), lines);
		test_check(json, ROOT, &found);
		assert_int_equal(found.errors, count - 340);
		if (count == 341) {
			assert_string_equal(found.first->pointer, "/linux/uidMappings");
			assert_non_null(strstr(found.first->message, "341 lines"));
		}
		problems_free(&found);
	}
}

static void test_sysctl(void **state)
{
	(void)state;
	TEST_CASES(sysctl_cases);
}

static void test_paths(void **state)
{
	(void)state;
	TEST_CASES(path_cases);
}

static void test_other(void **state)
{
	(void)state;
	TEST_CASES(other_cases);
}

static void test_seccomp(void **state)
{
	(void)state;
	TEST_CASES(seccomp_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces),    cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_mapping_lines), cmocka_unit_test(test_sysctl),
		cmocka_unit_test(test_paths),         cmocka_unit_test(test_other),
		cmocka_unit_test(test_seccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
