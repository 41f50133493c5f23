/* interfaces.c - see interfaces.h. */
#include "container/interfaces.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 65536, COLUMNS = 16 };

static bool has_own_network(pid_t pid)
{
	struct stat theirs, ours;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
	       (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

static char *read_table(pid_t pid, struct arena *arena)
{
	char path[64], *text = arena_alloc(arena, FILE_MAX);
	size_t used = 0;
	ssize_t got = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	if (!text || fd < 0)
		return text;
	while (used < FILE_MAX - 1 && (got = read(fd, text + used, FILE_MAX - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	return text;
}

/* "  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0": received, then sent. */
static bool read_line(char *line, struct stats_interface *out)
{
	uint64_t values[COLUMNS] = { 0 };
	char *colon = strrchr(line, ':'), *rest, *word;
	size_t count = 0;

	if (!colon)
		return false;
	*colon = '\0';
	rest = colon + 1;
	while (count < COLUMNS && (word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0' && text_to_u64(word, UINT64_MAX, &values[count++]) < 0)
			return false;
	*out = (struct stats_interface){
		.name = line + strspn(line, " "),
		.rx_bytes = values[0],
		.rx_packets = values[1],
		.rx_errors = values[2],
		.rx_dropped = values[3],
		.tx_bytes = values[8],
		.tx_packets = values[9],
		.tx_errors = values[10],
		.tx_dropped = values[11],
	};
	return count == COLUMNS;
}

int interfaces_read(const struct found *found, struct arena *arena, struct stats *out)
{
	const pid_t pid = (pid_t)found->record->pid;
	char *text, *line;
	size_t lines = 1;

	if (!has_own_network(pid))
		return 0;
	text = read_table(pid, arena);
	if (!text)
		return -ENOMEM;
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	out->interfaces = arena_array(arena, lines, sizeof(*out->interfaces));
	if (!out->interfaces)
		return -ENOMEM;
	while ((line = strsep(&text, "\n")) != NULL)
		out->interface_count += read_line(line, &out->interfaces[out->interface_count]);
	return 0;
}
