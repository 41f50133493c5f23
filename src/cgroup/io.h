/*
 * io.h - the section blockIO: the controllers io (v2) and blkio (v1).
 */
#ifndef TARE_CGROUP_IO_H
#define TARE_CGROUP_IO_H

#include "cgroup/put.h"
#include "ocispec/config.h"

int io_apply(const struct put *to, const struct oci_block_io *io) MUST_CHECK;

/* Does the section ask for anything that this version can do? */
bool io_asked(const struct oci_block_io *io);

#endif
