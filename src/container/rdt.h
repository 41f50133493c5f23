/*
 * rdt.h - linux.intelRdt: the container's class of service and monitoring group in resctrl
 * (runtime-spec, config-linux.md "IntelRdt").
 *
 * A group is a directory that the kernel fills. What is made is in the journal before it is made,
 * and only that is removed again.
 */
#ifndef TARE_CONTAINER_RDT_H
#define TARE_CONTAINER_RDT_H

#include "container/create.h"

/* Rows of create. */
bool rdt_applies(const struct create *c);
int rdt_find(struct create *c) MUST_CHECK; /* where resctrl is mounted: an error if nowhere */
int rdt_make(struct create *c) MUST_CHECK;
void rdt_unmake(struct create *c);

/* The container's process, before it runs anything; of exec too. */
bool rdt_is_recorded(const struct create *c);
int rdt_enter(struct create *c) MUST_CHECK;

/*
 * The container is there: a class that the config names outlives it, though it was made for it (a
 * MUST of the specification). Before, it was ours to remove.
 */
int rdt_leave(struct create *c) MUST_CHECK;

/*
 * update: other schemata for the container's class. *before is what the file had, in the arena, to
 * be written back by rdt_write_back().
 */
int rdt_update(const struct oci_record *record, const struct oci_intel_rdt *wanted,
	       struct arena *arena, char **before, struct error *err) MUST_CHECK;
int rdt_write_back(const struct oci_record *record, const char *before) MUST_CHECK;

/* delete: what was made for this container. What others have processes in stays. */
int rdt_remove(const struct oci_record *record, struct log *log, struct error *err) MUST_CHECK;

#endif
