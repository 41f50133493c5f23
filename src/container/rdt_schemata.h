/*
 * rdt_schemata.h - the lines for the file `schemata` of a resctrl group, "L3:0=ff;1=f0".
 */
#ifndef TARE_CONTAINER_RDT_SCHEMATA_H
#define TARE_CONTAINER_RDT_SCHEMATA_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

struct rdt_line {
	const char *text;
	const char *pointer; /* the property that it is from */
};

struct rdt_lines {
	struct rdt_line *items;
	size_t count;
};

/*
 * Those that the config asks for. A resource that `schemata` names counts from there, the line
 * "MB:" of memBwSchema before one in l3CacheSchema. -ENOMEM or 0.
 */
int rdt_schemata_read(const struct oci_intel_rdt *rdt, struct arena *arena,
		      struct rdt_lines *out) MUST_CHECK;

/* As one text for the file, which takes whole lines. NULL when out of memory. */
char *rdt_schemata_text(const struct rdt_lines *lines, struct arena *arena);

/* The first line that the text of a group's file does not say as well, or NULL. */
const struct rdt_line *rdt_schemata_difference(const struct rdt_lines *lines, const char *text);

#endif
