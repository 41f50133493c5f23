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

/* All in one reading, each twice, in another order: the same places, and none for the others. */
static void check_together(const char *in, const struct place *places, size_t count)
{
	struct oci_place together[64];

	assert_true(2 * count <= 64);
	for (size_t i = 0; i < 2 * count; i++)
		together[i].pointer = places[(i * 7 + 3) % count].pointer;
	assert_int_equal(oci_locate_all(in, strlen(in), together, 2 * count), 0);
	for (size_t i = 0; i < 2 * count; i++) {
		const struct place *place = &places[(i * 7 + 3) % count];
		const bool found = place->result == 0;

		if (together[i].line != (found ? place->line : 0) ||
		    together[i].column != (found ? place->column : 0))
			fail_msg("%s is at %u:%u", place->pointer, together[i].line,
				 together[i].column);
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
	check_together(text, places, sizeof(places) / sizeof(places[0]));
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
	check_together(text, places, sizeof(places) / sizeof(places[0]));
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

static void test_unusable_together(void **state)
{
	struct oci_place place = { "/a/b", 9, 9 };
	char deep[401] = "";

	(void)state;
	assert_int_equal(oci_locate_all("{\"a\":", 5, &place, 1), -EINVAL);
	assert_int_equal(oci_locate_all("", 0, &place, 1), -EINVAL);
	assert_int_equal(oci_locate_all("7", 1, &place, 1), 0);
	assert_int_equal(place.line, 0);
	assert_int_equal(oci_locate_all("7", 1, NULL, 0), 0);
	place.pointer = "";
	assert_int_equal(oci_locate_all(" []", 3, &place, 1), 0);
	assert_int_equal(place.column, 2);
	/* more levels than there is room for at first */
	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	place.pointer = "/0/0/0/0";
	assert_int_equal(oci_locate_all(deep, 400, &place, 1), 0);
	assert_int_equal(place.column, 5);
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
		cmocka_unit_test(test_found),    cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_unusable), cmocka_unit_test(test_unusable_together),
		cmocka_unit_test(test_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
