/*
 * systemd_properties.h - limits and annotations as properties of a systemd unit, in the form of
 * src/systemd/property.h.
 */
#ifndef TARE_CONTAINER_SYSTEMD_PROPERTIES_H
#define TARE_CONTAINER_SYSTEMD_PROPERTIES_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

enum { SYSTEMD_PROPERTIES_MAX = 512 };

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

/* Parts of systemd_properties_add(): block devices; keys of v2, by what systemd calls them. */
void systemd_properties_io(struct systemd_properties *list, const struct oci_block_io *io, bool v2);
void systemd_properties_unified(struct systemd_properties *list,
				const struct oci_string_map *unified);

/*
 * The device rules, for v1: a later reload of systemd writes what it has been told. Rules that
 * systemd cannot say are left out, so that it allows less then, and not more.
 */
int systemd_properties_devices(struct systemd_properties *list,
			       const struct oci_device_rule_list *config) MUST_CHECK;

/* One property, "NAME=KIND:VALUE"; and at the end, whether all could be added. */
void systemd_property(struct systemd_properties *list, const char *format, ...) PRINTF_LIKE(2, 3);
int systemd_properties_end(const struct systemd_properties *list) MUST_CHECK;

/* The annotations org.systemd.property.NAME; not those that run commands (Exec*). */
int systemd_properties_annotated(struct systemd_properties *list,
				 const struct oci_string_map *annotations) MUST_CHECK;

#endif
