/*
 * matching.h - kill --regex and delete --regex: one command for all containers of such names.
 */
#ifndef TARE_CLI_MATCHING_H
#define TARE_CLI_MATCHING_H

#include "cli/arguments.h"

typedef int matching_act(const struct container_name *name, void *data, struct error *err);

/*
 * Act on each container whose id matches the first operand, a POSIX extended regular expression.
 * None is no failure. All are tried; the first failure is what is told.
 */
int matching_each(const struct arguments *args, matching_act *act, void *data,
		  struct error *err) MUST_CHECK;

#endif
