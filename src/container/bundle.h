/*
 * bundle.h - a bundle's config.json: found, read, checked.
 */
#ifndef TARE_CONTAINER_BUNDLE_H
#define TARE_CONTAINER_BUNDLE_H

#include "base/error.h"
#include "base/problems.h"
#include "host/host.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"
#include "ocispec/read.h"

struct bundle {
	struct arena *arena;       /* to be set before loading: where all of this lives */
	struct problems *problems; /* to be set before loading: what is wrong with the content */
	char *path;                /* absolute, without symlinks; in the arena */
	const char *name;          /* of the config file, "config.json" */
	bool apart;                /* to be set before loading: `name` is a path of its own */
	char *text;                /* of the config, in the arena; not NUL-terminated */
	size_t len;
	unsigned lines_before; /* lines of `text` that are not in the file */
	struct oci_config *config;
};

/*
 * Find and read the file: a regular one of at most 16 MiB. What is wrong with its content is added
 * to `problems`; then the config may be NULL or have properties missing, and -EINVAL is returned
 * only by bundle_check().
 */
int bundle_load(struct bundle *bundle, const char *path, const char *name,
		struct error *err) MUST_CHECK;

/* Apply the semantic rules, and fail with a summary if there is any mistake at all. */
int bundle_check(const struct bundle *bundle, const struct host_facts *facts,
		 struct error *err) MUST_CHECK;

/* Add what the reader found to bundle->problems; `is_json`: it got to the end of the text. */
void bundle_add_issues(const struct bundle *bundle, const struct oci_issues *issues, bool is_json);

/* Fail with a summary of bundle->problems, each located in the text. */
int bundle_refuse(const struct bundle *bundle, struct error *err);

/* Complete an error that has a pointer: file, line and column in this bundle's config. */
/* Give every problem its line and column. */
void bundle_locate_all(const struct bundle *bundle);
void bundle_locate(const struct bundle *bundle, struct error *err);

#endif
