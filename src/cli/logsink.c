/*
 * logsink.c - see logsink.h. The journal and syslog are datagram sockets of simple protocols
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL, RFC 3164): no library is needed for a line.
 */
#include "cli/logsink.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ERROR_CODE CODE_LOG_FILE

enum { FACILITY_DAEMON = 3 << 3, LINE_MAX_LENGTH = 4200 };

static int connect_to(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	owned_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return take_fd(&fd);
	rc =
	    error_sys(err, errno, "connect", NULL, "cannot open the log: %s does not answer", path);
	error_add_hint(err, "log to a file: --log=FILE");
	return rc;
}

static int open_file(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

	return fd < 0 ? error_sys(err, errno, "open", NULL, "cannot open the log %s", path) : fd;
}

int logsink_open(struct logsink *sink, const char *where, struct error *err)
{
	*sink = (struct logsink){ .fd = FD_NONE };
	if (!where)
		return 0;
	if (text_has_prefix(where, "journald:")) {
		sink->kind = LOGSINK_JOURNAL;
		sink->identifier = where + strlen("journald:");
		sink->fd = connect_to("/run/systemd/journal/socket", err);
	} else if (text_has_prefix(where, "syslog:")) {
		sink->kind = LOGSINK_SYSLOG;
		sink->identifier = where + strlen("syslog:");
		sink->fd = connect_to("/dev/log", err);
	} else {
		sink->kind = LOGSINK_FILE;
		sink->fd = open_file(
		    text_has_prefix(where, "file:") ? where + strlen("file:") : where, err);
	}
	if (sink->fd >= 0)
		return 0;
	sink->kind = LOGSINK_NONE;
	sink->fd = FD_NONE;
	return -err->errnum;
}

void logsink_write(const struct logsink *sink, const char *level, const char *line, size_t len)
{
	const int priority = strcmp(level, "error") == 0 ? 3 : 4;
	const int length = (int)(len > 0 && line[len - 1] == '\n' ? len - 1 : len);
	char text[LINE_MAX_LENGTH];
	int size;

	if (sink->kind == LOGSINK_NONE)
		return;
	if (sink->kind == LOGSINK_FILE) {
		(void)output_write(sink->fd, line, len);
		return;
	}
	if (sink->kind == LOGSINK_JOURNAL)
		size = snprintf(text, sizeof(text),
				"PRIORITY=%d\nSYSLOG_IDENTIFIER=%.64s\nMESSAGE=%.*s\n", priority,
				sink->identifier, length, line);
	else
		size = snprintf(text, sizeof(text), "<%d>%.64s: %.*s", FACILITY_DAEMON | priority,
				sink->identifier, length, line);
	if (size > 0)
		(void)send(sink->fd, text,
			   (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1,
			   MSG_NOSIGNAL);
}

void logsink_close(struct logsink *sink)
{
	close_fd(&sink->fd);
	sink->kind = LOGSINK_NONE;
}
