/* fuzz.h - what the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool condition)
{
	if (!condition)
		abort();
}

/*
 * The canary: in builds with -DTARE_PLANT_CRASH=ON, input that starts with "tare" crashes, and
 * nothing else is done, so that no branch of the target draws the fuzzer away. A fuzzer that sees
 * how often a loop runs gets there letter by letter, a blind one hardly ever. True in such a build.
 */
static inline bool fuzz_canary(const uint8_t *data, size_t size)
{
#ifdef TARE_PLANT_CRASH
	static volatile unsigned int letters;

	letters = 0;
	while (letters < size && data[letters] == (uint8_t) "tare"[letters])
		must(++letters < 4);
	return true;
#else
	(void)data;
	(void)size;
	return false;
#endif
}

#endif
