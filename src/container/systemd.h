/*
 * systemd.h - the container's cgroup as a scope of systemd (--systemd-cgroup), through
 * tare-systemd.
 *
 * The cgroup is made where systemd will look for it and the container's process is cloned into it,
 * as without systemd; then the scope is started around the process, and only then limits are set:
 * systemd writes its own when it takes a cgroup over. The limits are given to it as properties,
 * too, as it writes them again whenever it is reloaded.
 */
#ifndef TARE_CONTAINER_SYSTEMD_H
#define TARE_CONTAINER_SYSTEMD_H

#include "base/error.h"
#include "base/log.h"
#include "host/host.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <sys/types.h>

/* Where the container's scope is. Texts are in the arena. */
struct systemd_scope {
	const char *id; /* of the container; this and the arena are given */
	struct arena *arena;
	const char *unit;  /* "tare-ID.scope" */
	const char *slice; /* "machine.slice" */
	const char *path;  /* of the cgroup: "/machine.slice/tare-ID.scope" */
	bool user;         /* of the user's own systemd */
};

/*
 * From linux.cgroupsPath, "SLICE:PREFIX:NAME" (absent: ":tare:ID"; an empty slice is system.slice,
 * or user.slice for a user). Touches nothing.
 */
int systemd_locate(struct systemd_scope *scope, const struct host_facts *facts,
		   const char *cgroups_path, struct error *err) MUST_CHECK;

/* Start the scope around the process of the record, with the limits and org.systemd.property.* of
 * the config. */
int systemd_start(const struct systemd_scope *scope, const struct oci_record *record,
		  const struct oci_config *config, struct error *err) MUST_CHECK;

/* The limits have changed. */
int systemd_update(const struct oci_record *record, const struct oci_resources *resources, bool v2,
		   struct arena *arena, struct error *err) MUST_CHECK;

/*
 * Let systemd forget it. A scope that has gone is fine, and one of that name that is another's is
 * left alone; what goes wrong is a warning.
 */
void systemd_stop(const struct oci_record *record, struct log *log);

#endif
