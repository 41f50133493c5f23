/*
 * lifehooks.h - when which hooks run, and what they are told (runtime-spec, runtime.md
 * "Lifecycle").
 */
#ifndef TARE_CONTAINER_LIFEHOOKS_H
#define TARE_CONTAINER_LIFEHOOKS_H

#include "container/create.h"

/* The state of the container as others are told it. */
struct oci_state lifehooks_state(const struct oci_record *record, enum oci_status status);

/* The memfds that hooks inside read as their state, put into the steps; filled by lifehooks_tell().
 */
int lifehooks_open(struct create *c) MUST_CHECK;
bool lifehooks_inside(const struct create *c);
void lifehooks_close(struct create *c);

/* Write the state into them, now that the pid is known (or has changed). */
int lifehooks_tell(struct create *c) MUST_CHECK;

/* prestart and createRuntime, while the helper waits before the change of root. */
int lifehooks_run_create(struct create *c) MUST_CHECK;

/* poststart: the program runs. Of a record, for `tare start`. */
int lifehooks_run_poststart(const struct oci_record *record, const struct oci_config *config,
			    struct error *err) MUST_CHECK;

/* poststop: the container is gone. Failures are warnings. */
void lifehooks_run_poststop(const struct oci_record *record, const struct oci_config *config,
			    struct log *log);

#endif
