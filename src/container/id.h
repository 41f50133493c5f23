/*
 * id.h - what a container may be called.
 */
#ifndef TARE_CONTAINER_ID_H
#define TARE_CONTAINER_ID_H

#include "base/error.h"

#define ID_MAX 200 /* a directory, a cgroup and a socket are named after it, with additions */

/* Letters, digits and _ + . -, not beginning with '.', 1 to ID_MAX bytes. */
int id_check(const char *id, struct error *err) MUST_CHECK;

#endif
