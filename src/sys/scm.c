/* scm.c - see scm.h. */
#include "sys/scm.h"

#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Room for the most a peer can send, aligned for the header that stands in it. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * SCM_FDS_MAX)];
};

static void attach(struct msghdr *message, union control *control, const int *fds, size_t count)
{
	struct cmsghdr *header;

	if (count == 0)
		return;
	/* The padding is copied to the kernel as well: nothing undefined in it. */
	memset(control, 0, sizeof(*control));
	message->msg_control = control->bytes;
	message->msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int) * count);
	header = &control->align;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = (socklen_t)CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
}

int scm_send(int sock, const void *data, size_t size, const int *fds, size_t count)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t sent;

	if (size == 0 || count > SCM_FDS_MAX)
		return -EINVAL;
	attach(&message, &control, fds, count);
	do
		sent = sendmsg(sock, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

/* Keep what there is room for and close the rest; true if all could be kept. */
static bool keep_or_close(const struct cmsghdr *header, struct scm_fds *got)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool fits = true;

	for (size_t i = 0; i < count; i++) {
		owned_fd fd = FD_NONE;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
		if (got->count < got->room)
			got->fds[got->count++] = take_fd(&fd);
		else
			fits = false;
	}
	return fits;
}

static bool collect(struct msghdr *message, struct scm_fds *got)
{
	bool fits = true;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			fits = keep_or_close(header, got) && fits;
	}
	return fits && (message->msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0;
}

ssize_t scm_receive(int sock, void *data, size_t size, struct scm_fds *got)
{
	struct iovec part = { .iov_base = data, .iov_len = size };
	union control control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t length;

	got->count = 0;
	do
		length = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if (collect(&message, got))
		return length;
	while (got->count > 0)
		close_fd(&got->fds[--got->count]);
	return -EMSGSIZE;
}
