/*
 * explain.h - a failure inside the container, as a sentence.
 */
#ifndef TARE_CONTAINER_EXPLAIN_H
#define TARE_CONTAINER_EXPLAIN_H

#include "base/error.h"
#include "compile/program.h"
#include "ocispec/config.h"

/* What the helper reported about a step of this program. Always returns a negative errno. */
int explain_report(const struct program *program, const struct report *report, struct error *err);

/*
 * The same where there is no program to look the step up in: after `tare start`, whose few steps
 * are known by their kind, and by what the config says of them.
 */
int explain_start(const struct report *report, const struct oci_config *config, struct error *err);

/*
 * What a step acts on, "/dev/null" or "tmpfs on /dev/shm", into `out`; "" where its title says it
 * all.
 */
const char *explain_object(const struct program *program, const struct step *step, char *out,
			   size_t size);

/* The step at this offset, or NULL if there is none: the offset came from the helper. */
const struct step *explain_step(const struct program *program, uint32_t offset);

#endif
