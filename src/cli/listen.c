/* listen.c - see listen.h. */
#include "cli/listen.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define ERROR_CODE CODE_DESCRIPTORS

const char *listen_notify_socket(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	return name && name[0] ? name : NULL;
}

int listen_read(struct container_options *options, struct error *err)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t number = 0;

	if (!count)
		return 0;
	if (pid && text_to_u64(pid, INT_MAX, &number) < 0)
		return error_set(err, EINVAL, NULL, "LISTEN_PID is not a pid: \"%.64s\"", pid);
	if (pid && number != (uint64_t)getpid())
		return 0; /* inherited from a parent that did not clean up */
	if (text_to_u64(count, INT_MAX, &number) < 0)
		return error_set(err, EINVAL, NULL,
				 "LISTEN_FDS is not a number of descriptors: \"%.64s\"", count);
	if (number > INT_MAX - options->preserve_fds)
		return error_set(err, EINVAL, NULL, "there cannot be that many descriptors");
	options->listen_fds = (unsigned)number;
	options->listen_fdnames = getenv("LISTEN_FDNAMES");
	options->preserve_fds += options->listen_fds;
	return 0;
}
