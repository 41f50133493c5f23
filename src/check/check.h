/*
 * check.h - the semantic rules of the runtime-spec, as one table over (spec, host facts).
 *
 * Everything that can be known to be wrong before anything is created. All violations are
 * reported, not only the first. Opens nothing, asks the kernel nothing: `facts` says it all (but
 * for one variable of crun, see check_seccomp_receiver()).
 */
#ifndef TARE_CHECK_CHECK_H
#define TARE_CHECK_CHECK_H

#include "base/problems.h"
#include "host/host.h"
#include "ocispec/config.h"

/*
 * Add every violation to `found` (its errors so far are those of the reader: a finding at a
 * pointer that problems_touch() is dropped, because the value there was not read).
 */
void check_spec(const struct oci_config *config, const struct host_facts *facts,
		struct problems *found);

/*
 * The socket of the agent that answers the calls of SCMP_ACT_NOTIFY: listenerPath, or crun's
 * annotation run.oci.seccomp.receiver, or RUN_OCI_SECCOMP_RECEIVER in the environment; NULL if
 * there is none. *pointer is where it is written (listenerPath for the environment).
 */
const char *check_seccomp_receiver(const struct oci_config *config, const char **pointer);

/* Whether a mount is a bind: by its type or by one of its options. */
bool check_is_bind(const struct oci_mount *mount);

/*
 * The rules by number from 0, for documentation and tests: the name, and in *section the page and
 * heading of the runtime-spec. NULL behind the last one.
 */
const char *check_rule(size_t number, const char **section);

#endif
