/*
 * reader.h - what the files of the reader share: read.c (events), value.c (checking one value),
 * keys.c (repeated keys), issues.c (what was wrong).
 */
#ifndef OCISPEC_READER_H
#define OCISPEC_READER_H

#include <yajl/yajl_parse.h>

#include "ocispec/read.h"

struct key {
	const char *text; /* NULL: no key is pending */
	size_t len;
	size_t offset; /* of the key in the document */
};

/* Keys that no table knows, of all open objects; an inner object's lie behind the outer's. */
struct keys {
	struct key *items;
	size_t count;
	size_t size;
};

enum frame_kind { FRAME_OBJECT, FRAME_LIST, FRAME_MAP, FRAME_SKIP_OBJECT, FRAME_SKIP_LIST };

/* An open object or array of the document. */
struct frame {
	enum frame_kind kind;
	const struct oci_object *object; /* FRAME_OBJECT */
	/* What the next value is: NULL to skip it. In a list or map the same for all items. */
	const struct oci_property *property;
	unsigned char *target; /* the struct, or the struct oci_any_list of a list or map */
	size_t capacity;       /* items a list or map has room for */
	uint64_t seen;         /* properties met, by their place in the table */
	uint64_t nulls;        /* those of them that are null */
	struct key key;        /* pending in an object */
	size_t index;          /* of the next item in a list */
	size_t keys_base;      /* where its keys start in reader.keys */
	size_t offset;         /* of its bracket in the document */
};

struct reader {
	struct arena *arena;
	struct oci_text text;
	struct oci_issues *issues;
	yajl_handle handle;
	size_t token_start; /* of the current event's token */
	size_t token_end;
	bool finishing; /* yajl has all the text and closes: its positions count no more */
	bool stopped;   /* an issue after which reading on makes no sense */
	int error;      /* -ENOMEM */
	void *result;
	struct keys keys;
	struct oci_property root;
	unsigned int depth;                     /* of open objects and arrays */
	struct frame frames[OCI_DEPTH_MAX + 1]; /* the first stands for the document */
};

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_OBJECT, VALUE_LIST };

/* A value of the document. */
struct value {
	enum value_type type;
	bool boolean;
	const char *text; /* of a number or string, without a NUL behind it */
	size_t len;
};

static inline struct frame *reader_top(struct reader *r)
{
	return &r->frames[r->depth];
}

/* value.c: puts the value where the frame wants it, or says why it cannot be there. */
void value_take(struct reader *r, struct frame *frame, const struct value *value);
void value_mismatch(struct reader *r, const struct frame *frame, const struct value *value);
/* The memory of the frame's next value: the field, or a new item. NULL when there is none. */
void *value_place(struct reader *r, struct frame *frame);

/* keys.c */
void keys_push(struct reader *r, struct key key);
/* Reports the repeated ones among the keys of the top frame, and drops them all. */
void keys_close(struct reader *r);

/* issues.c: a new issue at the current pointer; NULL when there are enough of them. */
struct oci_issue *issues_add(struct reader *r, size_t offset);
#define ISSUES_QUOTE_SIZE (64 * 6 + 8)
/* The text in double quotes, escaped, cut at 64 characters. */
const char *issues_quote(const char *text, size_t len, char buffer[ISSUES_QUOTE_SIZE]);
/* Sorts, finds lines and columns. */
int issues_finish(struct reader *r);

#endif
