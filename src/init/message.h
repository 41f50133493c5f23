/*
 * message.h - messages with a descriptor over a unix socket, laid out as the kernel wants them:
 * libc's struct msghdr and cmsghdr are not for us.
 */
#ifndef TARE_INIT_MESSAGE_H
#define TARE_INIT_MESSAGE_H

#include "init/sys.h"

struct io_vector {
	void *base;
	size_t size;
};

struct message {
	void *name;
	uint32_t name_size;
	struct io_vector *vectors;
	size_t vector_count;
	void *control;
	size_t control_size;
	uint32_t flags;
};

/* A control message with one descriptor. */
struct control_fd {
	size_t size;
	int level;
	int type;
	int fd;
	int padding;
};

enum {
	MESSAGE_SOCKET = 1,                 /* SOL_SOCKET */
	MESSAGE_RIGHTS = 1,                 /* SCM_RIGHTS */
	MESSAGE_NO_SIGNAL = 0x4000,         /* MSG_NOSIGNAL */
	MESSAGE_CLOSE_ON_EXEC = 0x40000000, /* MSG_CMSG_CLOEXEC */
};

#endif
