/*
 * host.h - what this kernel and machine offer, as plain data.
 *
 * The compiler and the semantic rules are pure functions of (spec, these facts): tests fill the
 * struct by hand. host_read() asks the kernel.
 */
#ifndef TARE_HOST_HOST_H
#define TARE_HOST_HOST_H

#include "base/error.h"
#include "host/cgroups.h"

#include <stdint.h>

struct host_facts {
	unsigned kernel_major;
	unsigned kernel_minor;
	uint32_t euid; /* of tare, in its own user namespace */
	uint32_t egid;
	bool privileged; /* CAP_SYS_ADMIN over our mount namespace: trees can be cloned outside */
	bool in_user_namespace;   /* not the initial one */
	uint64_t capabilities;    /* bit n: capability n is in tare's own permitted set */
	unsigned last_capability; /* the highest number this kernel knows */
	bool apparmor;
	bool apparmor_confined; /* tare itself has a profile */
	bool selinux;
	struct host_cgroups cgroups;
};

/* May we write any id map ourselves (CAP_SETUID and CAP_SETGID), or only that of our own id? */
bool host_may_map_ids(const struct host_facts *facts);

/* Ask the kernel. Fails with a clear sentence below Linux 5.14. */
int host_read(struct host_facts *facts, struct error *err) MUST_CHECK;
void host_free(struct host_facts *facts);

#endif
