/*
 * fuzz_locate.c - a JSON pointer, a newline, and any bytes as text: what is found lies inside the
 * text. And the pointer of each issue that reading the text gives leads back to where the issue is,
 * when it is about a value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ocispec/read.h"

static size_t count_lines(const char *text, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_pointer(const char *pointer, const char *text, size_t len)
{
	unsigned int line = 0, column = 0;
	int result = oci_locate(text, len, pointer, &line, &column);

	must(result == 0 || result == -ENOENT || result == -EINVAL);
	if (result == -EINVAL)
		return;
	must(line > 0 && line <= count_lines(text, len));
	must(column > 0 && column <= len);
}

/* Of the first value that is wrong: a key given twice has one pointer and two places. */
static void check_issue(const char *text, size_t len)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	unsigned int line, column;

	if (oci_config_read(&arena, text, len, &config, &issues) == -EINVAL && config &&
	    issues.count == 1 && strncmp(issues.first->message, "must be ", 8) == 0) {
		must(oci_locate(text, len, issues.first->pointer, &line, &column) == 0);
		must(line == issues.first->line && column == issues.first->column);
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = memchr(data, '\n', size);
	char *pointer;

	if (fuzz_canary(data, size) || !text)
		return 0;
	pointer = strndup((const char *)data, (size_t)(text - (const char *)data));
	must(pointer != NULL);
	text++;
	size -= (size_t)(text - (const char *)data);
	check_pointer(pointer, text, size);
	check_issue(text, size);
	free(pointer);
	return 0;
}
