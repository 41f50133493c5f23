/*
 * files.h - the host's files that a program refers to, opened once, before the clone.
 */
#ifndef TARE_CONTAINER_FILES_H
#define TARE_CONTAINER_FILES_H

#include "base/error.h"
#include "compile/program.h"
#include "host/host.h"

/*
 * Open the rootfs, the sources of binds, devices to bind, and namespaces that the helper joins,
 * and write the descriptors (owned, close-on-exec) into the steps. Trees are cloned here, outside,
 * if tare may; else the helper opens them by path in its own mount namespace, and here they are
 * only looked at, so that a missing one is told before anything is made.
 */
int files_open(struct program *program, const struct host_facts *facts,
	       struct error *err) MUST_CHECK;

/* Close what files_open() opened; after the clone the helper has its own. */
void files_close(struct program *program);

#endif
