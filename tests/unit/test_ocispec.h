/* test_ocispec.h - what the tests of libocispec share: the reference config, which has everything.
 */
#ifndef TEST_OCISPEC_H
#define TEST_OCISPEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ocispec/read.h"
#include "ocispec/write.h"

/* tests/fuzz/corpus/config/<name>.json, until the next call. */
static inline struct oci_text test_corpus(const char *name)
{
	const char *root = getenv("TARE_SOURCE_DIR");
	static char text[64 * 1024];
	char path[4096];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/config/%s.json", root ? root : ".",
		       name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot open %s: is TARE_SOURCE_DIR right?", path);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_true(len > 0 && len < sizeof(text));
	return (struct oci_text){ text, len };
}

/* Reads; on failure `issues` tells. The text is copied to just its size, so that ASan guards its
 * end. */
static inline int read_config(struct arena *arena, const char *text, size_t len,
			      struct oci_config **config, struct oci_issues *issues)
{
	char *copy = malloc(len + !len);
	int result;

	assert_non_null(copy);
	memcpy(copy, text, len);
	result = oci_config_read(arena, copy, len, config, issues);
	free(copy);
	return result;
}

#endif
