/* netdevices.c - see netdevices.h. */
#include "container/netdevices.h"

#include "base/fd.h"
#include "base/text.h"
#include "cgroup/put.h"
#include "sys/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CODE CODE_NET_DEVICES

struct moved {
	struct netlink_device device;
	const char *name; /* in our namespace */
	int inside;       /* its index in the container, 0: it is not there */
};

struct create_netdevices {
	int ours; /* sockets, and the namespaces they are in */
	int theirs;
	int our_ns;
	int their_ns;
	struct moved *moved; /* one for each of the config, in its order */
	size_t count;
};

static const struct oci_net_device_map *devices(const struct create *c)
{
	static const struct oci_net_device_map none;
	const struct oci_linux *linux = c->bundle.config->linux;

	return linux ? &linux->net_devices : &none;
}

bool netdevices_any(const struct create *c)
{
	return devices(c)->count > 0;
}

static int open_all(struct create *c, struct create_netdevices *net)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)c->foreground.pid);
	net->our_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net->our_ns >= 0)
		net->their_ns = open(path, O_RDONLY | O_CLOEXEC);
	if (net->our_ns < 0 || net->their_ns < 0)
		return error_sys(c->err, errno, "open", "/linux/netDevices",
				 "cannot open the network namespaces");
	net->ours = netlink_open();
	if (net->ours < 0)
		return error_sys(c->err, -net->ours, "socket", "/linux/netDevices",
				 "cannot talk to the kernel about network devices");
	net->theirs = netlink_open_in(net->their_ns);
	return net->theirs < 0 ? error_sys(c->err, -net->theirs, "setns", "/linux/netDevices",
					   "cannot enter the network namespace of the container")
			       : 0;
}

static int fail(struct create *c, size_t index, int rc, const char *what)
{
	const struct oci_net_device_pair *pair = &devices(c)->items[index];
	char key[64], pointer[128];

	(void)snprintf(pointer, sizeof(pointer), "/linux/netDevices/%s",
		       put_escape(pair->key, key, sizeof(key)));
	rc = error_sys(c->err, -rc, "sendmsg", pointer, "cannot %s the network device %s", what,
		       pair->key);
	return rc;
}

static const char *name_inside(const struct oci_net_device_pair *pair)
{
	return pair->value.name && *pair->value.name ? pair->value.name : pair->key;
}

/* Which one it is there: the index may be taken, and a pattern become any name. */
static int find_inside(struct create_netdevices *net, struct moved *moved, const char *name)
{
	struct netlink_device found = { 0 };
	int rc = strchr(name, '%') ? -ENODEV : netlink_find(net->theirs, name, &found);

	moved->inside = rc == 0 ? found.index : moved->device.index;
	return strchr(name, '%') ? 0 : rc;
}

static int is_free(struct create *c, struct create_netdevices *net, size_t index, const char *name)
{
	struct netlink_device other = { 0 };
	int rc = strchr(name, '%') ? -ENODEV : netlink_find(net->theirs, name, &other);

	if (rc == -ENODEV)
		return 0;
	if (rc < 0)
		return fail(c, index, rc, "find room for");
	rc = fail(c, index, -EEXIST, "move");
	error_add_hint(c->err, "the container has a device %s: choose another \"name\"", name);
	return rc;
}

static int move_one(struct create *c, struct create_netdevices *net, size_t index)
{
	const struct oci_net_device_pair *pair = &devices(c)->items[index];
	const char *name = name_inside(pair);
	struct moved *moved = &net->moved[index];
	int rc = netlink_find(net->ours, pair->key, &moved->device);

	moved->name = pair->key;
	if (rc < 0)
		return fail(c, index, rc, "find");
	rc = netlink_read_addresses(net->ours, &moved->device);
	if (rc < 0)
		return fail(c, index, rc, "read the addresses of");
	rc = is_free(c, net, index, name);
	if (rc < 0)
		return rc;
	rc = netlink_move(net->ours, moved->device.index, net->their_ns, name);
	if (rc < 0)
		return fail(c, index, rc, "move");
	rc = find_inside(net, moved, name);
	for (size_t i = 0; rc == 0 && i < moved->device.address_count; i++)
		rc = netlink_add_address(net->theirs, moved->inside, &moved->device.addresses[i]);
	if (rc < 0)
		return fail(c, index, rc, "restore the addresses of");
	rc = netlink_set_up(net->theirs, moved->inside);
	return rc < 0 ? fail(c, index, rc, "set up") : 0;
}

int netdevices_move(struct create *c)
{
	const size_t count = devices(c)->count;
	struct create_netdevices *net = arena_alloc(&c->arena, sizeof(*net));
	int rc;

	if (!net)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot move network devices");
	*net = (struct create_netdevices){ FD_NONE, FD_NONE, FD_NONE, FD_NONE, NULL, 0 };
	c->netdevices = net;
	net->moved = arena_array(&c->arena, count, sizeof(*net->moved));
	if (!net->moved)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot move network devices");
	rc = open_all(c, net);
	while (rc == 0 && net->count < count)
		rc = move_one(c, net, net->count++);
	return rc;
}

static int return_one(struct create_netdevices *net, struct moved *moved)
{
	struct netlink_device found = { 0 };
	int rc = netlink_move(net->theirs, moved->inside, net->our_ns, moved->name);

	if (rc == 0)
		rc = netlink_find(net->ours, moved->name, &found);
	for (size_t i = 0; rc == 0 && i < moved->device.address_count; i++)
		rc = netlink_add_address(net->ours, found.index, &moved->device.addresses[i]);
	if (rc == 0 && moved->device.up)
		rc = netlink_set_up(net->ours, found.index);
	return rc;
}

static void forget(struct create *c)
{
	struct create_netdevices *net = c->netdevices;

	for (size_t i = 0; i < net->count; i++)
		netlink_free(&net->moved[i].device);
	close_fd(&net->ours);
	close_fd(&net->theirs);
	close_fd(&net->our_ns);
	close_fd(&net->their_ns);
	c->netdevices = NULL;
}

void netdevices_return(struct create *c)
{
	struct create_netdevices *net = c->netdevices;

	if (!net)
		return;
	for (size_t i = net->count; i-- > 0;) {
		struct moved *moved = &net->moved[i];

		if (moved->inside > 0 && return_one(net, moved) < 0)
			log_warn(&c->report->log, "/linux/netDevices",
				 "cannot bring the network device %s back", moved->name);
	}
	forget(c);
}

int netdevices_leave(struct create *c)
{
	forget(c);
	return 0;
}
