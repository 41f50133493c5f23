/*
 * process_file.h - the process that exec is to run: from a file, or from the container's own.
 */
#ifndef TARE_CONTAINER_PROCESS_FILE_H
#define TARE_CONTAINER_PROCESS_FILE_H

#include "container/bundle.h"
#include "container/lifecycle.h"

/*
 * *out lives in the bundle's arena. `base` is the process of the container's config, or NULL.
 * Mistakes in the file are added to bundle->problems, and -EINVAL is returned.
 */
int process_file_make(const struct container_exec *request, const struct oci_process *base,
		      struct bundle *bundle, struct oci_process **out,
		      struct error *err) MUST_CHECK;

#endif
