/* test_ocispec_locate.c - from a JSON pointer to a place in the text. */
#include "test_ocispec.h"

#include <errno.h>

static const char text[] = "{\n"
			   " \"a\" : { \"b\": [10, [], {\"c\": null}] },\n"
			   " \"x/y~z\": \"s\", \"\": {\"\": true},\n"
			   " \"d\\u00fc\": -1.5e3,\n"
			   " \"0\": [[[7]]]\n"
			   "}\n";

struct place {
	const char *pointer;
	int result;
	unsigned int line;
	unsigned int column;
};

static void check_places(const char *in, const struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned int line = 0, column = 0;

		if (oci_locate(in, strlen(in), places[i].pointer, &line, &column) !=
		    places[i].result)
			fail_msg("%s", places[i].pointer);
		if (line != places[i].line || column != places[i].column)
			fail_msg("%s is at %u:%u", places[i].pointer, line, column);
	}
}

static void test_found(void **state)
{
	static const struct place places[] = {
		{ "", 0, 1, 1 },          { "/a", 0, 2, 8 },          { "/a/b", 0, 2, 15 },
		{ "/a/b/0", 0, 2, 16 },   { "/a/b/1", 0, 2, 20 },     { "/a/b/2", 0, 2, 24 },
		{ "/a/b/2/c", 0, 2, 30 }, { "/x~1y~0z", 0, 3, 11 },   { "/", 0, 3, 20 },
		{ "//", 0, 3, 25 },       { "/d\xc3\xbc", 0, 4, 13 }, { "/0", 0, 5, 7 },
		{ "/0/0/0/0", 0, 5, 10 },
	};

	(void)state;
	check_places(text, places, sizeof(places) / sizeof(places[0]));
}

/* Then the nearest thing around it is shown. */
static void test_not_found(void **state)
{
	static const struct place places[] = {
		{ "/b", -ENOENT, 1, 1 },          { "/a/x", -ENOENT, 2, 8 },
		{ "/a/b/3", -ENOENT, 2, 15 },     { "/a/b/00", -ENOENT, 2, 15 },
		{ "/a/b/-", -ENOENT, 2, 15 },     { "/a/b/0/x", -ENOENT, 2, 16 },
		{ "/a/b/1/0", -ENOENT, 2, 20 },   { "/x~1y~0", -ENOENT, 1, 1 },
		{ "/x~1y~0z/0", -ENOENT, 3, 11 }, { "/0/0/0/1", -ENOENT, 5, 9 },
		{ "/a/", -ENOENT, 2, 8 },         { "/~", -ENOENT, 1, 1 },
		{ "/x~1y~0z~", -ENOENT, 1, 1 },   { "/x/y~z", -ENOENT, 1, 1 },
	};

	(void)state;
	check_places(text, places, sizeof(places) / sizeof(places[0]));
}

static void test_unusable(void **state)
{
	unsigned int line, column;

	(void)state;
	assert_int_equal(oci_locate(text, strlen(text), "a", &line, &column), -EINVAL);
	assert_int_equal(oci_locate("{\"a\":", 5, "/a", &line, &column), -EINVAL);
	assert_int_equal(oci_locate("", 0, "", &line, &column), -EINVAL);
	/* What comes after the value does not matter. */
	assert_int_equal(oci_locate("{\"a\":1,]", 8, "/a", &line, &column), 0);
	assert_int_equal(column, 6);
	assert_int_equal(oci_locate("7", 1, "", &line, &column), 0);
	assert_int_equal(column, 1);
}

static void test_position(void **state)
{
	struct oci_text lines = { "a\nbc\n", 5 };
	unsigned int line, column;

	(void)state;
	oci_position(lines, 0, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 1);
	oci_position(lines, 1, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 2);
	oci_position(lines, 3, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 2);
	oci_position(lines, 5, &line, &column);
	assert_int_equal(line, 3);
	assert_int_equal(column, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
