/*
 * options.h - what a caller may say about a container, whichever command it came from.
 *
 * Filled by src/cli from the command line; all strings are borrowed.
 */
#ifndef TARE_CONTAINER_OPTIONS_H
#define TARE_CONTAINER_OPTIONS_H

#include "base/error.h"
#include "base/log.h"
#include "base/problems.h"

#include <stdint.h>

/* Who manages the container's cgroup. */
enum container_manager {
	CONTAINER_CGROUPFS,
	CONTAINER_SYSTEMD,
	CONTAINER_NO_CGROUP, /* nobody: it stays in the caller's */
};

/* Is a cgroup that may not be made an error? auto: only if the config names it. */
enum container_rootless { CONTAINER_ROOTLESS_AUTO, CONTAINER_ROOTLESS, CONTAINER_NOT_ROOTLESS };

struct container_options {
	enum container_manager manager;
	enum container_rootless rootless;
	const char *root;     /* directory of the states, absolute: "/run/tare" */
	const char *id;       /* [A-Za-z0-9_+.-]+, not starting with '.', at most 200 bytes */
	const char *bundle;   /* "." if not given */
	const char *config;   /* file name of the config, "config.json" if not given */
	bool config_apart;    /* plan: `config` is not in the bundle, but a path of its own */
	const char *pid_file; /* NULL: none */
	uint64_t
	    nofile_soft; /* RLIMIT_NOFILE of our caller (sys/fence.h): the program gets it back */
	uint64_t nofile_hard;
	unsigned preserve_fds; /* 3 .. 3+N-1 stay open for the program, listen_fds among them */
	unsigned listen_fds;   /* the first of them are sockets of our activation; 0: none */
	const char *listen_fdnames; /* their names as in sd_listen_fds_with_names(3), or NULL */
	bool no_pivot;              /* MS_MOVE and chroot instead of pivot_root (ramfs) */
	bool no_new_keyring;        /* stay in the caller's session keyring */
	bool no_subreaper;
	bool run;                   /* the program is executed at once, not by start */
	bool detach;                /* run: do not stay with it */
	const char *console_socket; /* gets the master of the terminal; NULL: none */
	const char *notify_socket;  /* of our supervisor (sd_notify(3)); NULL: none */
	const char *pidfd_socket;   /* gets a pidfd of the container's process; NULL: none */
	bool keep;                  /* run: do not delete the container when it has ended */
	const struct criu_options *restore; /* tare restore: from where (criu.h); else NULL */
};

/* What a command found out besides failing or not. */
struct container_report {
	struct log log;           /* warnings */
	struct problems problems; /* all mistakes in the config, when it was refused */
};

/*
 * tare run: create, start, wait, delete. On success *exit_status is that of the program (128 +
 * signal if it was killed). When the config is refused, report->problems says everything and
 * `err` sums it up.
 */
int container_run(const struct container_options *options, struct container_report *report,
		  int *exit_status, struct error *err) MUST_CHECK;

/*
 * tare check: everything that is wrong with a bundle, and what a reviewer would remark, into
 * report->problems. Makes nothing and needs no privilege. Only a config that cannot be read at all
 * is a failure.
 */
int container_check(const struct container_options *options, struct container_report *report,
		    struct error *err) MUST_CHECK;

/*
 * tare plan: compile only; what run would do, in order, to be freed by plan_free() (plan.h). Needs
 * no privilege and touches nothing. `options->id` may be NULL.
 */
struct plan;
int container_plan(const struct container_options *options, struct container_report *report,
		   struct plan *plan, struct error *err) MUST_CHECK;

#endif
