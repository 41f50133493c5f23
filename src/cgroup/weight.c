/*
 * weight.c - see weight.h. In integers: libm would be linked for this one line, and its last bit
 * would decide whether 1024 becomes 100 or 101.
 */
#include "cgroup/weight.h"

enum { FRACTION = 44 };

__extension__ typedef unsigned __int128 wide;

/* log2 of 1 to 2^31 in fixed point: each squaring of the mantissa yields one more binary digit. */
static uint64_t log2_fixed(uint64_t value)
{
	unsigned whole = 63U - (unsigned)__builtin_clzll(value);
	uint64_t result = (uint64_t)whole << FRACTION;
	uint64_t mantissa = value << (62U - whole); /* 1.0 is 2^62 */

	for (unsigned bit = FRACTION; bit-- > 0;) {
		mantissa = (uint64_t)(((wide)mantissa * mantissa) >> 62);
		if (mantissa >> 63) {
			result |= 1ULL << bit;
			mantissa >>= 1;
		}
	}
	return result;
}

uint64_t weight_from_shares(uint64_t shares)
{
	const uint64_t one = 1ULL << FRACTION;
	uint64_t log2_shares, quadratic, low = 1, high = 10000;
	wide goal;

	if (shares <= 2)
		return low;
	if (shares >= 262144)
		return high;
	/*
	 * The smallest w with log10(w) >= (l^2 + 125 l - 126) / 612, that is
	 * log2(w) * 612 >= (l^2 + 125 l - 126) * log2(10). The slack makes exact powers of ten
	 * exact: far above the error of the digits, far below the distance of any other case.
	 */
	log2_shares = log2_fixed(shares);
	quadratic = (uint64_t)(((wide)log2_shares * log2_shares) >> FRACTION) + 125 * log2_shares -
		    126 * one;
	goal = (wide)quadratic * log2_fixed(10);
	goal -= goal > ((wide)one << 12) ? (wide)one << 12 : goal;
	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if ((((wide)log2_fixed(middle) * 612) << FRACTION) >= goal)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

unsigned weight_from_blkio(unsigned weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}
