/* text_file.c - see text_file.h. */
#include "container/text_file.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_UPDATE

static int read_all(int fd, char *text, size_t room)
{
	size_t used = 0;
	ssize_t n;

	while (used < room && (n = read(fd, text + used, room - used)) != 0) {
		if (n < 0)
			return -errno;
		used += (size_t)n;
	}
	return (int)used;
}

int text_file_read(const char *path, const char *what, struct arena *arena, struct oci_text *out,
		   struct error *err)
{
	const bool input = strcmp(path, "-") == 0;
	const size_t room = OCI_TEXT_MAX + 1;
	owned_fd fd = input ? fcntl(0, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(arena, room);
	int rc = fd < 0 ? -errno : text ? read_all(fd, text, room) : -ENOMEM;

	if (rc < 0)
		return error_sys(err, -rc, "read", NULL, "cannot read the %s from %s", what,
				 input ? "standard input" : path);
	if (rc == (int)room)
		return error_set(err, E2BIG, NULL, "the %s are larger than %zu bytes", what,
				 room - 1);
	*out = (struct oci_text){ text, (size_t)rc };
	return 0;
}
