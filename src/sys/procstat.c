/* procstat.c - see procstat.h. */
#include "sys/procstat.h"
#include "base/fd.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>

enum { FIELD_STATE = 3, FIELD_START_TIME = 22, FIELD_EXIT_CODE = 52, STAT_SIZE = 1024 };

static ssize_t read_text(const char *path, char *to, size_t size)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, to, size - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	return n;
}

/* The last field ends with a newline. */
static int read_last(char *field, uint64_t *out)
{
	field[strcspn(field, "\n")] = '\0';
	return text_to_u64(field, UINT64_MAX, out);
}

/* The name of the program stands in parentheses and may hold anything: count from the last one. */
int procstat_read(pid_t pid, struct procstat *out)
{
	char path[32], text[STAT_SIZE], *field, *rest;
	ssize_t n;
	int rc = text_format(path, sizeof(path), "/proc/%d/stat", (int)pid);

	if (rc < 0)
		return rc;
	n = read_text(path, text, sizeof(text));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	rest = strrchr(text, ')');
	if (!rest || rest[1] != ' ')
		return -EINVAL;
	rest += 2;
	out->state = *rest;
	for (int number = FIELD_STATE; (field = strsep(&rest, " ")); number++) {
		if (number == FIELD_START_TIME)
			rc = text_to_u64(field, UINT64_MAX, &out->start_time);
		if (number == FIELD_EXIT_CODE)
			return rc < 0 ? rc : read_last(field, &out->exit_code);
	}
	return -EINVAL;
}

int procstat_boot_id(char out[37])
{
	static char known[37]; /* it does not change: `list` asks for each container */
	ssize_t n = 36;

	if (!known[0])
		n = read_text("/proc/sys/kernel/random/boot_id", known, sizeof(known));
	if (n != 36) {
		known[0] = '\0';
		return n < 0 ? (int)n : -EINVAL;
	}
	memcpy(out, known, sizeof(known));
	return 0;
}
