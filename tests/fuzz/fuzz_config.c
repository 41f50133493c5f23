/*
 * fuzz_config.c - any bytes as config.json: never a crash, and what is accepted survives being
 * written and read again. With issues, each must be complete and inside the text.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "ocispec/read.h"
#include "ocispec/write.h"

static void check_issues(const struct oci_issues *issues, size_t size)
{
	size_t offset = 0;

	must(issues->count > 0);
	for (const struct oci_issue *issue = issues->first; issue; issue = issue->next) {
		must(issue->offset >= offset && issue->offset <= size);
		must(issue->line > 0 && issue->column > 0 && issue->message[0] != '\0');
		must(issue->pointer[0] == '\0' || issue->pointer[0] == '/');
		offset = issue->offset;
	}
}

static struct oci_text write_config(struct arena *arena, const struct oci_config *config,
				    enum oci_style style)
{
	struct oci_text text;

	must(oci_write(arena, oci_config_type, config, style, &text) == 0);
	return text;
}

static void check_round(struct arena *arena, const struct oci_config *config)
{
	struct oci_text first = write_config(arena, config, OCI_COMPACT), second;
	struct oci_text pretty = write_config(arena, config, OCI_PRETTY);
	struct oci_issues issues;
	struct oci_config *again;

	must(oci_config_read(arena, pretty.data, pretty.len, &again, &issues) == 0);
	second = write_config(arena, again, OCI_COMPACT);
	must(second.len == first.len && memcmp(first.data, second.data, first.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues;
	struct oci_config *config;
	int result;

	if (fuzz_canary(data, size))
		return 0;
	result = oci_config_read(&arena, (const char *)data, size, &config, &issues);
	must(result == 0 || result == -EINVAL);
	if (result == 0)
		check_round(&arena, config);
	else
		check_issues(&issues, size);
	arena_free(&arena);
	return 0;
}
