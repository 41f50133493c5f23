/*
 * criu.h - CRIU, by way of tare-criu: checkpoint.c and restore.c.
 */
#ifndef TARE_CONTAINER_CRIU_H
#define TARE_CONTAINER_CRIU_H

#include "base/error.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What checkpoint and restore have in common, as given; strings are borrowed. */
struct criu_options {
	const char *images;            /* NULL: ./checkpoint */
	const char *work;              /* log files; NULL: the same */
	const char *parent;            /* of an earlier pre-dump, relative to images; NULL: none */
	const char *cgroups;           /* soft (default), full, strict, ignore; NULL: not given */
	const char *network_lock;      /* iptables, nftables, skip; NULL: CRIU's own choice */
	const char *page_server;       /* ADDRESS:PORT; NULL: none */
	const char *status_fd;         /* digits; NULL: none */
	const char *lsm_profile;       /* TYPE:NAME; NULL: as it was */
	const char *lsm_mount_context; /* NULL: as it was */
	struct oci_strings empty_namespaces;
	bool leave_running, pre_dump, lazy_pages, auto_dedup;
	bool tcp_established, tcp_skip_in_flight, tcp_close;
	bool ext_unix_sk, shell_job, file_locks, link_remap;
};

/* A call of tare-criu under construction. */
struct criu_call {
	const struct criu_options *options;
	struct arena *arena;
	const char *mount_root; /* made a mount point first; NULL: none */
	char *argv[1100];
	size_t argc;
	int failed;          /* a word was lost: out of memory or too many */
	char *images, *work; /* absolute */
	const char *log;     /* file in work */
	int channel;         /* our end; FD_NONE before */
	pid_t pid;
	int errors; /* what it writes to stderr */
};

/*
 * Check the options, find tare-criu and criu, open the directory of images (made, when `make`) and
 * begin the call: "dump", "pre-dump" or "restore". After a failure there is nothing to close.
 */
int criu_begin(struct criu_call *call, const char *what, bool make, struct error *err) MUST_CHECK;

/* Are tare-criu and criu installed? */
bool criu_is_available(void);

/* One more word, "NAME" or "NAME=VALUE". */
void criu_add(struct criu_call *call, const char *format, ...) PRINTF_LIKE(2, 3);

/* The configuration file of CRIU: the annotation org.criu.config, or the usual places. */
void criu_add_config(struct criu_call *call, const struct oci_config *config);

/* Start tare-criu, which waits; criu_go() lets it begin. Its standard streams are ours. */
int criu_start(struct criu_call *call, struct error *err) MUST_CHECK;
int criu_go(struct criu_call *call, struct error *err) MUST_CHECK;

/* What it tells. 0: it has ended well. 1: `word` and `number`, and a file or FD_NONE. */
struct criu_word {
	char text[32];
	int number;
	int file; /* owned by the caller */
};
int criu_next(struct criu_call *call, struct criu_word *word, struct error *err) MUST_CHECK;
int criu_answer(struct criu_call *call, bool yes) MUST_CHECK;

/* Wait for its end, or bring it about. */
void criu_finish(struct criu_call *call);

/*
 * Mounts that come from outside of the container: binds, masked files, devices. Each has a key of
 * our making, never one that the image could have shaped.
 */
int criu_add_dumped_mounts(struct criu_call *call, const struct oci_config *config, pid_t pid,
			   struct error *err) MUST_CHECK;
/* What CRIU mounts on has to be there: missing mount points in the root filesystem are made. */
int criu_make_mount_points(const struct oci_config *config, const char *rootfs,
			   struct error *err) MUST_CHECK;
void criu_add_restored_mounts(struct criu_call *call, const struct oci_config *config,
			      const char *bundle);

/* Namespaces that the config takes from elsewhere. */
int criu_add_dumped_namespaces(struct criu_call *call, const struct oci_config *config,
			       struct error *err) MUST_CHECK;
int criu_add_restored_namespaces(struct criu_call *call, const struct oci_config *config,
				 struct error *err) MUST_CHECK;

#endif
