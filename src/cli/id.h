/*
 * id.h - which container a command is about.
 */
#ifndef TARE_CLI_ID_H
#define TARE_CLI_ID_H

#include "cli/arguments.h"
#include "container/id.h"
#include "container/lifecycle.h"

/* The container that the first operand names, once it is checked. */
int id_name(const struct arguments *args, struct container_name *name,
	    struct error *err) MUST_CHECK;

#endif
