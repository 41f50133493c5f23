/*
 * describe.h - a step in words: the list of its arguments, each a name and a value, for whoever
 * writes it (`tare plan` as text and as JSON, the golden tests, the comparison of two plans).
 */
#ifndef TARE_COMPILE_DESCRIBE_H
#define TARE_COMPILE_DESCRIBE_H

#include "compile/program.h"
#include "ocispec/arena.h"

#include <stdio.h>

enum argument_form {
	ARGUMENT_TEXT,   /* anything: to be quoted */
	ARGUMENT_NUMBER, /* decimal */
	ARGUMENT_WORD,   /* harmless: flags, modes, "#7" for another step */
	ARGUMENT_LIST,   /* texts; NULL where an entry has none */
};

struct argument {
	const char *name;
	enum argument_form form;
	const char *text;         /* not of a list */
	const char *const *items; /* of a list */
	size_t count;
	const char *same; /* what it means, where `text` depends on the place in the program */
};

/* A list that grows: begin with {.arena}. Texts are borrowed. */
struct description {
	struct arena *arena;
	struct argument *items;
	size_t count;
	size_t room;
	bool failed; /* out of memory: the list is not complete */
};

void describe_text(struct description *d, const char *name, const char *text);
void describe_number(struct description *d, const char *name, int64_t number);
void describe_word(struct description *d, const char *name, const char *word);
void describe_list(struct description *d, const char *name, const char *const *items, size_t count);

/* "pid,network" for CLONE_NEW* flags, in the arena. */
const char *describe_namespaces(struct description *d, uint64_t flags);

/* All that is set in a step of the program. */
void describe_step(struct description *d, const struct program *program, const struct step *step);

/* The last argument says nothing about the effect: it does not count in a comparison. */
void describe_aside(struct description *d);

/* What a value is compared by. */
bool describe_same(const struct argument *a, const struct argument *b);

/* ` name="value"` for each; or the value of one. */
void describe_print(const struct description *d, FILE *out);
void describe_print_value(const struct argument *argument, FILE *out);

#endif
