/* restore.h - the rows of tare restore that are not create's. */
#ifndef TARE_CONTAINER_RESTORE_H
#define TARE_CONTAINER_RESTORE_H

#include "container/create.h"

/* Are there images, and somebody to read them? Makes nothing. */
int restore_check(struct create *c);

/* Let CRIU make the processes, in the container's cgroup. Fills c->foreground. */
int restore_run(struct create *c);

#endif
