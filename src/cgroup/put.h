/*
 * put.h - write one value into one file of the container's cgroup, and blame the property that
 * asked for it if the kernel refuses.
 */
#ifndef TARE_CGROUP_PUT_H
#define TARE_CGROUP_PUT_H

#include "base/error.h"
#include "base/log.h"
#include "cgroup/tree.h"
#include "cgroup/undo.h"

struct put;

/* Somebody who takes a value instead of the file (cgroup_plan()). */
struct put_sink {
	int (*take)(const struct put *to, const char *property, const char *file,
		    const char *value);
	const void *data;
};

/* Where the values of one section of the resources go. */
struct put {
	const struct tree *tree;
	struct log *log;
	struct error *err;
	struct undo *undo;           /* what is overwritten is noted there; or NULL */
	const struct put_sink *sink; /* NULL: the values are written */
};

/* `property` is the path below /linux/resources, such as "memory/limit". */
int put_text(const struct put *to, const char *property, const char *file,
	     const char *value) MUST_CHECK;
int put_format(const struct put *to, const char *property, const char *file, const char *format,
	       ...) PRINTF_LIKE(4, 5) MUST_CHECK;

/* A number that is not asked for if 0; -1 is "no limit", which v2 spells "max". */
int put_limit(const struct put *to, const char *property, const char *file,
	      int64_t value) MUST_CHECK;

/* Forget the failure of a put that the caller knows to be harmless. */
int put_forgive(const struct put *to);

/* Does this kernel have the file? */
bool put_has(const struct put *to, const char *file);

/* This property is tolerated (DESIGN.md, section 8), but does nothing here. */
void put_ignored(const struct put *to, const char *property, const char *why);

/* Describe a value of the config that cannot be right. Returns -EINVAL. */
int put_invalid(struct error *err, const char *property, const char *format, ...) PRINTF_LIKE(3, 4);

/* "/linux/resources/PROPERTY"; NULL becomes "/linux/resources". */
const char *put_pointer(const char *property, char buffer[512]);

/* A key of a map as a token of a JSON pointer: ~ and / are escaped. Cut if it does not fit. */
const char *put_escape(const char *key, char *buffer, size_t size);

#endif
