/*
 * idmap.h - the id maps of a new user namespace (runtime-spec, config-linux.md "User namespace
 * mappings"; user_namespaces(7)).
 */
#ifndef TARE_CONTAINER_IDMAP_H
#define TARE_CONTAINER_IDMAP_H

#include "base/error.h"
#include "host/host.h"
#include "ocispec/config.h"

#include <sys/types.h>

/*
 * Write both maps of the process. tare does it itself if it may (CAP_SETUID and CAP_SETGID over
 * its namespace, or a map of its own id alone); otherwise newuidmap and newgidmap do, within
 * /etc/subuid and /etc/subgid.
 */
int idmap_write(pid_t pid, const struct host_facts *facts, const struct oci_id_mapping_list *uids,
		const struct oci_id_mapping_list *gids, struct error *err) MUST_CHECK;

/*
 * A user namespace that exists for its id maps alone, for mount_setattr(2): a descriptor of it,
 * owned by the caller.
 */
int idmap_namespace(const struct host_facts *facts, const struct oci_id_mapping_list *uids,
		    const struct oci_id_mapping_list *gids, struct error *err) MUST_CHECK;

#endif
