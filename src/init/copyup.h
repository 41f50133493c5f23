/*
 * copyup.h - the option tmpcopyup: a new filesystem begins with what the image has at its place.
 */
#ifndef TARE_INIT_COPYUP_H
#define TARE_INIT_COPYUP_H

#include "init/init.h"

/*
 * Copy the directory `from` into the root of the detached mount `mount`: directories, files, links
 * and fifos, with mode and owner; what is mounted below `from` is not copied. 0, or -errno with
 * part and text set.
 */
int copyup_run(struct init *init, int from, int mount);

/* Give the root of `mount` the mode of the directory `from`. */
int copyup_mode(struct init *init, int from, int mount);

#endif
