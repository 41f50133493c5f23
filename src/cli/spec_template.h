/*
 * spec_template.h - the config.json that `tare spec` writes.
 */
#ifndef TARE_CLI_SPEC_TEMPLATE_H
#define TARE_CLI_SPEC_TEMPLATE_H

#include "base/error.h"

#include <sys/types.h>

struct spec_template_facts {
	bool cgroup2; /* /sys/fs/cgroup is cgroup v2: a cgroup namespace makes sense */
	bool rootless;
	uid_t uid; /* of the caller, to map 0 to when rootless */
	gid_t gid;
};

/* malloc'ed, or NULL when out of memory. */
char *spec_template_make(const struct spec_template_facts *facts);

#endif
