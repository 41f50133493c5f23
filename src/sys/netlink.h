/*
 * netlink.h - network devices over rtnetlink: find, move to another namespace, give addresses.
 *
 * The namespace of a socket is that of the thread that made it, for ever. Functions return 0 or a
 * negative errno as the kernel answered.
 */
#ifndef TARE_SYS_NETLINK_H
#define TARE_SYS_NETLINK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A permanent address of global scope, with what makes it that. */
struct netlink_address {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t prefix;
	uint8_t size;       /* of what follows: 4 or 16 */
	uint8_t local[16];  /* IFA_LOCAL, or IFA_ADDRESS where there is no peer */
	uint8_t remote[16]; /* IFA_ADDRESS: the peer, or the same */
	uint8_t broadcast[4];
	bool has_broadcast;
	uint32_t flags; /* IFA_F_* that a user may set */
	uint32_t metric;
};

struct netlink_device {
	int index; /* in the namespace it was found in */
	bool up;
	struct netlink_address *addresses; /* malloc'ed */
	size_t address_count;
};

/* A socket in the current network namespace, or in that of a descriptor. */
int netlink_open(void) MUST_CHECK;
int netlink_open_in(int ns) MUST_CHECK;

/* -ENODEV: there is none of that name. Only index and up are filled in. */
int netlink_find(int socket, const char *name, struct netlink_device *out) MUST_CHECK;

/* Its permanent addresses of global scope; to be freed by netlink_free(). */
int netlink_read_addresses(int socket, struct netlink_device *device) MUST_CHECK;
void netlink_free(struct netlink_device *device);

/*
 * Into the namespace `ns`, under this name (or a pattern as "eth%d"). It is down then and without
 * addresses; MTU and hardware address stay. -EEXIST: the name is taken there.
 */
int netlink_move(int socket, int index, int ns, const char *name) MUST_CHECK;

int netlink_add_address(int socket, int index, const struct netlink_address *address) MUST_CHECK;
int netlink_set_up(int socket, int index) MUST_CHECK;

#endif
