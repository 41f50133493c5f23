/*
 * environment.h - the environment of the program, and its exec.
 *
 * Entries that can be filled in inside only (HOME, LISTEN_PID) belong to the steps that do so; the
 * environment points there.
 */
#ifndef TARE_COMPILE_ENVIRONMENT_H
#define TARE_COMPILE_ENVIRONMENT_H

#include "compile/compile.h"

struct environment {
	const struct step_home *home;     /* NULL: the config says it */
	const struct step_listen *listen; /* NULL: no sockets are passed on */
};

/* The value of a variable in the config's environment (the last one wins), or NULL. */
const char *environment_value(const struct oci_process *process, const char *name);

void environment_emit_home(struct compile *c, struct environment *environment);

/* Socket activation (sd_listen_fds(3)): LISTEN_PID has to be the program's own pid. */
void environment_emit_listen(struct compile *c, struct environment *environment);

void environment_emit_exec(struct compile *c, const struct environment *environment);

#endif
