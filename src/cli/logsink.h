/*
 * logsink.h - where --log goes: a file, the journal, or syslog.
 */
#ifndef TARE_CLI_LOGSINK_H
#define TARE_CLI_LOGSINK_H

#include "base/error.h"

#include <stddef.h>

enum logsink_kind { LOGSINK_NONE, LOGSINK_FILE, LOGSINK_JOURNAL, LOGSINK_SYSLOG };

struct logsink {
	enum logsink_kind kind;
	int fd;                 /* owned; FD_NONE without one */
	const char *identifier; /* of the journal and of syslog; borrowed */
};

/* "FILE", "journald:IDENTIFIER" or "syslog:IDENTIFIER"; NULL: none. */
int logsink_open(struct logsink *sink, const char *where, struct error *err) MUST_CHECK;

/* One line, with its newline, of this level ("error", "warning"). What fails cannot be told. */
void logsink_write(const struct logsink *sink, const char *level, const char *line, size_t len);

void logsink_close(struct logsink *sink);

#endif
