/*
 * test_cgroup_weight.c - cpu.shares to cpu.weight. The checksum is of all values from 0 to 262144
 * as ceil(pow(10, (l*l + 125*l) / 612 - 7/34)) gives them in double precision.
 */
#include "cgroup/weight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void known_values(void **state)
{
	static const uint64_t pairs[][2] = {
		{ 0, 1 },          { 1, 1 },          { 2, 1 },
		{ 3, 2 },          { 10, 4 },         { 100, 17 },
		{ 512, 59 },       { 1023, 100 },     { 1024, 100 },
		{ 1025, 101 },     { 2048, 174 },     { 100000, 4340 },
		{ 262144, 10000 }, { 262145, 10000 }, { UINT64_MAX, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(weight_from_shares(pairs[i][0]), pairs[i][1]);
}

static void every_value(void **state)
{
	uint64_t sum = 1469598103934665603ULL; /* FNV-1a over the weights */

	(void)state;
	for (uint64_t shares = 0; shares <= 262144; shares++) {
		sum ^= weight_from_shares(shares);
		sum *= 1099511628211ULL;
	}
	assert_true(sum == 0xdecb298cbb998f77ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(every_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
