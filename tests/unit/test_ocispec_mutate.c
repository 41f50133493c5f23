/*
 * test_ocispec_mutate.c - the reference config, spoilt in each place in turn.
 *
 * It has one value per line, so the place of each mistake is known without the reader.
 */
#include "test_ocispec.h"

#include <errno.h>

/* A scalar of the reference: text[start, end), alone on its line. */
struct leaf {
	size_t start;
	size_t end;
	unsigned int line;
	unsigned int column;
};

static size_t find_leaves(struct oci_text text, struct leaf *leaves, size_t max)
{
	size_t count = 0, line_start = 0;
	unsigned int line = 1;

	for (size_t end = 0; end < text.len; end++) {
		const char *separator;
		size_t start = line_start;

		if (text.data[end] != '\n')
			continue;
		while (text.data[start] == '\t')
			start++;
		separator = memmem(text.data + start, end - start, "\": ", 3);
		if (separator)
			start = (size_t)(separator - text.data) + 3;
		if (!strchr("{}[]", text.data[start])) {
			assert_true(count < max);
			leaves[count++] =
			    (struct leaf){ start, end - (text.data[end - 1] == ','), line,
					   (unsigned int)(start - line_start) + 1 };
		}
		line_start = end + 1;
		line++;
	}
	return count;
}

/* The reference with other text instead of the leaf. */
static struct oci_text replaced(struct oci_text text, const struct leaf *leaf, const char *with)
{
	size_t len = strlen(with);
	char *copy = malloc(text.len + len);

	assert_non_null(copy);
	memcpy(copy, text.data, leaf->start);
	memcpy(copy + leaf->start, with, len);
	memcpy(copy + leaf->start + len, text.data + leaf->end, text.len - leaf->end);
	return (struct oci_text){ copy, text.len - (leaf->end - leaf->start) + len };
}

/* One issue, just at the leaf, and its pointer leads there. */
static void check_spoilt(struct oci_text text, const struct leaf *leaf, const char *with)
{
	struct oci_text spoilt = replaced(text, leaf, with);
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	unsigned int line, column;

	assert_int_equal(oci_config_read(&arena, spoilt.data, spoilt.len, &config, &issues),
			 -EINVAL);
	assert_non_null(config);
	if (issues.count != 1 || issues.first->line != leaf->line)
		print_message("line %u: %s\n", leaf->line, with);
	assert_int_equal(issues.count, 1);
	assert_int_equal(issues.first->line, leaf->line);
	assert_int_equal(issues.first->column, leaf->column);
	assert_memory_equal(issues.first->message, "must be ", 8);
	assert_int_equal(oci_locate(spoilt.data, spoilt.len, issues.first->pointer, &line, &column),
			 0);
	assert_int_equal(line, leaf->line);
	assert_int_equal(column, leaf->column);
	free((char *)spoilt.data);
	arena_free(&arena);
}

static void test_wrong_types(void **state)
{
	static const char *const for_string[] = { "7", "true", "{}", "[]", "[\"a\"]" };
	static const char *const for_number[] = {
		"\"x\"", "true", "{}", "[]", "0.5", "99999999999999999999", "-9223372036854775809"
	};
	static const char *const for_bool[] = { "\"true\"", "1", "{\"a\":[]}", "[]" };
	struct oci_text text = test_corpus("full");
	struct leaf leaves[512];
	size_t count = find_leaves(text, leaves, 512);

	(void)state;
	assert_true(count > 250);
	for (size_t i = 0; i < count; i++) {
		const char *const *wrong = for_number;
		size_t n = 7;

		if (text.data[leaves[i].start] == '"') {
			wrong = for_string;
			n = 5;
		} else if (strchr("tf", text.data[leaves[i].start])) {
			wrong = for_bool;
			n = 4;
		}
		for (size_t j = 0; j < n; j++)
			check_spoilt(text, &leaves[i], wrong[j]);
	}
}

/* null: an error in a list or where required, else as if absent. */
static void test_nulls(void **state)
{
	struct oci_text text = test_corpus("full");
	struct leaf leaves[512];
	size_t count = find_leaves(text, leaves, 512), accepted = 0, missing = 0, items = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct oci_text spoilt = replaced(text, &leaves[i], "null");
		struct arena arena = ARENA_INIT;
		struct oci_issues issues;
		struct oci_config *config;
		bool item = text.data[leaves[i].start - 1] == '\t';

		(void)oci_config_read(&arena, spoilt.data, spoilt.len, &config, &issues);
		assert_true(issues.count <= 1);
		if (issues.count == 0) {
			assert_false(item);
			accepted++;
		} else if (strcmp(issues.first->message, "is required, but missing") == 0) {
			assert_false(item);
			missing++;
		} else {
			assert_true(item);
			assert_int_equal(issues.first->line, leaves[i].line);
			items++;
		}
		free((char *)spoilt.data);
		arena_free(&arena);
	}
	assert_true(accepted > 0 && missing > 0 && items > 0);
	assert_int_equal(accepted + missing + items, count);
}

/* Each way to break off is noticed, at the place where the text ends. */
static void test_prefixes(void **state)
{
	struct oci_text text = test_corpus("full");

	(void)state;
	for (size_t len = 0; len < text.len - 1; len++) {
		char *copy = malloc(len + !len);
		struct arena arena = ARENA_INIT;
		struct oci_issues issues;
		struct oci_config *config;

		assert_non_null(copy);
		memcpy(copy, text.data, len);
		assert_int_equal(oci_config_read(&arena, copy, len, &config, &issues), -EINVAL);
		assert_null(config);
		assert_int_equal(issues.count, 1);
		assert_int_equal(issues.first->offset, len);
		free(copy);
		arena_free(&arena);
	}
}

/* Each line once more: whatever it does to the structure, it is never accepted. */
static void test_repeated_lines(void **state)
{
	struct oci_text text = test_corpus("full");
	struct leaf leaves[512];
	size_t count = find_leaves(text, leaves, 512), twice = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t start = leaves[i].start - leaves[i].column + 1;
		struct leaf at = { start, start, 0, 0 };
		char line[256];
		struct oci_text spoilt;
		struct arena arena = ARENA_INIT;
		struct oci_issues issues;
		struct oci_config *config;

		if (text.data[leaves[i].start - 1] == '\t')
			continue; /* an item may be there twice */
		(void)snprintf(line, sizeof(line), "%.*s,\n", (int)(leaves[i].end - start),
			       text.data + start);
		spoilt = replaced(text, &at, line);
		assert_int_equal(oci_config_read(&arena, spoilt.data, spoilt.len, &config, &issues),
				 -EINVAL);
		assert_int_equal(issues.count, 1);
		assert_memory_equal(issues.first->message, "is given twice", 14);
		assert_int_equal(issues.first->line, leaves[i].line + 1);
		free((char *)spoilt.data);
		arena_free(&arena);
		twice++;
	}
	assert_true(twice > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_nulls),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_repeated_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
