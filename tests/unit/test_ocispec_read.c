/* test_ocispec_read.c - each way a config can be wrong, with the exact pointer, line and column. */
#include "test_ocispec.h"

#include <errno.h>

struct wrong {
	const char *text;
	const char *pointer;
	const char *message;
	const char *hint;
};

/* Copies the text without its '@', and says where that was. */
static void take_mark(const char *text, char *copy, unsigned int *line, unsigned int *column)
{
	const char *mark = strchr(text, '@'), *line_start = text;

	assert_non_null(mark);
	*line = 1;
	for (const char *at = text; at < mark; at++) {
		if (*at == '\n') {
			++*line;
			line_start = at + 1;
		}
	}
	*column = (unsigned int)(mark - line_start) + 1;
	memcpy(copy, text, (size_t)(mark - text));
	(void)stpcpy(copy + (mark - text), mark + 1);
}

/* Exactly this one issue, where the '@' is; schema_only: the rest of the config is still there. */
static void check_wrong(const struct wrong *wrong, bool schema_only)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	unsigned int line, column;
	char text[512];

	assert_true(strlen(wrong->text) < sizeof(text));
	take_mark(wrong->text, text, &line, &column);
	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), -EINVAL);
	if (issues.count != 1 || issues.first->column != column)
		print_message("for: %s\n", text);
	assert_int_equal(issues.count, 1);
	assert_string_equal(issues.first->message, wrong->message);
	assert_string_equal(issues.first->pointer, wrong->pointer);
	assert_int_equal(issues.first->line, line);
	assert_int_equal(issues.first->column, column);
	if (wrong->hint)
		assert_string_equal(issues.first->hint, wrong->hint);
	else
		assert_null(issues.first->hint);
	assert_int_equal(config != NULL, schema_only);
	arena_free(&arena);
}

#define V "{\"ociVersion\":\"1.3.0\",\n"

static void test_schema(void **state)
{
	static const struct wrong wrongs[] = {
		{ "@{}", "/ociVersion", "is required, but missing", NULL },
		{ " @{\"ociVersion\":null}", "/ociVersion", "is required, but missing", NULL },
		{ "{\n \"ociVersion\" : @1}", "/ociVersion", "must be a string, not 1", NULL },
		{ V "\"hostname\":@[]}", "/hostname", "must be a string, not a list", NULL },
		{ V "\"hostname\":@true}", "/hostname", "must be a string, not true", NULL },
		{ V "\"root\":@\"/\"}", "/root", "must be an object, not the string \"/\"", NULL },
		{ V "\"root\":@[]}", "/root", "must be an object, not a list", NULL },
		{ V "\"root\":{\"path\":\"\",\"readonly\":@\"true\"}}", "/root/readonly",
		  "must be true or false, not the string \"true\"",
		  "write true without the quotes" },
		{ V "\"root\":{\"path\":\"\",\"readonly\":@1}}", "/root/readonly",
		  "must be true or false, not 1", NULL },
		{ V "\"mounts\":@{}}", "/mounts", "must be a list, not an object", NULL },
		{ V "\"mounts\":@7}", "/mounts", "must be a list, not 7", NULL },
		{ V "\"mounts\":[@null]}", "/mounts/0", "must be an object, not null", NULL },
		{ V "\"mounts\":[{\"destination\":\"/\"},@{}]}", "/mounts/1/destination",
		  "is required, but missing", NULL },
		{ V "\"annotations\":@[]}", "/annotations", "must be an object, not a list", NULL },
		{ V "\"annotations\":{\"a/b~c\":@5}}", "/annotations/a~1b~0c",
		  "must be a string, not 5", NULL },
		{ V "\"process\":{\"cwd\":\"/\",\"args\":[\"a\",@{}]}}", "/process/args/1",
		  "must be a string, not an object", NULL },
		{ V "\"process\":{\"cwd\":\"/\",\"args\":[@null]}}", "/process/args/0",
		  "must be a string, not null", NULL },
		{ V "\"linux\":{\"netDevices\":{\"a\":@1}}}", "/linux/netDevices/a",
		  "must be an object, not 1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], true);
}

#define USER  V "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":"
#define RANGE "must be a number from 0 to 4294967295"

static void test_numbers(void **state)
{
	static const struct wrong wrongs[] = {
		{ USER "@-1}}}", "/process/user/uid", RANGE ", not -1", NULL },
		{ USER "@4294967296}}}", "/process/user/uid", RANGE ", not 4294967296", NULL },
		{ USER "@99999999999999999999999}}}", "/process/user/uid",
		  RANGE ", not 99999999999999999999999", NULL },
		{ USER "@1.0}}}", "/process/user/uid",
		  RANGE " without fraction or exponent, not 1.0", NULL },
		{ USER "@1e3}}}", "/process/user/uid",
		  RANGE " without fraction or exponent, not 1e3", NULL },
		{ USER "@\"abc\"}}}", "/process/user/uid", RANGE ", not the string \"abc\"", NULL },
		{ USER "@\"12\"}}}", "/process/user/uid", RANGE ", not the string \"12\"",
		  "write 12 without the quotes" },
		{ USER "@false}}}", "/process/user/uid", RANGE ", not false", NULL },
		{ V "\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":@-2147483649}}",
		  "/process/oomScoreAdj",
		  "must be a number from -2147483648 to 2147483647, not -2147483649", NULL },
		{ V "\"hooks\":{\"prestart\":[{\"path\":\"/a\",\"timeout\":@0}]}}",
		  "/hooks/prestart/0/timeout", "must be a number from 1 to 2147483647, not 0",
		  NULL },
		{ V "\"linux\":{\"resources\":{\"pids\":{\"limit\":@9223372036854775808}}}}",
		  "/linux/resources/pids/limit",
		  "must be a number from -9223372036854775808 to 9223372036854775807, "
		  "not 9223372036854775808",
		  NULL },
		{ V "\"linux\":{\"resources\":{\"pids\":{\"limit\":@-9223372036854775809}}}}",
		  "/linux/resources/pids/limit",
		  "must be a number from -9223372036854775808 to 9223372036854775807, "
		  "not -9223372036854775809",
		  NULL },
		{ V "\"linux\":{\"resources\":{\"cpu\":{\"shares\":@18446744073709551616}}}}",
		  "/linux/resources/cpu/shares",
		  "must be a number from 0 to 18446744073709551615, not 18446744073709551616",
		  NULL },
		{ V "\"linux\":{\"resources\":{\"blockIO\":{\"weight\":@65536}}}}",
		  "/linux/resources/blockIO/weight", "must be a number from 0 to 65535, not 65536",
		  NULL },
		{ V
		  "\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/x\",\"fileMode\":@65536}]}}",
		  "/linux/devices/0/fileMode", "must be a number from 0 to 65535, not 65536",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], true);
}

#define NAMESPACE "must be pid, network, mount, ipc, uts, user, cgroup or time, not "

static void test_strings(void **state)
{
	static const struct wrong wrongs[] = {
		{ V "\"linux\":{\"namespaces\":[{\"type\":@\"netwrk\"}]}}",
		  "/linux/namespaces/0/type", NAMESPACE "\"netwrk\"", "did you mean \"network\"?" },
		{ V "\"linux\":{\"namespaces\":[{\"type\":@\"PID\"}]}}", "/linux/namespaces/0/type",
		  NAMESPACE "\"PID\"", "did you mean \"pid\"?" },
		{ V "\"linux\":{\"namespaces\":[{\"type\":@\"zebra crossing\"}]}}",
		  "/linux/namespaces/0/type", NAMESPACE "\"zebra crossing\"", NULL },
		{ V "\"linux\":{\"namespaces\":[{\"type\":@\"\"}]}}", "/linux/namespaces/0/type",
		  NAMESPACE "\"\"", NULL },
		{ V "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
		    "\"architectures\":[@\"x86_64\"]}}}",
		  "/linux/seccomp/architectures/0",
		  "must be a seccomp architecture of runtime-spec 1.3, not \"x86_64\"",
		  "did you mean \"SCMP_ARCH_X86_64\"?" },
		{ V "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
		    "\"syscalls\":[{\"names\":@[],\"action\":\"SCMP_ACT_LOG\"}]}}}",
		  "/linux/seccomp/syscalls/0/names", "must have at least one item", NULL },
		{ V "\"linux\":{\"devices\":[{\"type\":@\"cc\",\"path\":\"/x\"}]}}",
		  "/linux/devices/0/type", "must be \"c\", \"b\", \"u\" or \"p\", not \"cc\"",
		  NULL },
		{ V "\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":@\"02MB\","
		    "\"limit\":1}]}}}",
		  "/linux/resources/hugepageLimits/0/pageSize",
		  "must be a page size such as \"2MB\" or \"1GB\", not \"02MB\"", NULL },
		{ V "\"linux\":{\"intelRdt\":{\"memBwSchema\":@\"MB:1\\n2\"}}}",
		  "/linux/intelRdt/memBwSchema",
		  "must be one line that starts with \"MB:\", not \"MB:1\\n2\"", NULL },
		{ V "\"process\":{\"cwd\":\"/"
		    "\",\"rlimits\":[{\"type\":@\"RLIMIT_\",\"soft\":1,\"hard\":1}]}}",
		  "/process/rlimits/0/type",
		  "must be the name of a limit such as \"RLIMIT_NOFILE\", not \"RLIMIT_\"", NULL },
		{ V "\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":@\"0x1\"}}}",
		  "/process/execCPUAffinity/initial",
		  "must be a list of CPUs such as \"0-3,7\", not \"0x1\"", NULL },
		/* Cut at 64 characters, escaped. */
		{ V
		  "\"root\":@"
		  "\"\\u001b\\\"\\u0085\xc3\xbc\\\\56789012345678901234567890123456789012345678901"
		  "2345678901234567\"}",
		  "/root",
		  "must be an object, not the string "
		  "\"\\u001b\\\"\\u0085\xc3\xbc\\\\5678901234567890123"
		  "4567890123456789012345678901234567890123...\"",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], true);
}

#define TWICE "is given twice: a key may stand only once in an object"

static void test_duplicates(void **state)
{
	static const struct wrong wrongs[] = {
		{ V "\"hostname\":\"a\",@\"hostname\":\"a\"}", "/hostname", TWICE, NULL },
		{ V "\"hostname\":null,\n@\"hostname\":\"a\"}", "/hostname", TWICE, NULL },
		{ V "\"root\":{\"path\":\"/\",@\"p\\u0061th\":\"/\"}}", "/root/path", TWICE, NULL },
		{ V "\"annotations\":{\"a\":\"1\",\"b\":\"\",@\"a\":\"2\"}}", "/annotations/a",
		  TWICE, NULL },
		{ V "\"x\":1,\"y\":2,@\"x\":{}}", "/x", TWICE, NULL },
		{ V "\"windows\":[0,{\"a\":{\"\":1,@\"\":2}}]}", "/windows/1/a/", TWICE, NULL },
		/* More keys than are compared each with each. */
		{ V "\"x\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":"
		    "1,\"j\":1,"
		    "@\"c\":1}}",
		  "/x/c", TWICE, NULL },
		{ V "\"x\":{\"a\":1,\"A\":1,\"aa\":1},\"X\":{\"a\":1},\"y\":{\"a\":{},\"b\":1,@"
		    "\"b\":2}}",
		  "/y/b", TWICE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], true);
}

static void test_nul(void **state)
{
	static const struct wrong wrongs[] = {
		{ V "\"hostname\":\"ab@\\u0000c\"}", "/hostname",
		  "must not contain a NUL character", NULL },
		{ V "\"x\":[\"@\\u0000\"]}", "/x/0", "must not contain a NUL character", NULL },
		/* The pointer is a string in C and ends where the NUL is. */
		{ V "\"x@\\u0000y\":1}", "/x", "must not contain a NUL character", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], true);
}

static void test_unicode(void **state)
{
	static const char bad[] = "is not UTF-8";
	static const char half[] = "has half of a surrogate pair, which is no character";
	static const struct wrong wrongs[] = {
		{ V "\"hostname\":\"a@\xff\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xc0\xaf\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xe0\x80\xaf\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xf0\x80\x80\xaf\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xed\xa0\x80\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xf4\x90\x80\x80\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\xf5\x80\x80\x80\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"@\x80\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"12345678@\xe2\x82\"}", "/hostname", bad, NULL },
		{ V "\"hostname\":\"12345678@\xe2\"}", "/hostname", bad, NULL },
		{ V "\"x\":{\"y\":[\"@\xfe\"]}}", "/x/y/0", bad, NULL },
		{ V "\"x@\xff\":1}", "/x\xff", bad, NULL },
		{ V "\"hostname\":\"@\\ud800\"}", "/hostname", half, NULL },
		{ V "\"hostname\":\"@\\uDC00\"}", "/hostname", half, NULL },
		{ V "\"hostname\":\"@\\ud800\\u0041\"}", "/hostname", half, NULL },
		{ V "\"hostname\":\"@\\ud83d\\ud83d\"}", "/hostname", half, NULL },
		{ V "\"hostname\":\"@\\ud800\\\\dc00\"}", "/hostname", half, NULL },
		{ "@\xef\xbb\xbf{}", "", "starts with a byte order mark, which JSON does not allow",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], false);
}

#define EARLY "breaks off: the text ends too early"

static void test_syntax(void **state)
{
	static const struct wrong wrongs[] = {
		{ "@", "", EARLY, NULL },
		{ " \n@", "", EARLY, NULL },
		{ "@[]", "", "must be an object, not a list", NULL },
		{ "@12", "", "must be an object, not 12", NULL },
		{ "@null", "", "must be an object, not null", NULL },
		{ "@\"a\"", "", "must be an object, not the string \"a\"", NULL },
		{ V "\"hostname\":\"a\"}\n @x", "", "is not JSON: trailing garbage", NULL },
		{ V "\"hostname\":\"a\"}@{}", "", "is not JSON: trailing garbage", NULL },
		{ V "\"hostname\":\"a\"}\n\n@[]", "", "is not JSON: trailing garbage", NULL },
		{ V "\"x\":[1,@,2]}", "/x/1",
		  "is not JSON: unallowed token at this point in JSON text", NULL },
		{ V "\"x\":[1,@]}", "/x/1",
		  "is not JSON: unallowed token at this point in JSON text", NULL },
		{ V "\"x\":[1 @22]}", "/x/1",
		  "is not JSON: after array element, I expect ',' or ']'", NULL },
		{ V "\"x\":1,@}", "", "is not JSON: invalid object key (must be a string)", NULL },
		{ V "\"x\":1 @\"abc\":2}", "",
		  "is not JSON: after key and value, inside map, I expect ',' or '}'", NULL },
		{ V "\"x\" @1}", "/x",
		  "is not JSON: object key and value must be separated by a colon (':')", NULL },
		{ V "@x:1}", "", "is not JSON: invalid char in json text", NULL },
		{ V "\"x\":0@1}", "",
		  "is not JSON: after key and value, inside map, I expect ',' or '}'", NULL },
		{ V "\"x\":@+1}", "/x", "is not JSON: invalid char in json text", NULL },
		{ V "\"x\":@.5}", "/x", "is not JSON: invalid char in json text", NULL },
		{ V "\"x\":@NaN}", "/x", "is not JSON: invalid char in json text", NULL },
		{ V "\"x\":@/* */1}", "/x",
		  "is not JSON: probable comment found in input text, comments are not enabled",
		  NULL },
		{ V "@// a\n\"x\":1}", "",
		  "is not JSON: probable comment found in input text, comments are not enabled",
		  NULL },
		{ V "\"x\":@'a'}", "/x", "is not JSON: invalid char in json text", NULL },
		{ V "\"x\":\"a@\tb\"}", "/x", "is not JSON: invalid character inside string",
		  NULL },
		{ V "\"x\":\"a\\@qb\"}", "/x",
		  "is not JSON: inside a string, '\\' occurs before a character which it may not",
		  NULL },
		{ V "\"x\":\"a@", "/x", EARLY, NULL },
		{ V "\"x\":1@", "", EARLY, NULL },
		{ V "\"x\":tru@", "/x", EARLY, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		check_wrong(&wrongs[i], false);
}

/* A schema error and a syntax error: both are told, in order. */
static void test_schema_and_syntax(void **state)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;

	(void)state;
	assert_int_equal(read_config(&arena, "{}\0", 3, &config, &issues), -EINVAL);
	assert_int_equal(issues.count, 2);
	assert_string_equal(issues.first->pointer, "/ociVersion");
	assert_string_equal(issues.last->message, "is not JSON: trailing garbage");
	assert_int_equal(issues.last->column, 3);
	assert_null(config);
	arena_free(&arena);
}

static void test_all_at_once(void **state)
{
	static const char text[] =
	    "{\"process\":{\"cwd\":1,\n\"cwd\":\"/\",\"user\":{\"uid\":-1},\n"
	    "\"args\":[\"a\",2,\"c\"]},\n\"hostname\":\"h\"}";
	static const struct {
		const char *pointer;
		unsigned int line, column;
	} expected[] = {
		{ "/ociVersion", 1, 1 },      { "/process/cwd", 1, 19 },
		{ "/process/cwd", 2, 1 },     { "/process/user/uid", 2, 25 },
		{ "/process/args/1", 3, 13 },
	};
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	const struct oci_issue *issue;

	(void)state;
	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), -EINVAL);
	assert_int_equal(issues.count, 5);
	issue = issues.first;
	for (size_t i = 0; i < 5; i++, issue = issue->next) {
		assert_string_equal(issue->pointer, expected[i].pointer);
		assert_int_equal(issue->line, expected[i].line);
		assert_int_equal(issue->column, expected[i].column);
	}
	assert_null(issue);
	/* What is right is there, what is wrong is absent. */
	assert_string_equal(config->hostname, "h");
	assert_null(config->oci_version);
	assert_null(config->process->cwd);
	assert_false(config->process->user->has_uid);
	assert_int_equal(config->process->args.count, 2);
	assert_string_equal(config->process->args.items[1], "c");
	arena_free(&arena);
}

static void test_values(void **state)
{
	static const char text[] =
	    "\t{\"ociVersion\":\"1\",\"unknown\":{\"a\":[1,{\"b\":null}],\"c\":1e400},\"Hostname\":"
	    "7,"
	    "\"hostname\":null,\"domainname\":\"\\ud834\\udd1e\\n\\u00fc\",\"mounts\":[],"
	    "\"annotations\":{\"a\":null,\"b\":\"\"},"
	    "\"linux\":{\"rootfsPropagation\":\"rshared\",\"netDevices\":{},"
	    "\"resources\":{\"pids\":{\"limit\":-0},\"rdma\":{\"x\":{\"hcaHandles\":1},\"y\":null}}"
	    ","
	    "\"devices\":null}}\r\n";
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	const struct oci_linux *linux;

	(void)state;
	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), 0);
	assert_int_equal(issues.count, 0);
	assert_null(config->hostname);
	assert_string_equal(config->domainname, "\xf0\x9d\x84\x9e\n\xc3\xbc");
	assert_int_equal(config->mounts.count, 0);
	assert_non_null(config->mounts.items); /* empty, not absent */
	assert_int_equal(config->annotations.count, 1);
	assert_string_equal(config->annotations.items[0].key, "b");
	assert_string_equal(config->annotations.items[0].value, "");
	linux = config->linux;
	assert_true(linux->has_rootfs_propagation);
	assert_int_equal(linux->rootfs_propagation, OCI_ROOTFS_PROPAGATION_RSHARED);
	assert_string_equal(oci_rootfs_propagation_name(linux->rootfs_propagation), "rshared");
	assert_int_equal(linux->net_devices.count, 0);
	assert_non_null(linux->net_devices.items);
	assert_null(linux->devices.items);
	assert_true(linux->resources->pids->has_limit);
	assert_int_equal(linux->resources->pids->limit, 0);
	assert_int_equal(linux->resources->rdma.count, 1);
	assert_string_equal(linux->resources->rdma.items[0].key, "x");
	assert_int_equal(linux->resources->rdma.items[0].value.hca_handles, 1);
	assert_false(linux->resources->rdma.items[0].value.has_hca_objects);
	arena_free(&arena);
}

static void test_roots(void **state)
{
	static const char process[] = "{\"cwd\":\"/\",\"args\":[\"sh\"]}";
	static const char resources[] = "{\"memory\":{\"limit\":5}}";
	static const char bad[] = "{\"memory\":{\"limit\":\"5\"}}";
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_process *p;
	struct oci_resources *r;

	(void)state;
	assert_int_equal(oci_process_read(&arena, process, strlen(process), &p, &issues), 0);
	assert_string_equal(p->args.items[0], "sh");
	assert_int_equal(oci_process_read(&arena, "{}", 2, &p, &issues), -EINVAL);
	assert_string_equal(issues.first->pointer, "/cwd");
	assert_int_equal(oci_resources_read(&arena, resources, strlen(resources), &r, &issues), 0);
	assert_int_equal(r->memory->limit, 5);
	assert_int_equal(oci_resources_read(&arena, bad, strlen(bad), &r, &issues), -EINVAL);
	assert_string_equal(issues.first->pointer, "/memory/limit");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),      cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),     cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_nul),         cmocka_unit_test(test_unicode),
		cmocka_unit_test(test_syntax),      cmocka_unit_test(test_schema_and_syntax),
		cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_values),
		cmocka_unit_test(test_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
