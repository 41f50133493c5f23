/*
 * scm.h - pass file descriptors over a unix socket (SCM_RIGHTS), stream or seqpacket.
 *
 * Thin wrappers: the caller knows who is at the other end and describes the failure.
 */
#ifndef TARE_SYS_SCM_H
#define TARE_SYS_SCM_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

enum { SCM_FDS_MAX = 253 }; /* the kernel's own limit for one message (SCM_MAX_FD) */

/* What may be received, and what was. */
struct scm_fds {
	int *fds;     /* filled with owned, close-on-exec descriptors */
	size_t room;  /* how many are acceptable, at most SCM_FDS_MAX */
	size_t count; /* how many came; 0 after a failure */
};

/*
 * Send the payload with the descriptors attached to its first byte. The payload may not be empty
 * (a stream cannot carry descriptors alone) nor longer than what the socket takes at once, a few
 * KiB. No SIGPIPE. 0, or -errno: -EPIPE, -EAGAIN on a non-blocking socket, -EMSGSIZE.
 */
int scm_send(int sock, const void *data, size_t size, const int *fds, size_t count) MUST_CHECK;

/*
 * Receive one message (of a stream: up to `size` bytes). Returns its length, 0 at end-of-file, or
 * -errno: -EMSGSIZE if the payload or the descriptors did not fit, or the table of descriptors is
 * full. Nothing stays open after a failure.
 */
ssize_t scm_receive(int sock, void *data, size_t size, struct scm_fds *got) MUST_CHECK;

#endif
