/* netlink.c - see netlink.h. Messages are built and read with libnl's core. */
#include "sys/netlink.h"

#include "base/fd.h"
#include "sys/vclone.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_SIZE = 64 * 1024 }; /* the kernel fills at most half of it with one message */

/* What a user may set with an address; the others are the kernel's own notes. */
#define KEPT_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE)

struct answer {
	int (*take)(struct nlmsghdr *message, void *to); /* NULL: only an acknowledgement */
	void *to;
};

int netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

struct visit {
	int ns;
	int fd; /* or a negative errno; written by the child, which shares our memory */
};

static __attribute__((noreturn)) void open_there(void *arg)
{
	struct visit *visit = arg;

	visit->fd = setns(visit->ns, CLONE_NEWNET) < 0 ? -errno : netlink_open();
	_exit(0);
}

/* A child enters and leaves us the socket: without privilege there is no way back for ourselves. */
int netlink_open_in(int ns)
{
	struct visit visit = { .ns = ns, .fd = FD_NONE };
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int pid = vclone(&args, open_there, &visit);

	if (pid < 0)
		return pid;
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return visit.fd;
}

/* 1: it was the last message. */
static int take_message(struct nlmsghdr *message, const struct answer *answer)
{
	const struct nlmsgerr *result = nlmsg_data(message);

	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (message->nlmsg_type == NLMSG_ERROR)
		return result->error < 0 ? result->error : 1;
	return answer->take ? answer->take(message, answer->to) : 0;
}

static int receive(int socket, char *buffer, const struct answer *answer)
{
	int rc = 0, left;
	ssize_t n;

	while (rc == 0) {
		do
			n = recv(socket, buffer, ANSWER_SIZE, MSG_TRUNC);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
		if (n > ANSWER_SIZE)
			return -EMSGSIZE;
		left = (int)n;
		for (struct nlmsghdr *m = (void *)buffer; rc == 0 && nlmsg_ok(m, left);
		     m = nlmsg_next(m, &left))
			rc = take_message(m, answer);
	}
	return rc < 0 ? rc : 0;
}

/* Send it, free it, and wait until the kernel has done it. */
static int ask(int socket, struct nl_msg *message, const struct answer *answer)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	char *buffer = malloc(ANSWER_SIZE);
	ssize_t n;
	int rc = -ENOMEM;

	if (buffer) {
		n = send(socket, header, header->nlmsg_len, 0);
		rc = n < 0 ? -errno : receive(socket, buffer, answer);
	}
	free(buffer);
	nlmsg_free(message);
	return rc;
}

/* A request with its fixed part; NULL: out of memory. */
static struct nl_msg *request(int type, int flags, const void *fixed, size_t size)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);
	void *at = message ? nlmsg_reserve(message, size, NLMSG_ALIGNTO) : NULL;

	if (at) {
		memcpy(at, fixed, size);
		return message;
	}
	nlmsg_free(message);
	return NULL;
}

static int take_link(struct nlmsghdr *message, void *to)
{
	const struct ifinfomsg *link = nlmsg_data(message);
	struct netlink_device *device = to;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	device->index = link->ifi_index;
	device->up = link->ifi_flags & IFF_UP;
	return 0;
}

int netlink_find(int socket, const char *name, struct netlink_device *out)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	const struct answer answer = { take_link, out };
	struct nl_msg *message = request(RTM_GETLINK, NLM_F_ACK, &fixed, sizeof(fixed));

	memset(out, 0, sizeof(*out));
	if (!message || nla_put_string(message, IFLA_IFNAME, name) < 0) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return ask(socket, message, &answer);
}

static void copy_address(struct netlink_address *out, uint8_t *to, struct nlattr *attribute)
{
	if (attribute && nla_len(attribute) >= out->size)
		memcpy(to, nla_data(attribute), out->size);
}

static void read_address(const struct ifaddrmsg *fixed, struct nlattr **attributes,
			 struct netlink_address *out)
{
	struct nlattr *local = attributes[IFA_LOCAL], *remote = attributes[IFA_ADDRESS];
	struct nlattr *broadcast = attributes[IFA_BROADCAST];

	*out = (struct netlink_address){ .family = fixed->ifa_family,
					 .prefix = fixed->ifa_prefixlen,
					 .size = fixed->ifa_family == AF_INET ? 4 : 16 };
	copy_address(out, out->local, local ? local : remote);
	copy_address(out, out->remote, remote ? remote : local);
	if (broadcast && out->size == 4) {
		copy_address(out, out->broadcast, broadcast);
		out->has_broadcast = true;
	}
	if (attributes[IFA_FLAGS])
		out->flags = nla_get_u32(attributes[IFA_FLAGS]) & KEPT_FLAGS;
	if (attributes[IFA_RT_PRIORITY])
		out->metric = nla_get_u32(attributes[IFA_RT_PRIORITY]);
}

static int take_address(struct nlmsghdr *message, void *to)
{
	const struct ifaddrmsg *fixed = nlmsg_data(message);
	struct netlink_device *device = to;
	struct nlattr *attributes[IFA_MAX + 1];
	struct netlink_address *more;
	uint32_t flags = fixed->ifa_flags;

	if (message->nlmsg_type != RTM_NEWADDR || (int)fixed->ifa_index != device->index ||
	    fixed->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6))
		return 0;
	if (nlmsg_parse(message, sizeof(*fixed), attributes, IFA_MAX, NULL) < 0)
		return -EBADMSG;
	if (attributes[IFA_FLAGS])
		flags = nla_get_u32(attributes[IFA_FLAGS]);
	if (!(flags & IFA_F_PERMANENT))
		return 0;
	more = reallocarray(device->addresses, device->address_count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	device->addresses = more;
	read_address(fixed, attributes, &more[device->address_count++]);
	return 0;
}

int netlink_read_addresses(int socket, struct netlink_device *device)
{
	const struct ifaddrmsg fixed = { .ifa_family = AF_UNSPEC };
	const struct answer answer = { take_address, device };
	struct nl_msg *message = request(RTM_GETADDR, NLM_F_DUMP, &fixed, sizeof(fixed));

	return message ? ask(socket, message, &answer) : -ENOMEM;
}

void netlink_free(struct netlink_device *device)
{
	free(device->addresses);
	device->addresses = NULL;
	device->address_count = 0;
}

int netlink_move(int socket, int index, int ns, const char *name)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const struct answer answer = { NULL, NULL };
	struct nl_msg *message = request(RTM_NEWLINK, NLM_F_ACK, &fixed, sizeof(fixed));

	if (!message || nla_put_u32(message, IFLA_NET_NS_FD, (uint32_t)ns) < 0 ||
	    nla_put_string(message, IFLA_IFNAME, name) < 0) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return ask(socket, message, &answer);
}

int netlink_add_address(int socket, int index, const struct netlink_address *address)
{
	const struct ifaddrmsg fixed = { .ifa_family = address->family,
					 .ifa_prefixlen = address->prefix,
					 .ifa_scope = RT_SCOPE_UNIVERSE,
					 .ifa_index = (unsigned)index };
	const struct answer answer = { NULL, NULL };
	struct nl_msg *message =
	    request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	int rc = message ? 0 : -1;

	if (rc == 0)
		rc = nla_put(message, IFA_LOCAL, address->size, address->local);
	if (rc == 0)
		rc = nla_put(message, IFA_ADDRESS, address->size, address->remote);
	if (rc == 0 && address->has_broadcast)
		rc = nla_put(message, IFA_BROADCAST, address->size, address->broadcast);
	if (rc == 0 && address->flags)
		rc = nla_put_u32(message, IFA_FLAGS, address->flags);
	if (rc == 0 && address->metric)
		rc = nla_put_u32(message, IFA_RT_PRIORITY, address->metric);
	if (rc == 0)
		return ask(socket, message, &answer);
	nlmsg_free(message);
	return -ENOMEM;
}

int netlink_set_up(int socket, int index)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC,
					 .ifi_index = index,
					 .ifi_flags = IFF_UP,
					 .ifi_change = IFF_UP };
	const struct answer answer = { NULL, NULL };
	struct nl_msg *message = request(RTM_NEWLINK, NLM_F_ACK, &fixed, sizeof(fixed));

	return message ? ask(socket, message, &answer) : -ENOMEM;
}
