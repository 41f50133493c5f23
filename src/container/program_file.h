/*
 * program_file.h - why a program that is there could not be executed: what its file says.
 *
 * The kernel answers ENOENT for a missing interpreter, ENOEXEC for another architecture, EACCES for
 * noexec. After such a failure the file is looked at in the root filesystem.
 */
#ifndef TARE_CONTAINER_PROGRAM_FILE_H
#define TARE_CONTAINER_PROGRAM_FILE_H

#include "base/error.h"
#include "ocispec/config.h"

/*
 * Replace the hint of an error about the program by a more precise one, if its file gives a reason.
 * Other errors stay as they are. The rootfs is the host's path; mounts of the container are not
 * seen. NULL as rootfs or process: nothing is done.
 */
void program_file_explain(const char *rootfs, const struct oci_process *process, struct error *err);

#endif
