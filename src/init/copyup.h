/*
 * copyup.h - the option tmpcopyup: a new filesystem begins with what the image has at its place.
 */
#ifndef TARE_INIT_COPYUP_H
#define TARE_INIT_COPYUP_H

#include "init/init.h"

/*
 * Copy what is in the directory `from` into the root of the detached mount `mount`: directories,
 * files, links, fifos and devices, with owner, mode and extended attributes; what is mounted below
 * `from` is not copied. 0, or -errno with part and text set.
 */
int copyup_run(struct init *init, int from, int mount);

/* Give the root of `mount` of the directory `from` what the flags MOUNT_INHERIT_* say. */
int copyup_root(struct init *init, int from, int mount, uint64_t flags);

#endif
