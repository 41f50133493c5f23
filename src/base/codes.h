/*
 * codes.h - the stable names of everything that can go wrong, and what to say about each.
 *
 * Scripts match them (JSON: "code"), `tare explain` and docs/errors.md tell the rest. A code, once
 * released, keeps its name and its meaning. To add one: a row in codes_config.def or codes_run.def.
 */
#ifndef TARE_BASE_CODES_H
#define TARE_BASE_CODES_H

#include <stddef.h>

enum error_code {
	CODE_NONE, /* of a thing that is no error */
#define CODE(id, name, title, text, advice) CODE_##id,
#include "base/codes_config.def"
#include "base/codes_run.def"
#undef CODE
	CODE_COUNT
};

struct code {
	const char *name;   /* lower case, words joined by dashes */
	const char *title;  /* one line, without final stop */
	const char *text;   /* a paragraph: what it means */
	const char *advice; /* what to do */
};

/* The row of a code; of CODE_NONE all texts are "". */
const struct code *codes_at(enum error_code code);

/* The code of this name (and only this), or CODE_NONE. */
enum error_code codes_find(const char *name);

#endif
