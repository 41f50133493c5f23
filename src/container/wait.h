/*
 * wait.h - the end of a container that was found.
 */
#ifndef TARE_CONTAINER_WAIT_H
#define TARE_CONTAINER_WAIT_H

#include "container/found.h"

/* As container_wait(). Its pidfd must have been opened while it lived: -ESRCH without. */
int wait_found(const struct found *found, const struct container_name *name, int64_t timeout_ms,
	       int *exit_status, struct error *err) MUST_CHECK;

#endif
