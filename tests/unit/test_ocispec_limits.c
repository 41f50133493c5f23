/* test_ocispec_limits.c - configs that are deep, large or have very many of something. */
#include "test_ocispec.h"

#include <errno.h>

/* `levels` arrays in an unknown property. */
static char *nested(size_t levels)
{
	char *text = malloc(64 + 2 * levels), *at = text;

	assert_non_null(text);
	at = stpcpy(at, "{\"ociVersion\":\"1\",\"x\":");
	for (size_t i = 0; i < levels; i++)
		*at++ = '[';
	for (size_t i = 0; i < levels; i++)
		*at++ = ']';
	(void)stpcpy(at, "}");
	return text;
}

static void test_depth(void **state)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	char *fits = nested(63), *deep = nested(64), *huge = nested(1000000);

	(void)state;
	assert_int_equal(read_config(&arena, fits, strlen(fits), &config, &issues), 0);
	assert_int_equal(read_config(&arena, huge, strlen(huge), &config, &issues), -EINVAL);
	assert_int_equal(read_config(&arena, deep, strlen(deep), &config, &issues), -EINVAL);
	assert_null(config);
	assert_int_equal(issues.count, 1);
	assert_string_equal(issues.first->message, "is nested deeper than 64 levels");
	assert_int_equal(issues.first->column, strlen("{\"ociVersion\":\"1\",\"x\":") + 64);
	assert_int_equal(strlen(issues.first->pointer), strlen("/x") + 63 * strlen("/0"));
	free(fits);
	free(deep);
	free(huge);
	arena_free(&arena);
}

static void test_size(void **state)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	static const char start[] = "{\"ociVersion\":\"1\"}";
	char *text = malloc(OCI_TEXT_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', OCI_TEXT_MAX + 1);
	memcpy(text, start, strlen(start));
	assert_int_equal(oci_config_read(&arena, text, OCI_TEXT_MAX, &config, &issues), 0);
	assert_int_equal(oci_config_read(&arena, text, OCI_TEXT_MAX + 1, &config, &issues),
			 -EINVAL);
	assert_null(config);
	assert_string_equal(issues.first->message, "is larger than 16 MiB");
	free(text);
	arena_free(&arena);
}

/* `count` times the item, in a list that is config property `name`. */
static char *repeated(const char *name, const char *item, size_t count)
{
	char *text = malloc(64 + (strlen(item) + 1) * count), *at = text;

	assert_non_null(text);
	at += sprintf(at, "{\"ociVersion\":\"1\",\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i ? "," : "", item);
	(void)stpcpy(at, "]}");
	return text;
}

static size_t bytes_for_mounts(size_t count)
{
	char *text = repeated("mounts", "{\"destination\":\"/a\",\"options\":[\"ro\"]}", count);
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	size_t bytes;

	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), 0);
	assert_int_equal(config->mounts.count, count);
	assert_string_equal(config->mounts.items[count - 1].options.items[0], "ro");
	bytes = arena.total;
	free(text);
	arena_free(&arena);
	return bytes;
}

/* Linear, told by what is copied: a hundred times the mounts take about a hundred times the bytes.
 */
static void test_many_mounts(void **state)
{
	(void)state;
	assert_true(bytes_for_mounts(100000) < 200 * bytes_for_mounts(1000));
}

static void test_many_issues(void **state)
{
	char *text = repeated("mounts", "0", 5000);
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	size_t listed = 0;

	(void)state;
	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), -EINVAL);
	assert_int_equal(issues.count, 5000);
	for (const struct oci_issue *issue = issues.first; issue; issue = issue->next)
		listed++;
	assert_int_equal(listed, OCI_ISSUES_MAX);
	assert_string_equal(issues.last->pointer, "/mounts/999");
	free(text);
	arena_free(&arena);
}

static void test_many_keys(void **state)
{
	enum { COUNT = 100000 };
	char *text = malloc(64 + COUNT * 16), *at = text;
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;

	(void)state;
	assert_non_null(text);
	at = stpcpy(at, "{\"ociVersion\":\"1\",\"annotations\":{");
	for (int i = 0; i < COUNT; i++)
		at += sprintf(at, "\"%d\":\"\",", i % (COUNT - 1));
	(void)stpcpy(at - 1, "}}");
	assert_int_equal(read_config(&arena, text, strlen(text), &config, &issues), -EINVAL);
	assert_int_equal(issues.count, 1);
	assert_string_equal(issues.first->pointer, "/annotations/0");
	assert_int_equal(issues.first->offset, (size_t)(at - text) - strlen("\"0\":\"\","));
	free(text);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depth),       cmocka_unit_test(test_size),
		cmocka_unit_test(test_many_mounts), cmocka_unit_test(test_many_issues),
		cmocka_unit_test(test_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
