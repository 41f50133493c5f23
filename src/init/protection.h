/*
 * protection.h - is a mount of a running container one that maskedPaths or readonlyPaths made?
 */
#ifndef TARE_INIT_PROTECTION_H
#define TARE_INIT_PROTECTION_H

#include "init/init.h"

/*
 * `mount` is the root of the mount on `target`. 0: it is none of them; else -EPERM with the part
 * set, or -EAGAIN: it is not on `target` any more.
 */
int protection_of(struct init *init, int mount, const char *target);

#endif
