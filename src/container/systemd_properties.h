/*
 * systemd_properties.h - limits and annotations as properties of a systemd unit, in the form of
 * src/systemd/property.h.
 */
#ifndef TARE_CONTAINER_SYSTEMD_PROPERTIES_H
#define TARE_CONTAINER_SYSTEMD_PROPERTIES_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

enum { SYSTEMD_PROPERTIES_MAX = 96 };

/* A list that grows: begin with {.arena, .out, .err}. `out` has SYSTEMD_PROPERTIES_MAX places. */
struct systemd_properties {
	struct arena *arena;
	char **out;
	int count;
	struct error *err;
	bool failed; /* out of memory or room */
};

/* What systemd knows of `resources` (may be NULL). 0 or -errno. */
int systemd_properties_add(struct systemd_properties *list, const struct oci_resources *resources,
			   bool v2) MUST_CHECK;

/* The annotations org.systemd.property.NAME; not those that run commands (Exec*). */
int systemd_properties_annotated(struct systemd_properties *list,
				 const struct oci_string_map *annotations) MUST_CHECK;

#endif
