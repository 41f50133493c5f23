/*
 * hostps.h - the host's own ps, of which `tare ps` shows the rows that belong to a container.
 */
#ifndef TARE_CLI_HOSTPS_H
#define TARE_CLI_HOSTPS_H

#include "base/error.h"
#include "ocispec/config.h"
#include "sys/fence.h"

#include <stdio.h>

/*
 * Run ps with these options, or with -ef if there are none. It is looked for in PATH, or without
 * one in /usr/bin and /bin. *text is malloc'ed: what it printed.
 */
int hostps_run(char **options, int count, const struct fence *fence, char **text,
	       struct error *err) MUST_CHECK;

/* Write the header and the rows of these processes, by the column PID. */
int hostps_filter(const char *text, const struct oci_pid_list *pids, FILE *to,
		  struct error *err) MUST_CHECK;

#endif
