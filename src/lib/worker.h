/*
 * worker.h - work in a child process that is what the program tare would be.
 *
 * A container's process becomes a child of whoever makes it, inherits its descriptors, and wants
 * umask, signals and limits set for a moment: none of that is the business of a library's caller.
 */
#ifndef TARE_LIB_WORKER_H
#define TARE_LIB_WORKER_H

#include "lib/lib.h"
#include "sys/fence.h"

/* What the work is given: a fence around the caller's descriptors, and where warnings go. */
struct worker_place {
	struct fence fence;
	struct container_report report;
	struct error err;
	int exit_status;
};

struct worker {
	int (*work)(const void *request, struct worker_place *place);
	const void *request;
	const char *config; /* file name of the config, for notices */
	unsigned preserve_fds;
	const int *stdio; /* three descriptors or NULL */
	tare_notice_fn *notice;
	void *data;
};

/* Do it. What the work returned, or -errno if it could not be done; `err` may be NULL. */
int worker_run(const struct worker *worker, int *exit_status, struct tare_error *to) MUST_CHECK;

#endif
