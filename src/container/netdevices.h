/*
 * netdevices.h - /linux/netDevices: devices of our network namespace that the container gets.
 *
 * They go with their permanent global addresses, MTU and hardware address, and are up
 * (config-linux.md, "Network Devices"). At the end of the namespace the kernel destroys them or
 * takes them back: that is nobody's here.
 */
#ifndef TARE_CONTAINER_NETDEVICES_H
#define TARE_CONTAINER_NETDEVICES_H

#include "container/create.h"

int netdevices_move(struct create *c) MUST_CHECK;
bool netdevices_any(const struct create *c);

/* The undo, as long as the container has not been made: back where they were, as they were. */
void netdevices_return(struct create *c);

/* It has been made: they are its own from now on. */
int netdevices_leave(struct create *c) MUST_CHECK;

#endif
