/*
 * test_check.c - the semantic rules as a whole: a config that is right has no findings, one with
 * five mistakes has five; what the reader refused is not judged again; what is not supported yet.
 */
#include "test_check.h"

#define TEMPLATE_PROCESS                                                                           \
	"'process': {'terminal': true, 'user': {'uid': 0, 'gid': 0}, 'args': ['sh'], "             \
	"'env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', "            \
	"'TERM=xterm'], 'cwd': '/', 'capabilities': {"                                             \
	"'bounding': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'], "                    \
	"'effective': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'], "                   \
	"'permitted': ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']}, "                  \
	"'rlimits': [{'type': 'RLIMIT_NOFILE', 'hard': 1024, 'soft': 1024}], "                     \
	"'noNewPrivileges': true}, "

#define TEMPLATE_MOUNTS(pts, sys)                                                                  \
	"'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}, "                  \
	"{'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs', 'options': "                  \
	"['nosuid', 'strictatime', 'mode=755', 'size=65536k']}, "                                  \
	"{'destination': '/dev/pts', 'type': 'devpts', 'source': 'devpts', 'options': "            \
	"['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'" pts "]}, "              \
	"{'destination': '/dev/shm', 'type': 'tmpfs', 'source': 'shm', 'options': "                \
	"['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']}, "                             \
	"{'destination': '/dev/mqueue', 'type': 'mqueue', 'source': 'mqueue', 'options': "         \
	"['nosuid', 'noexec', 'nodev']}, {'destination': '/sys', " sys "}, "                       \
	"{'destination': '/sys/fs/cgroup', 'type': 'cgroup', 'source': 'cgroup', 'options': "      \
	"['nosuid', 'noexec', 'nodev', 'relatime', 'ro']}], "

#define TEMPLATE_PATHS                                                                             \
	"'maskedPaths': ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', "              \
	"'/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', "    \
	"'/sys/firmware', '/proc/scsi'], "                                                         \
	"'readonlyPaths': ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', "                    \
	"'/proc/sysrq-trigger']}}"

#define TEMPLATE_TOP                                                                               \
	"{'ociVersion': '1.3.0', 'root': {'path': 'rootfs', 'readonly': true}, "                   \
	"'hostname': 'tare', "

static const struct test_case right_cases[] = {
	CASE("what tare spec writes",
	     TEMPLATE_TOP TEMPLATE_PROCESS TEMPLATE_MOUNTS(
		 ", 'gid=5'",
		 "'type': 'sysfs', 'source': 'sysfs', 'options': "
		 "['nosuid', 'noexec', 'nodev', 'ro']") "'linux': {'resources': {'devices': "
							"[{'allow': false, 'access': 'rwm'}]}, "
							"'namespaces': [{'type': 'pid'}, {'type': "
							"'network'}, {'type': 'ipc'}, "
							"{'type': 'uts'}, {'type': 'mount'}, "
							"{'type': 'cgroup'}], " TEMPLATE_PATHS,
	     NOTHING),
	CASE_ON(
	    ROOTLESS, "what tare spec --rootless writes",
	    TEMPLATE_TOP TEMPLATE_PROCESS TEMPLATE_MOUNTS(
		"",
		"'type': 'none', 'source': '/sys', 'options': "
		"['rbind', 'nosuid', 'noexec', 'nodev', 'ro']") "'linux': {'uidMappings': "
								"[{'containerID': 0, 'hostID': "
								"1000, 'size': 1}], "
								"'gidMappings': [{'containerID': "
								"0, 'hostID': 1000, 'size': 1}], "
								"'namespaces': [{'type': 'pid'}, "
								"{'type': 'ipc'}, {'type': 'uts'}, "
								"{'type': 'mount'}, {'type': "
								"'cgroup'}, {'type': "
								"'user'}], " TEMPLATE_PATHS,
	    NOTHING),
	CASE("no linux and no process", TOP(""), NOTHING),
	CASE("shifted clocks",
	     TOP(", 'linux': {'namespaces': [{'type': 'time'}], 'timeOffsets': "
		 "{'boottime': {'secs': -1}, 'monotonic': {'nanosecs': 1}}}"),
	     NOTHING),
	CASE("annotations of engines",
	     TOP(", 'annotations': {'run.oci.keep_original_groups': '1', "
		 "'org.systemd.property.TimeoutStopUSec': 'uint64 1'}"),
	     NOTHING),
};

static const struct test_case wrong_cases[] = {
	CASE("five mistakes",
	     "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'}, 'hostname': 'tare', "
	     "'process': {'cwd': 'tmp', 'args': ['sh'], 'env': ['PATH=/bin', 'DEBUG'], "
	     "'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 2048, 'hard': 1024}]}, "
	     "'mounts': [{'destination': '/proc', 'type': 'proc'}, "
	     "{'destination': '/data', 'type': 'bind'}], "
	     "'linux': {'namespaces': [{'type': 'pid'}, {'type': 'mount'}]}}",
	     E("/hostname", "no uts namespace"), E("/process/cwd", "\"tmp\""),
	     E("/process/env/1", "\"DEBUG\""), E("/process/rlimits/0/soft", "2048"),
	     E("/mounts/1/source", "needs a source")),
};

/* The reader comes first; the rules add only what it did not see. */
static const struct test_case reader_cases[] = {
	CASE("a list of the wrong type is not an empty list",
	     TOP(", 'process': {'cwd': '/', 'args': 'sh'}"), E("/process/args", "")),
	CASE("a missing string is said to be missing once", "{'root': {}}", E("/ociVersion", ""),
	     E("/root/path", "")),
	CASE("a namespace that cannot be read may be the missing one",
	     TOP(", 'hostname': 'a', 'linux': {'namespaces': [{'type': 'utc'}]}"),
	     E("/linux/namespaces/0/type", "")),
	CASE("mappings that cannot be read may be the missing ones",
	     TOP(", 'process': {'cwd': '/', 'args': ['a'], 'user': {'uid': 7}}, "
		 "'linux': {'namespaces': [{'type': 'user'}], 'uidMappings': "
		 "[{'containerID': 0, 'hostID': 0, 'size': '9'}], "
		 "'gidMappings': [{'containerID': 0, 'hostID': 0, 'size': 1}]}"),
	     E("/linux/uidMappings/0/size", "")),
	CASE("a set that cannot be read may be a superset",
	     CAPS("'bounding': ['CAP_KILL'], 'permitted': 1, 'effective': ['CAP_KILL']"),
	     E("/process/capabilities/permitted", "")),
	CASE("neighbours are judged",
	     TOP(", 'process': {'cwd': 1, 'args': ['a'], 'env': ['b', 2, 'c=']}"),
	     E("/process/cwd", ""), E("/process/env/1", ""), E("/process/env/0", "\"b\"")),
};

static const struct test_case nothing_cases[] = {
	CASE("values that ask for nothing",
	     TOP(", 'hooks': {'prestart': [], 'poststop': []}, 'process': {'cwd': '/', 'args': "
		 "['a'], 'apparmorProfile': '', 'selinuxLabel': '', 'execCPUAffinity': "
		 "{'initial': '', 'final': ''}}, 'linux': {'namespaces': [{'type': 'mount'}, "
		 "{'type': 'time'}], 'mountLabel': '', "
		 "'timeOffsets': {'boottime': {'secs': 0}, 'monotonic': {}}, 'netDevices': {}, "
		 "'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': ''}}, "
		 "'mounts': [{'destination': '/a', 'type': 'tmpfs', 'uidMappings': [], "
		 "'gidMappings': []}]"),
	     NOTHING),
};

static void test_right(void **state)
{
	(void)state;
	TEST_CASES(right_cases);
}

static void test_wrong(void **state)
{
	(void)state;
	TEST_CASES(wrong_cases);
}

static void test_reader(void **state)
{
	(void)state;
	TEST_CASES(reader_cases);
}

static void test_nothing(void **state)
{
	(void)state;
	TEST_CASES(nothing_cases);
}

/* A value is shown escaped and cut between characters, not inside one. */
static void test_quoting(void **state)
{
	struct problems found;
	char json[512];

	(void)state;
	(void)snprintf(json, sizeof(json), PROCESS(", 'env': ['a\\\\b\\u001b\\t%s']"),
		       "0123456789012345678901234567890123456789012345678901234567"
		       "\xc3\xa4\xc3\xb6");
	test_check(json, ROOT, &found);
	assert_int_equal(found.errors, 1);
	assert_string_equal(found.first->message,
			    "\"a\\\\b\\u001b\\u0009"
			    "01234567890123456789012345678901234567890123456789012345"
			    "67\xc3\xa4\"... is not of the form NAME=value");
	problems_free(&found);
}

/* A file with a million mistakes gets a list that ends, and stays an error. */
static void test_many(void **state)
{
	static char json[64 * 1024];
	const struct problem *last = NULL;
	struct problems found;
	size_t len;

	(void)state;
	len = (size_t)snprintf(json, sizeof(json),
			       "{'ociVersion': '1.3.0', 'root': {'path': 'r'}, "
			       "'process': {'cwd': 'x', 'args': ['a'], 'env': [");
	for (int i = 0; i < 2000; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len, "%s'x'", i ? "," : "");
	(void)snprintf(json + len, sizeof(json) - len, "]}}");
	test_check(json, ROOT, &found);
	assert_int_equal(found.errors, 501);
	for (const struct problem *p = found.first; p; p = p->next)
		last = p;
	assert_string_equal(last->pointer, "");
	assert_non_null(strstr(last->message, "more than these 500 errors"));
	problems_free(&found);
}

static void test_rule_names(void **state)
{
	const char *section = NULL;
	size_t count = 0;

	(void)state;
	for (const char *name; (name = check_rule(count, &section)); count++) {
		const char *other_section;

		assert_int_equal(strncmp(section, "config", 6), 0);
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(check_rule(i, &other_section), name);
	}
	assert_true(count > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),      cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_reader),     cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_quoting),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_rule_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
