/*
 * id.h - what a container may be called.
 */
#ifndef TARE_CLI_ID_H
#define TARE_CLI_ID_H

#include "cli/arguments.h"
#include "container/lifecycle.h"

#define ID_MAX 200 /* a directory, a cgroup and a socket are named after it, with additions */

/* Letters, digits and _ + . -, not beginning with '.', 1 to ID_MAX bytes. */
int id_check(const char *id, struct error *err) MUST_CHECK;

/* The container that the first operand names, once it is checked. */
int id_name(const struct arguments *args, struct container_name *name,
	    struct error *err) MUST_CHECK;

#endif
