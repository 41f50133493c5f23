/*
 * no_resolver.c - the resolver that the static tare does not have.
 *
 * libnl-3 turns names into addresses and protocols, and back, where it parses and prints addresses;
 * tare speaks netlink in numbers and never asks it to. Linked statically these few calls bring
 * glibc's resolver and its loader of NSS modules along, 170 KB, which could not work without the
 * shared libraries of just that glibc (the linker warns of it). So they are answered here: no name
 * is known.
 */
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)found;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size,
		char *service, socklen_t service_size, int flags)
{
	(void)address;
	(void)size;
	(void)host;
	(void)host_size;
	(void)service;
	(void)service_size;
	(void)flags;
	return EAI_FAIL;
}

const char *gai_strerror(int code)
{
	(void)code;
	return "this program resolves no names";
}

struct protoent *getprotobyname(const char *name)
{
	(void)name;
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return NULL;
}
