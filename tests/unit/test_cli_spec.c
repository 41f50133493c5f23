/* tare spec: the four templates against their golden files, and how the file is written. */
#include "cli/commands.h"
#include "cli/spec_template.h"

#include "ocispec/arena.h"
#include "ocispec/read.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *golden;
	struct spec_template_facts facts;
} templates[] = {
	{ "root.json", { .cgroup2 = false, .rootless = false, .uid = 0, .gid = 0 } },
	{ "root-cgroup2.json", { .cgroup2 = true, .rootless = false, .uid = 1000, .gid = 100 } },
	{ "rootless.json", { .cgroup2 = false, .rootless = true, .uid = 1000, .gid = 100 } },
	{ "rootless-cgroup2.json",
	  { .cgroup2 = true, .rootless = true, .uid = 0, .gid = 4294967294 } },
};

#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

static void read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	len = read(fd, to, size - 1);
	assert_true(len >= 0 && (size_t)len < size - 1);
	to[len] = '\0';
	(void)close(fd);
}

static void read_golden(const char *name, char *to, size_t size)
{
	const char *source = getenv("TARE_SOURCE_DIR");
	char path[512];

	assert_non_null(source);
	(void)snprintf(path, sizeof(path), "%s/tests/golden/spec/%s", source, name);
	read_file(path, to, size);
}

static void templates_are_golden(void **state)
{
	char expected[16384];

	(void)state;
	for (size_t i = 0; i < TEMPLATES; i++) {
		char *text = spec_template_make(&templates[i].facts);

		read_golden(templates[i].golden, expected, sizeof(expected));
		assert_string_equal(text, expected);
		free(text);
	}
}

static bool has_namespace(const struct oci_config *config, enum oci_namespace_type type)
{
	for (size_t i = 0; i < config->linux->namespaces.count; i++) {
		if (config->linux->namespaces.items[i].type == type)
			return true;
	}
	return false;
}

static void templates_are_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEMPLATES; i++) {
		const struct spec_template_facts *facts = &templates[i].facts;
		char *text = spec_template_make(facts);
		struct oci_issues issues = { 0 };
		struct oci_config *config = NULL;
		struct arena arena = ARENA_INIT;

		if (oci_config_read(&arena, text, strlen(text), &config, &issues) < 0)
			fail_msg("%s: %s %s", templates[i].golden, issues.first->pointer,
				 issues.first->message);
		assert_string_equal(config->hostname, "tare");
		assert_int_equal(has_namespace(config, OCI_NAMESPACE_CGROUP), facts->cgroup2);
		assert_int_equal(has_namespace(config, OCI_NAMESPACE_USER), facts->rootless);
		assert_int_equal(has_namespace(config, OCI_NAMESPACE_NETWORK), !facts->rootless);
		assert_int_equal(config->linux->resources != NULL, !facts->rootless);
		assert_int_equal(config->linux->uid_mappings.count, facts->rootless);
		if (facts->rootless) {
			assert_int_equal(config->linux->uid_mappings.items[0].host_id, facts->uid);
			assert_int_equal(config->linux->gid_mappings.items[0].host_id, facts->gid);
		}
		arena_free(&arena);
		free(text);
	}
}

static int spec(const char *bundle, const char *file, struct error *err)
{
	static struct arguments args;
	struct container_report report;

	memset(&args, 0, sizeof(args));
	error_clear(err);
	args.container.bundle = bundle;
	args.spec_file = file;
	return cmd_spec(&args, &report, err);
}

static int enter(void **state)
{
	static char directory[32];

	(void)snprintf(directory, sizeof(directory), "/tmp/tare-spec-XXXXXX");
	*state = mkdtemp(directory);
	return *state ? chdir(directory) : -1;
}

static int leave(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", (const char *)*state);
	return chdir("/") + system(command);
}

static void expect_template(const char *path)
{
	char text[16384];

	read_file(path, text, sizeof(text));
	assert_ptr_equal(strstr(text, "{\n\t\"ociVersion\": \"1.3.0\",\n"), text);
	assert_string_equal(text + strlen(text) - 5, "\t}\n}\n");
}

static void writes_config_json(void **state)
{
	struct error err;
	struct stat st;

	(void)state;
	(void)umask(0027);
	assert_int_equal(mkdir("b", 0755), 0);
	assert_int_equal(spec("b", NULL, &err), 0);
	expect_template("b/config.json");
	assert_int_equal(stat("b/config.json", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void leaves_an_existing_config_alone(void **state)
{
	char text[64];
	struct error err;
	FILE *file = fopen("config.json", "we");

	(void)state;
	assert_true(fputs("mine", file) >= 0 && fclose(file) == 0);
	assert_int_equal(spec(".", NULL, &err), -EEXIST);
	assert_string_equal(err.message, "config.json exists; remove it first");
	read_file("config.json", text, sizeof(text));
	assert_string_equal(text, "mine");
	/* a link that leads nowhere is there as well */
	assert_int_equal(unlink("config.json") + symlink("elsewhere", "config.json"), 0);
	assert_int_equal(spec(".", NULL, &err), -EEXIST);
	assert_int_equal(access("elsewhere", F_OK), -1);
}

static void overwrites_a_named_file(void **state)
{
	struct error err;
	FILE *file = fopen("mine.json", "we");

	(void)state;
	for (int i = 0; i < 10000; i++)
		(void)fputs("longer than the template", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(spec(".", "mine.json", &err), 0);
	expect_template("mine.json");
	assert_int_equal(spec(".", "-", &err), 0); /* a name like any other */
	expect_template("-");
	assert_int_equal(access("config.json", F_OK), -1);
}

static void says_what_cannot_be_written(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(spec("nowhere", NULL, &err), -ENOENT);
	assert_string_equal(err.message,
			    "cannot open the bundle nowhere: it does not exist (ENOENT)");
	assert_int_equal(spec(".", "no/file", &err), -ENOENT);
	assert_string_equal(err.message, "cannot create no/file: it does not exist (ENOENT)");
	assert_int_equal(spec(".", "/dev/full", &err), -ENOSPC);
	assert_string_equal(err.message,
			    "cannot write /dev/full: No space left on device (ENOSPC)");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(templates_are_golden),    TEST(templates_are_valid),
		TEST(writes_config_json),      TEST(leaves_an_existing_config_alone),
		TEST(overwrites_a_named_file), TEST(says_what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
