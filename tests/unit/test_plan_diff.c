/*
 * test_plan_diff.c - tare plan --diff: which steps of two plans differ in effect, and how that is
 * written.
 */
#include "cli/plan_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A step with up to two arguments; the first one's name says what it is about, or not. */
struct row {
	const char *name, *pointer;
	const char *argument, *value;
	const char *second, *other;
};

struct made {
	struct arena arena;
	struct plan plan;
};

static struct error err;

static void make(struct made *made, const char *file, const struct row *rows, size_t count)
{
	*made = (struct made){ .arena = ARENA_INIT, .plan = { .file = file } };
	made->plan.steps = calloc(count + 1, sizeof(*made->plan.steps));
	assert_non_null(made->plan.steps);
	for (size_t i = 0; i < count; i++) {
		struct plan_step *step = &made->plan.steps[made->plan.count++];

		*step = (struct plan_step){ .number = (unsigned)i + 1,
					    .inside = true,
					    .name = rows[i].name,
					    .title = rows[i].name,
					    .pointer = rows[i].pointer ? rows[i].pointer : "",
					    .about = { .arena = &made->arena } };
		if (rows[i].argument)
			describe_text(&step->about, rows[i].argument, rows[i].value);
		if (rows[i].second)
			describe_text(&step->about, rows[i].second, rows[i].other);
		assert_false(step->about.failed);
	}
}

static void unmake(struct made *made)
{
	plan_free(&made->plan);
	arena_free(&made->arena);
}

/* "-name=value +name=value ~name=value" of all differences, and "" if there is none. */
static void compare(const struct made *a, const struct made *b, char out[512])
{
	static const char marks[] = {
		[PLAN_REMOVED] = '-', [PLAN_ADDED] = '+', [PLAN_CHANGED] = '~'
	};
	struct plan_differences differences;
	size_t used = 0;

	out[0] = '\0';
	assert_int_equal(plan_compare(&a->plan, &b->plan, &differences, &err), 0);
	for (size_t i = 0; i < differences.count; i++) {
		const struct plan_difference *d = &differences.items[i];
		const struct plan_step *step = d->after ? d->after : d->before;

		assert_int_equal(d->before == NULL, d->change == PLAN_ADDED);
		assert_int_equal(d->after == NULL, d->change == PLAN_REMOVED);
		used += (size_t)snprintf(out + used, 512 - used, "%s%c%s=%s", i > 0 ? " " : "",
					 marks[d->change], step->name,
					 step->about.count > 0 ? step->about.items[0].text : "");
	}
	plan_differences_free(&differences);
	assert_null(differences.items);
}

static void expect_rows(const struct row *before, size_t n, const struct row *after, size_t m,
			const char *expected)
{
	struct made a, b;
	char found[512];

	make(&a, "a.json", before, n);
	make(&b, "b.json", after, m);
	compare(&a, &b, found);
	assert_string_equal(found, expected);
	unmake(&a);
	unmake(&b);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXPECT(before, after, expected)                                                            \
	expect_rows(before, COUNT(before), after, COUNT(after), expected)

static const struct row mounts[] = {
	{ "mount", "/mounts/0", "target", "/proc", NULL, NULL },
	{ "mount", "/mounts/1", "target", "/dev", "options", "size=1" },
	{ "mount", "/mounts/2", "target", "/sys", NULL, NULL },
	{ "pivot", NULL, NULL, NULL, NULL, NULL },
};

static void test_same(void **state)
{
	(void)state;
	EXPECT(mounts, mounts, "");
	expect_rows(NULL, 0, NULL, 0, "");
}

/* Where a property stands is no effect. */
static void test_origins_do_not_count(void **state)
{
	static const struct row after[] = {
		{ "mount", "/mounts/7", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/dev", "options", "size=1" },
		{ "mount", NULL, "target", "/sys", NULL, NULL },
		{ "pivot", "/root/path", NULL, NULL, NULL, NULL },
	};

	(void)state;
	EXPECT(mounts, after, "");
}

static void test_removed_and_added(void **state)
{
	static const struct row after[] = {
		{ "mount", "/mounts/0", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/sys", NULL, NULL },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
		{ "caps", NULL, "effective", "none", NULL, NULL },
	};

	(void)state;
	EXPECT(mounts, after, "-mount=/dev +caps=none");
	EXPECT(after, mounts, "+mount=/dev -caps=none");
	expect_rows(mounts, COUNT(mounts), NULL, 0, "-mount=/proc -mount=/dev -mount=/sys -pivot=");
	expect_rows(NULL, 0, mounts, COUNT(mounts), "+mount=/proc +mount=/dev +mount=/sys +pivot=");
}

/* By what it is about, though it has another place; else by the property that asks for it. */
static void test_changed(void **state)
{
	static const struct row after[] = {
		{ "mount", "/mounts/0", "target", "/new", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/2", "target", "/dev", "options", "size=2" },
		{ "mount", "/mounts/3", "target", "/sys", NULL, NULL },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
	};
	static const struct row elsewhere[] = {
		{ "mount", "/mounts/0", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/dev2", "options", "size=1" },
		{ "mount", "/mounts/2", "target", "/sys", NULL, NULL },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
	};
	static const struct row argument[] = {
		{ "mount", "/mounts/0", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/dev", NULL, NULL },
		{ "mount", "/mounts/2", "target", "/sys", "options", "ro" },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
	};

	(void)state;
	EXPECT(mounts, after, "+mount=/new ~mount=/dev");
	EXPECT(mounts, elsewhere, "~mount=/dev2");
	EXPECT(mounts, argument, "~mount=/dev ~mount=/sys");
}

/* Each is there before and after: neither has changed into the other. */
static void test_moved(void **state)
{
	static const struct row after[] = {
		{ "mount", "/mounts/0", "target", "/proc", NULL, NULL },
		{ "mount", "/mounts/1", "target", "/sys", NULL, NULL },
		{ "mount", "/mounts/2", "target", "/dev", "options", "size=1" },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
	};
	struct made a, b;
	char found[512];

	(void)state;
	make(&a, "a.json", mounts, COUNT(mounts));
	make(&b, "b.json", after, COUNT(after));
	compare(&a, &b, found);
	assert_true(strcmp(found, "-mount=/dev +mount=/dev") == 0 ||
		    strcmp(found, "+mount=/sys -mount=/sys") == 0);
	unmake(&a);
	unmake(&b);
}

/* The order of an object's keys is that of the text; that of a list is the config's. */
static void test_order_of_maps(void **state)
{
	static const struct row before[] = {
		{ "sysctl", "/linux/sysctl/b", "key", "b", "value", "1" },
		{ "sysctl", "/linux/sysctl/a", "key", "a", "value", "2" },
		{ "mask", "/linux/maskedPaths/0", "path", "x", NULL, NULL },
	};
	static const struct row turned[] = {
		{ "sysctl", "/linux/sysctl/a", "key", "a", "value", "2" },
		{ "sysctl", "/linux/sysctl/b", "key", "b", "value", "1" },
		{ "mask", "/linux/maskedPaths/0", "path", "x", NULL, NULL },
	};
	static const struct row changed[] = {
		{ "sysctl", "/linux/sysctl/a", "key", "a", "value", "2" },
		{ "sysctl", "/linux/sysctl/b", "key", "b", "value", "3" },
		{ "sysctl", "/linux/sysctl/c", "key", "c", "value", "1" },
	};

	(void)state;
	EXPECT(before, turned, "");
	EXPECT(before, changed, "-mask=x ~sysctl=b +sysctl=c");
}

/* The same step on the other side is another one. */
static void test_sides(void **state)
{
	struct made a, b;
	char found[512];

	(void)state;
	make(&a, "a.json", mounts, 1);
	make(&b, "b.json", mounts, 1);
	b.plan.steps[0].inside = false;
	compare(&a, &b, found);
	assert_string_equal(found, "-mount=/proc +mount=/proc");
	unmake(&a);
	unmake(&b);
}

/* Another step is meant by what it is, and not by its number; what is aside does not count. */
static void test_what_a_value_means(void **state)
{
	struct made a, b;
	char found[512];

	(void)state;
	make(&a, "a.json", mounts, COUNT(mounts));
	make(&b, "b.json", mounts, COUNT(mounts));
	a.plan.steps[0].about.items[0].same = "proc";
	b.plan.steps[0].about.items[0].same = "proc";
	b.plan.steps[0].about.items[0].text = "#9";
	describe_number(&a.plan.steps[2].about, "bytes", 1);
	describe_aside(&a.plan.steps[2].about);
	describe_number(&b.plan.steps[2].about, "bytes", 2);
	describe_aside(&b.plan.steps[2].about);
	compare(&a, &b, found);
	assert_string_equal(found, "");
	b.plan.steps[0].about.items[0].same = "sys";
	compare(&a, &b, found);
	assert_string_equal(found, "~mount=#9");
	unmake(&a);
	unmake(&b);
}

/* More than the table holds: what differs is found all the same, and the same is the same. */
static void test_large(void **state)
{
	enum { MANY = 6000 };
	struct row *rows = calloc(MANY + 1, sizeof(*rows));
	struct plan_differences differences;
	char(*names)[16] = calloc(MANY, sizeof(*names));
	struct made a, b;

	(void)state;
	assert_non_null(rows);
	assert_non_null(names);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "/%zu", i);
		rows[i] = (struct row){ "bind", "/mounts/1", "target", names[i], NULL, NULL };
	}
	make(&a, "a.json", rows, MANY);
	make(&b, "b.json", rows, MANY);
	assert_int_equal(plan_compare(&a.plan, &b.plan, &differences, &err), 0);
	assert_int_equal(differences.count, 0);
	plan_differences_free(&differences);
	b.plan.steps[0].about.items[0].text = "/first";
	b.plan.steps[MANY - 1].about.items[0].text = "/last";
	assert_int_equal(plan_compare(&a.plan, &b.plan, &differences, &err), 0);
	assert_true(differences.count >= 2);
	plan_differences_free(&differences);
	unmake(&a);
	unmake(&b);
	free(names);
	free(rows);
}

static char *write_with(void (*write)(FILE *, const struct plan_comparison *), const struct made *a,
			const struct made *b)
{
	struct plan_comparison comparison = { .before = &a->plan, .after = &b->plan };
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_int_equal(plan_compare(&a->plan, &b->plan, &comparison.differences, &err), 0);
	write(to, &comparison);
	plan_differences_free(&comparison.differences);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void test_writing(void **state)
{
	static const struct row after[] = {
		{ "mount", "/mounts/1", "target", "/dev", "options", "size=2" },
		{ "mount", "/mounts/2", "target", "/sys", NULL, NULL },
		{ "pivot", NULL, NULL, NULL, NULL, NULL },
		{ "hook", "/hooks/x\x1b", "path", "/a", NULL, NULL },
	};
	struct made a, b;
	char *text;

	(void)state;
	make(&a, "a.json", mounts, COUNT(mounts));
	make(&b, "b.json", after, COUNT(after));
	a.plan.steps[0].line = 1;
	a.plan.steps[0].column = 13;
	a.plan.steps[1].line = a.plan.steps[1].column = 2;
	text = write_with(plan_write_diff_text, &a, &b);
	assert_string_equal(text, "--- a.json\n+++ b.json\n"
				  "- inside  mount target=\"/proc\"  <- /mounts/0 (a.json:1:13)\n"
				  "~ inside  mount target=\"/dev\"\n"
				  "      options: \"size=1\" -> \"size=2\"\n"
				  "      <- /mounts/1 (a.json:2:2) -> /mounts/1\n"
				  "+ inside  hook path=\"/a\"  <- /hooks/x\\x1b\n"
				  "1 removed, 1 added, 1 changed\n");
	free(text);
	text = write_with(plan_write_diff_json, &a, &b);
	assert_non_null(strstr(text, "[\n{\"change\":\"removed\",\"before\":{\"number\":1,"
				     "\"where\":\"inside\",\"step\":\"mount\",\"title\":\"mount\","
				     "\"arguments\":{\"target\":\"/proc\"},\"origin\":{\"pointer\":"
				     "\"/mounts/0\",\"file\":\"a.json\",\"line\":1,\"column\":13}},"
				     "\"after\":null},\n{\"change\":\"changed\""));
	assert_non_null(
	    strstr(text, "\"pointer\":\"/hooks/x\\u001b\",\"file\":\"b.json\"}}}\n]\n"));
	free(text);
	text = write_with(plan_write_diff_text, &a, &a);
	assert_string_equal(text, "no difference in effect\n");
	free(text);
	text = write_with(plan_write_diff_json, &a, &a);
	assert_string_equal(text, "[]\n");
	free(text);
	unmake(&a);
	unmake(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_origins_do_not_count),
		cmocka_unit_test(test_removed_and_added),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_order_of_maps),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_what_a_value_means),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
