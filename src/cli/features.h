/*
 * features.h - what this version of tare can do (runtime-spec, features.md).
 */
#ifndef TARE_CLI_FEATURES_H
#define TARE_CLI_FEATURES_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

/*
 * Fill `out`, all of it in the arena. `last_capability` is the highest number that this kernel
 * knows (struct host_facts). 0 or -ENOMEM.
 */
int features_fill(unsigned last_capability, struct arena *arena,
		  struct oci_features *out) MUST_CHECK;

#endif
