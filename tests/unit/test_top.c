/*
 * test_top.c - tare top: from counters to rows, and the rows as a table and as JSON.
 */
#include "cli/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct stats_io bytes[] = {
	{ .op = (char *)"Read", .value = 4096 },
	{ .op = (char *)"Write", .value = 100 },
	{ .op = (char *)"Read", .value = 1024 },
	{ .op = (char *)"Discard", .value = 7 },
};

static struct stats some_stats(void)
{
	struct stats s = { 0 };

	s.cpu.total = 2500000000;
	s.cpu.psi.present = true;
	s.cpu.psi.some.avg10 = 1.5;
	s.memory.memory.usage = 3 * 1024 * 1024;
	s.memory.memory.limit = 12 * 1024 * 1024;
	s.pids.current = 3;
	s.pids.limit = 64;
	s.io.bytes.items = bytes;
	s.io.bytes.count = 4;
	return s;
}

static void test_first_look(void **state)
{
	const struct stats stats = some_stats();
	struct top_row row = { .at = 10 };

	(void)state;
	top_fill(&row, &stats, NULL);
	assert_true(row.cpu < 0);
	assert_int_equal(row.cpu_ns, 2500000000);
	assert_int_equal(row.memory, 3 * 1024 * 1024);
	assert_int_equal(row.memory_limit, 12 * 1024 * 1024);
	assert_int_equal(row.pids, 3);
	assert_int_equal(row.pids_limit, 64);
	assert_int_equal(row.read, 5120);
	assert_int_equal(row.written, 100);
	assert_true(row.pressure[0] == 1.5);
	assert_true(row.pressure[1] < 0 && row.pressure[2] < 0);
}

static void test_processor_time_between_looks(void **state)
{
	const struct stats stats = some_stats();
	const struct top_row before = { .cpu_ns = 2000000000, .at = 1000000000 };
	const struct top_row later = { .cpu_ns = 9000000000, .at = 1000000000 };
	struct top_row row = { .at = 2000000000 };

	(void)state;
	top_fill(&row, &stats, &before);
	assert_true(row.cpu == 50.0);
	/* another container of that id: its counter began anew */
	top_fill(&row, &stats, &later);
	assert_true(row.cpu < 0);
	/* no time has passed */
	row.at = before.at;
	top_fill(&row, &stats, &before);
	assert_true(row.cpu < 0);
}

static void test_find(void **state)
{
	struct top_row rows[] = { { .id = (char *)"a" }, { .id = (char *)"ab" } };
	const struct top_table table = { rows, 2 };

	(void)state;
	assert_ptr_equal(top_find(&table, "ab"), &rows[1]);
	assert_null(top_find(&table, "b"));
	assert_null(top_find(&(struct top_table){ 0 }, "a"));
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1.0K" },
		{ 1024 * 1024 - 1, "1.0M" },
		{ 12 * 1024 * 1024, "12.0M" },
		{ 1023999, "1.0M" },
		{ 1023000, "999.0K" },
		{ UINT64_MAX, "16.0E" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[16];

		top_size(cases[i].bytes, text);
		assert_string_equal(text, cases[i].text);
		assert_true(strlen(text) <= 6);
	}
}

static char *write_with(void (*write)(FILE *, const struct top_table *),
			const struct top_table *table)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	write(to, table);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* One with everything, and one of which nothing but its existence is known. */
static struct top_row rows[2];

static const struct top_table *two_rows(void)
{
	static const struct top_table table = { rows, 2 };

	rows[0] = (struct top_row){
		.id = (char *)"web",
		.status = OCI_STATUS_RUNNING,
		.cpu = 12.34,
		.cpu_ns = 5,
		.memory = 3 * 1024 * 1024,
		.memory_limit = 12 * 1024 * 1024,
		.pids = 3,
		.pids_limit = 64,
		.read = 2048,
		.written = 10,
		.pressure = { 0, 1.5, -1 },
	};
	rows[1] = (struct top_row){
		.id = (char *)"an-id-that-is-longer-than-the-column",
		.status = OCI_STATUS_PAUSED,
		.cpu = -1,
		.memory_limit = 0x7ffffffffffff000, /* v1's "no limit" */
		.pids_limit = UINT64_MAX,
		.pressure = { -1, -1, -1 },
	};
	return &table;
}

static void test_table(void **state)
{
	char *text = write_with(top_write_text, two_rows());

	(void)state;
	assert_string_equal(
	    text,
	    "ID                       STATUS     CPU%   MEMORY    LIMIT   MEM%   PIDS  LIMIT    "
	    "READ   WRITE  PCPU  PMEM   PIO\n"
	    "web                      running    12.3     3.0M    12.0M   25.0      3     64    "
	    "2.0K      10   0.0   1.5     -\n"
	    "an-id-that-is-longer-tha paused        -        0        -      -      0      -      "
	    " 0       0     -     -     -\n");
	free(text);
	text = write_with(top_write_text, &(struct top_table){ 0 });
	assert_non_null(strchr(text, '\n'));
	assert_string_equal(strchr(text, '\n'), "\n"); /* the header alone */
	free(text);
}

static void test_json(void **state)
{
	char *text = write_with(top_write_json, two_rows());

	(void)state;
	assert_string_equal(
	    text, "[{\"id\":\"web\",\"status\":\"running\",\"cpuPercent\":12.34,\"cpuTime\":5,"
		  "\"memory\":{\"usage\":3145728,\"limit\":12582912},"
		  "\"pids\":{\"current\":3,\"limit\":64},\"io\":{\"read\":2048,\"written\":10},"
		  "\"pressure\":{\"cpu\":0.00,\"memory\":1.50}},"
		  "{\"id\":\"an-id-that-is-longer-than-the-column\",\"status\":\"paused\","
		  "\"cpuTime\":0,\"memory\":{\"usage\":0},\"pids\":{\"current\":0},"
		  "\"io\":{\"read\":0,\"written\":0},\"pressure\":{}}]\n");
	free(text);
	text = write_with(top_write_json, &(struct top_table){ 0 });
	assert_string_equal(text, "[]\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_look),
		cmocka_unit_test(test_processor_time_between_looks),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
