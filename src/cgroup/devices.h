/*
 * devices.h - which devices the container may open and make: the rules as one list, enforced by a
 * program on v2 (device_filter.h) or by the files of the controller on v1 (device_files.h).
 *
 * The list starts from "deny everything", whatever the config says (GHSA-g54h-m393-cpwq). A rule
 * of the config that is about every device and every access starts the list anew. What denies
 * everything is followed by the default devices, without which no container works: making any
 * node, and using null, zero, full, random, urandom, tty, ptmx, pseudo terminals and tun. The
 * other rules of the config come last, in their order, so that they win over the defaults: for
 * each of read, write and mknod the last rule that is about the device decides. (runc puts the
 * defaults last, where no config can take them back.)
 */
#ifndef TARE_CGROUP_DEVICES_H
#define TARE_CGROUP_DEVICES_H

#include "base/error.h"
#include "cgroup/put.h"
#include "ocispec/config.h"

#include <linux/bpf.h> /* the names of types and accesses */
#include <stdint.h>

enum { DEVICES_ANY = -1 };

struct devices_rule {
	bool allow;
	char type;      /* 'b' or 'c' */
	uint8_t access; /* BPF_DEVCG_ACC_* */
	int64_t major;  /* or DEVICES_ANY */
	int64_t minor;
	size_t index; /* in the config, or SIZE_MAX: one of the defaults */
};

struct devices_list {
	bool allow; /* what no rule is about */
	size_t count;
	struct devices_rule *rules; /* freed by devices_free() */
};

int devices_build(const struct oci_device_rule_list *config, struct devices_list *out,
		  struct error *err) MUST_CHECK;
void devices_free(struct devices_list *list);

/*
 * Enforce the rules on the v2 cgroup (by a program) or in the v1 hierarchy (by its files). Where
 * tare itself is unprivileged (in a user namespace, or not root) and the kernel answers EPERM,
 * the container runs without: it can make no device nodes there and has its user's rights on
 * those that exist. That is a warning if the config has rules, and goes without saying if not.
 */
int devices_apply(const struct put *to, const struct oci_device_rule_list *config) MUST_CHECK;

/* In a user namespace, or not root. */
bool devices_unprivileged(void);

#endif
