/*
 * files.h - making files in the container, for steps of other kinds.
 */
#ifndef TARE_INIT_FILES_H
#define TARE_INIT_FILES_H

#include "init/init.h"

/*
 * A symbolic link at `target` (parents are made). One with this content is fine; anything else
 * that is there is replaced, or (not `replace`) an error.
 */
int files_make_link(struct init *init, const char *target, const char *content, bool replace);

/* Is it the null device? */
bool files_is_null(int fd);

#endif
