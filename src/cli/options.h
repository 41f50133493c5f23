/*
 * options.h - the one table of options. Parsing, --help and whatever else describes the command
 * line (man pages, completions) read it, so they cannot drift apart.
 */
#ifndef TARE_CLI_OPTIONS_H
#define TARE_CLI_OPTIONS_H

#include "cli/arguments.h"

enum option_kind {
	OPTION_FLAG,   /* a bool at `offset`; "=true" and "=false" are accepted */
	OPTION_CHOICE, /* the same for a struct choice */
	OPTION_TEXT,   /* a const char * at `offset`; empty means not given */
	OPTION_LIST,   /* one more of the struct oci_strings at `offset` */
	OPTION_NUMBER, /* an unsigned at `offset`, 0..OPTION_NUMBER_MAX */
	OPTION_CALL,   /* whatever `call` makes of the text */
};

#define OPTION_NUMBER_MAX 0x7fffffU /* enough for descriptors; no sum with it overflows an int */

struct option {
	const char *commands; /* names of the commands it belongs to, or NULL: global */
	const char *name;     /* without dashes */
	const char *letters;  /* each of them means it, too */
	const char *argument; /* what help calls the value, NULL for a flag */
	const char *help;     /* a phrase that fits on one line */
	enum option_kind kind;
	size_t offset; /* in struct arguments */
	int (*call)(struct arguments *args, const char *value, struct error *err);
};

/* All rows, in the order in which help lists them. */
const struct option *options_table(size_t *count);

/* Does it belong to the command? NULL asks whether it is global. */
bool options_applies(const struct option *option, const char *command);

/*
 * The row for this name (of `len` bytes) or letter, of the command first, else global. `command`
 * is NULL as long as none has been seen. NULL if there is none.
 */
const struct option *options_find(const char *command, const char *name, size_t len);
const struct option *options_find_letter(const char *command, char letter);

/* Store the value (NULL only for a flag given bare, which is one without `argument`). */
int options_apply(const struct option *option, struct arguments *args, const char *value,
		  struct error *err) MUST_CHECK;

#endif
