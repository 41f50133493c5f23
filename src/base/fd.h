/*
 * fd.h - ownership of file descriptors.
 *
 * An invalid descriptor is -EBADF, so that it can double as an error code. A parameter `int fd`
 * borrows; a field or variable marked owned_fd closes itself; take_fd() moves.
 */
#ifndef TARE_BASE_FD_H
#define TARE_BASE_FD_H

#include <errno.h>
#include <unistd.h>

#define FD_NONE (-EBADF)

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = FD_NONE;
	return taken;
}

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing can be done about EIO here; writers check before */
	*fd = FD_NONE;
}

#define owned_fd __attribute__((cleanup(close_fd))) int

#endif
