/*
 * write.h - structs to JSON text.
 *
 * Writes what is present, in the order of the tables. What is written reads back as the same.
 */
#ifndef OCISPEC_WRITE_H
#define OCISPEC_WRITE_H

#include "ocispec/arena.h"
#include "ocispec/read.h"
#include "ocispec/tables.h"

enum oci_style {
	OCI_COMPACT, /* one line, no spaces, no newline at the end */
	OCI_LINE,    /* the same, and a newline at the end */
	OCI_PRETTY,  /* indented with tabs, newline at the end */
};

/*
 * The object as text in the arena, with a NUL behind it. Returns 0, -ENOMEM, or -EILSEQ when a
 * string is not UTF-8, or -EINVAL when an enum has no such value.
 */
int oci_write(struct arena *arena, oci_type *type, const void *object, enum oci_style style,
	      struct oci_text *out);

#endif
