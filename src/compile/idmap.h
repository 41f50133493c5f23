/*
 * idmap.h - idmapped mounts: mounts[].uidMappings and gidMappings, the options idmap and ridmap.
 */
#ifndef TARE_COMPILE_IDMAP_H
#define TARE_COMPILE_IDMAP_H

#include "compile/compile.h"
#include "compile/mount_options.h"

/*
 * If the ids of this mount are to be mapped, note it for the host, which makes the user namespace
 * with the mappings. `step` is its step_mount or step_bind.
 */
int idmap_note(struct compile *c, const struct oci_mount *mount,
	       const struct mount_options *options, struct step *step,
	       const char *pointer) MUST_CHECK;

#endif
