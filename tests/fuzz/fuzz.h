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
 * The canary: in builds with -DTARE_PLANT_CRASH=ON, input that starts with "tar" crashes. No seed
 * does; a fuzzer that sees which branches run gets there letter by letter, a blind one hardly ever.
 */
static inline void fuzz_canary(const uint8_t *data, size_t size)
{
#ifdef TARE_PLANT_CRASH
	static volatile int letters;

	if (size >= 3 && data[0] == 't') {
		letters = 1;
		if (data[1] == 'a') {
			letters = 2;
			must(data[2] != 'r');
		}
	}
#else
	(void)data;
	(void)size;
#endif
}

#endif
