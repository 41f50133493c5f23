/*
 * netlink.c - see netlink.h.
 *
 * Messages are built and read with the kernel's own macros: libnl's core would make the static
 * binary a fifth larger and its start slower (docs/design.md).
 */
#include "sys/netlink.h"

#include "base/fd.h"
#include "sys/vclone.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/if.h>
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

/* A request; the largest has two addresses of 16 bytes and three numbers. */
struct message {
	struct nlmsghdr header;
	char rest[256];
};

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
	const struct nlmsgerr *result = NLMSG_DATA(message);

	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (message->nlmsg_type == NLMSG_ERROR)
		return result->error < 0 ? result->error : 1;
	return answer->take ? answer->take(message, answer->to) : 0;
}

/* All messages of one datagram. */
static int take_all(char *buffer, size_t size, const struct answer *answer)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at + NLMSG_HDRLEN <= size;) {
		struct nlmsghdr *message = (void *)(buffer + at);

		if (message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > size - at)
			return -EBADMSG;
		rc = take_message(message, answer);
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	return rc;
}

static int receive(int socket, char *buffer, const struct answer *answer)
{
	int rc = 0;
	ssize_t n;

	while (rc == 0) {
		do
			n = recv(socket, buffer, ANSWER_SIZE, MSG_TRUNC);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
		if (n > ANSWER_SIZE)
			return -EMSGSIZE;
		rc = take_all(buffer, (size_t)n, answer);
	}
	return rc < 0 ? rc : 0;
}

/* Send it, and wait until the kernel has done it. */
static int ask(int socket, const struct message *message, const struct answer *answer)
{
	char *buffer = malloc(ANSWER_SIZE);
	ssize_t n;
	int rc = -ENOMEM;

	if (buffer) {
		n = send(socket, message, message->header.nlmsg_len, 0);
		rc = n < 0 ? -errno : receive(socket, buffer, answer);
	}
	free(buffer);
	return rc;
}

/* A request with its fixed part. */
static struct message request(int type, int flags, const void *fixed, size_t size)
{
	struct message message = { .header = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
					       .nlmsg_type = (uint16_t)type,
					       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) } };

	memcpy(NLMSG_DATA(&message), fixed, size);
	return message;
}

/* Padding is zero from the beginning. -EMSGSIZE: there is no room, and nothing was put. */
static int put(struct message *message, int type, const void *data, size_t size)
{
	const size_t at = NLMSG_ALIGN(message->header.nlmsg_len);
	const struct rtattr head = { .rta_len = (uint16_t)RTA_LENGTH(size),
				     .rta_type = (uint16_t)type };

	if (size > sizeof(message->rest) || at + RTA_SPACE(size) > sizeof(*message))
		return -EMSGSIZE;
	memcpy((char *)message + at, &head, sizeof(head));
	memcpy((char *)message + at + RTA_LENGTH(0), data, size);
	message->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH(size));
	return 0;
}

static int put_string(struct message *message, int type, const char *text)
{
	return put(message, type, text, strlen(text) + 1);
}

static int put_number(struct message *message, int type, uint32_t number)
{
	return put(message, type, &number, sizeof(number));
}

static int take_link(struct nlmsghdr *message, void *to)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
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
	struct message message = request(RTM_GETLINK, NLM_F_ACK, &fixed, sizeof(fixed));
	int rc = put_string(&message, IFLA_IFNAME, name);

	memset(out, 0, sizeof(*out));
	return rc < 0 ? rc : ask(socket, &message, &answer);
}

/* The attributes by type; those that are not there are NULL. */
static void find_attributes(const struct nlmsghdr *message, const struct rtattr **attributes)
{
	size_t at = NLMSG_SPACE(sizeof(struct ifaddrmsg));

	memset(attributes, 0, (IFA_MAX + 1) * sizeof(struct rtattr *));
	while (at + sizeof(struct rtattr) <= message->nlmsg_len) {
		const struct rtattr *a = (const void *)((const char *)message + at);

		if (a->rta_len < sizeof(*a) || a->rta_len > message->nlmsg_len - at)
			return;
		if (a->rta_type <= IFA_MAX)
			attributes[a->rta_type] = a;
		at += RTA_ALIGN(a->rta_len);
	}
}

/* `otherwise` if it is not there, or too short. */
static uint32_t number(const struct rtattr *attribute, uint32_t otherwise)
{
	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(otherwise))
		memcpy(&otherwise, RTA_DATA(attribute), sizeof(otherwise));
	return otherwise;
}

static void copy_address(struct netlink_address *out, uint8_t *to, const struct rtattr *attribute)
{
	if (attribute && RTA_PAYLOAD(attribute) >= out->size)
		memcpy(to, RTA_DATA(attribute), out->size);
}

static void read_address(const struct ifaddrmsg *fixed, const struct rtattr **attributes,
			 struct netlink_address *out)
{
	const struct rtattr *local = attributes[IFA_LOCAL], *remote = attributes[IFA_ADDRESS];
	const struct rtattr *broadcast = attributes[IFA_BROADCAST];

	*out = (struct netlink_address){ .family = fixed->ifa_family,
					 .prefix = fixed->ifa_prefixlen,
					 .size = fixed->ifa_family == AF_INET ? 4 : 16 };
	copy_address(out, out->local, local ? local : remote);
	copy_address(out, out->remote, remote ? remote : local);
	if (broadcast && out->size == 4) {
		copy_address(out, out->broadcast, broadcast);
		out->has_broadcast = true;
	}
	out->flags = number(attributes[IFA_FLAGS], 0) & KEPT_FLAGS;
	out->metric = number(attributes[IFA_RT_PRIORITY], 0);
}

static int take_address(struct nlmsghdr *message, void *to)
{
	const struct ifaddrmsg *fixed = NLMSG_DATA(message);
	struct netlink_device *device = to;
	const struct rtattr *attributes[IFA_MAX + 1];
	struct netlink_address *more;

	if (message->nlmsg_type != RTM_NEWADDR || (int)fixed->ifa_index != device->index ||
	    fixed->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6))
		return 0;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*fixed)))
		return -EBADMSG;
	find_attributes(message, attributes);
	if (!(number(attributes[IFA_FLAGS], fixed->ifa_flags) & IFA_F_PERMANENT))
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
	const struct message message = request(RTM_GETADDR, NLM_F_DUMP, &fixed, sizeof(fixed));

	return ask(socket, &message, &answer);
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
	struct message message = request(RTM_NEWLINK, NLM_F_ACK, &fixed, sizeof(fixed));
	int rc = put_number(&message, IFLA_NET_NS_FD, (uint32_t)ns);

	if (rc == 0)
		rc = put_string(&message, IFLA_IFNAME, name);
	return rc < 0 ? rc : ask(socket, &message, &answer);
}

int netlink_add_address(int socket, int index, const struct netlink_address *address)
{
	const struct ifaddrmsg fixed = { .ifa_family = address->family,
					 .ifa_prefixlen = address->prefix,
					 .ifa_scope = RT_SCOPE_UNIVERSE,
					 .ifa_index = (unsigned)index };
	const struct answer answer = { NULL, NULL };
	struct message message =
	    request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	int rc = put(&message, IFA_LOCAL, address->local, address->size);

	if (rc == 0)
		rc = put(&message, IFA_ADDRESS, address->remote, address->size);
	if (rc == 0 && address->has_broadcast)
		rc = put(&message, IFA_BROADCAST, address->broadcast, address->size);
	if (rc == 0 && address->flags)
		rc = put_number(&message, IFA_FLAGS, address->flags);
	if (rc == 0 && address->metric)
		rc = put_number(&message, IFA_RT_PRIORITY, address->metric);
	return rc < 0 ? rc : ask(socket, &message, &answer);
}

int netlink_set_up(int socket, int index)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC,
					 .ifi_index = index,
					 .ifi_flags = IFF_UP,
					 .ifi_change = IFF_UP };
	const struct answer answer = { NULL, NULL };
	const struct message message = request(RTM_NEWLINK, NLM_F_ACK, &fixed, sizeof(fixed));

	return ask(socket, &message, &answer);
}
