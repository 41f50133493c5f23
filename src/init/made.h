/*
 * made.h - mount points that were made in a running container for mounts that it is to get: where
 * one of these fails, they go again.
 */
#ifndef TARE_INIT_MADE_H
#define TARE_INIT_MADE_H

#include "init/init.h"

/*
 * `name` was just made in the directory `parent`. Remembered only where mounts are made together or
 * not at all. -E2BIG, and it is removed, if there are too many of them to remember.
 */
int made_note(struct init *init, int parent, const char *name);

/* Remove them, the newest first: but what others have put in their places, or into them. */
void made_undo(struct init *init);

#endif
