/*
 * create.h - spec -> program for a new container.
 *
 * A pure function of (spec, host facts, options): no system call, no clock, no environment. The
 * spec must have passed check_spec().
 */
#ifndef TARE_COMPILE_CREATE_H
#define TARE_COMPILE_CREATE_H

#include "base/log.h"
#include "compile/program.h"
#include "compile/seccomp_cached.h"
#include "host/host.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

struct compile_options {
	const struct host_facts *facts;
	struct arena *arena; /* for what does not go into the program */
	struct log *log;
	const char *id;        /* of the container */
	const char *bundle;    /* absolute: relative sources and a relative root.path start here */
	unsigned preserve_fds; /* with listen_fds */
	unsigned listen_fds;   /* sockets that are passed on, from 3 on; 0: none */
	const char *listen_fdnames; /* NULL: they have none */
	const char *notify; /* directory with the container's NOTIFY_SOCKET; NULL: it has none */
	bool no_pivot;
	bool no_new_keyring;
	/* of the caller's terminal, for a container's that has no consoleSize; 0: unknown */
	unsigned rows;
	unsigned columns;
	bool trace;
	bool exec;      /* a further process of a running container: see compile_exec() */
	uint64_t enter; /* exec: CLONE_NEW* of the container's namespaces that are not tare's own */
	bool run;       /* no gate: the program is executed as soon as it is ready */
	uint64_t nofile_soft; /* RLIMIT_NOFILE of tare's caller, for the program */
	uint64_t nofile_hard;
	unsigned umask; /* of the caller: kept where the config has none */
	/* The cgroup of the container in each v1 hierarchy of facts->cgroups, and in v2; or NULL.
	 */
	const char *const *cgroup_v1_paths;
	const char *cgroup_v2_path;
	bool cgroup_later; /* the host moves the cloned process on, before it goes on itself */
	/* Directories of v1 cgroups that the process enters: cgroup_entrance(). */
	const char *const *entrances;
	size_t entrance_count;
	const char *cgroup_pointer;                /* of the property that chose them, or NULL */
	const struct seccomp_cache *seccomp_cache; /* NULL: none */
};

/*
 * The second client: a further process in a running container. `config` is the container's, with
 * /process replaced by the one to run; its namespaces are entered, nothing is made.
 */
int compile_exec(const struct oci_config *config, const struct compile_options *options,
		 struct program *out, struct error *err) MUST_CHECK;

/* Mounts of a running container: `config` is the container's, with /mounts replaced by them. */
int compile_add_mounts(const struct oci_config *config, const struct compile_options *options,
		       struct program *out, struct error *err) MUST_CHECK;
int compile_remove_mounts(const struct oci_config *config, const struct compile_options *options,
			  struct program *out, struct error *err) MUST_CHECK;

int compile_create(const struct oci_config *config, const struct compile_options *options,
		   struct program *out, struct error *err) MUST_CHECK;

#endif
