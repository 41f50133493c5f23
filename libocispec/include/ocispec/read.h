/*
 * read.h - JSON text to structs, strictly.
 *
 * One pass over the text. What the text has wrong against the schema (types, ranges, enum values,
 * patterns, missing and repeated properties) is collected, all of it; text that is not JSON stops
 * the reading. Unknown properties are ignored, but still have to be JSON without repeated keys.
 * `null` is an absent value. Text of more than OCI_TEXT_MAX bytes or OCI_DEPTH_MAX levels is
 * refused.
 */
#ifndef OCISPEC_READ_H
#define OCISPEC_READ_H

#include "ocispec/arena.h"
#include "ocispec/config.h"
#include "ocispec/tables.h"

#define OCI_TEXT_MAX   ((size_t)16 * 1024 * 1024)
#define OCI_DEPTH_MAX  64
#define OCI_ISSUES_MAX 1000 /* those beyond are counted, not kept */

/* Something wrong with the text. Strings live in the arena. */
struct oci_issue {
	struct oci_issue *next;
	char *pointer;       /* RFC 6901; may hold any character, so escape it before printing */
	char *message;       /* continues the pointer: "must be ..."; printable */
	char *hint;          /* what to do, or NULL; printable */
	size_t offset;       /* in bytes, from 0 */
	unsigned int line;   /* from 1 */
	unsigned int column; /* in bytes, from 1 */
};

/* In the order of the text. */
struct oci_issues {
	struct oci_issue *first;
	struct oci_issue *last;
	size_t count; /* also those that are not in the list */
};

struct oci_text {
	const char *data;
	size_t len;
};

/*
 * Reads one object. Returns 0, -EINVAL when there are issues, or -ENOMEM. *out is NULL when the
 * text is not JSON (or memory ran out); after other issues it is set and what was wrong is absent
 * in it. Everything read is in the arena; the text is not needed afterwards.
 */
int oci_read(struct arena *arena, oci_type *type, struct oci_text text, void **out,
	     struct oci_issues *issues);

int oci_config_read(struct arena *arena, const char *text, size_t len, struct oci_config **out,
		    struct oci_issues *issues);
int oci_process_read(struct arena *arena, const char *text, size_t len, struct oci_process **out,
		     struct oci_issues *issues);
int oci_resources_read(struct arena *arena, const char *text, size_t len,
		       struct oci_resources **out, struct oci_issues *issues);
int oci_state_read(struct arena *arena, const char *text, size_t len, struct oci_state **out,
		   struct oci_issues *issues);
int oci_features_read(struct arena *arena, const char *text, size_t len, struct oci_features **out,
		      struct oci_issues *issues);

/*
 * Where the value of a JSON pointer starts, for an error found after reading. Returns 0; -ENOENT
 * when the text has no such value, with the place of its nearest ancestor that there is; -EINVAL
 * when the text is not JSON or the pointer not a pointer.
 */
int oci_locate(const char *text, size_t len, const char *pointer, unsigned int *line,
	       unsigned int *column);

/*
 * The same for many pointers in one reading; the same one may be among them more than once. `line`
 * is 0 of those that the text has no value for. 0, -EINVAL for a text that is not JSON, -ENOMEM.
 */
struct oci_place {
	const char *pointer;
	unsigned int line, column;
};
int oci_locate_all(const char *text, size_t len, struct oci_place *places, size_t count);

/* Line and column, both from 1, of a byte of the text. */
void oci_position(struct oci_text text, size_t offset, unsigned int *line, unsigned int *column);

#endif
