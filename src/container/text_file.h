/*
 * text_file.h - a JSON file that a command was given.
 */
#ifndef TARE_CONTAINER_TEXT_FILE_H
#define TARE_CONTAINER_TEXT_FILE_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/read.h"

/*
 * All of the file, or of standard input for "-"; at most OCI_TEXT_MAX bytes, in the arena. `what`
 * is in it, for errors: "resources".
 */
int text_file_read(const char *path, const char *what, struct arena *arena, struct oci_text *out,
		   struct error *err) MUST_CHECK;

#endif
