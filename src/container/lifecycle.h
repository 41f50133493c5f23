/*
 * lifecycle.h - the verbs on a container that exists or is to exist (runtime-spec, runtime.md).
 *
 * Every verb finds its container by root and id, takes what lock it needs, and derives the status
 * from the kernel: the stored record names processes and cgroups, it is not believed about them.
 */
#ifndef TARE_CONTAINER_LIFECYCLE_H
#define TARE_CONTAINER_LIFECYCLE_H

#include "base/error.h"
#include "cgroup/stats.h"
#include "container/options.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

/* Who is meant. Strings are borrowed. */
struct container_name {
	const char *root; /* directory of the states, absolute */
	const char *id;
};

/*
 * tare create: everything up to the program, which start executes. The container's process is
 * left behind, waiting; nothing of tare is.
 */
int container_create(const struct container_options *options, struct container_report *report,
		     struct error *err) MUST_CHECK;

/*
 * tare start: let the program run; reports an execve that fails. With the NOTIFY_SOCKET of a
 * supervisor (or NULL), of a container that was created with one: returns when it has said that it
 * is ready, or has ended.
 */
int container_start(const struct container_name *name, const char *notify_socket,
		    struct error *err) MUST_CHECK;

/*
 * tare state, and one row of tare list. Lives in the arena. `owner` is a user's name, or a number
 * as text. Unknown: -ENOENT, "container does not exist".
 */
int container_state(const struct container_name *name, struct arena *arena, struct oci_state *out,
		    struct error *err) MUST_CHECK;

/* tare list: the ids under the root, sorted, in the arena. A root that is missing has none. */
int container_list(const char *root, struct arena *arena, struct oci_strings *ids,
		   struct error *err) MUST_CHECK;

/* tare kill: a signal to the container's process, or (all) to every process in its cgroup. */
int container_kill(const struct container_name *name, int signal, bool all,
		   struct error *err) MUST_CHECK;

/*
 * tare delete: a created container is killed first; a running one needs `force`. With force a
 * container that does not exist is fine, and whatever is left of one is cleaned up.
 */
int container_delete(const struct container_name *name, bool force, struct log *log,
		     struct error *err) MUST_CHECK;

/*
 * tare wait: until the container's process ends; *exit_status as of a shell. tare is not its
 * parent: the status comes from the kernel (a zombie, or Linux 6.15 after it was waited for), and
 * is never guessed: -ENODATA if it cannot be known any more. timeout_ms < 0: none; -ETIMEDOUT.
 */
int container_wait(const struct container_name *name, int64_t timeout_ms, int *exit_status,
		   struct error *err) MUST_CHECK;

/* Both in one: it is held before the signal is sent, so that its status cannot go in between. */
int container_kill_wait(const struct container_name *name, int signal, int64_t timeout_ms,
			int *exit_status, struct error *err) MUST_CHECK;

/*
 * tare checkpoint: save the processes of a running or paused container by CRIU, and delete it
 * unless they are to run on. A failure leaves it as it was.
 */
struct criu_options;
int container_checkpoint(const struct container_name *name, const struct criu_options *options,
			 struct log *log, struct error *err) MUST_CHECK;

/* tare restore: a container from what checkpoint saved; as container_run() otherwise. */
int container_restore(const struct container_options *options, struct container_report *report,
		      int *exit_status, struct error *err) MUST_CHECK;

int container_pause(const struct container_name *name, struct error *err) MUST_CHECK;
int container_resume(const struct container_name *name, struct error *err) MUST_CHECK;

/* tare ps: the host's pids of all processes of the container, in the arena. */
int container_pids(const struct container_name *name, struct arena *arena,
		   struct oci_pid_list *pids, struct error *err) MUST_CHECK;

/*
 * tare update: change the limits of a container that was created or runs. Only what is present
 * counts, or what the JSON object (LinuxResources) in `file` has ("-": standard input).
 * It is kept in the state. After a failure the limits are what they were.
 */
struct container_update {
	struct container_name name;
	const char *file; /* or NULL */
	struct oci_resources resources;
	struct oci_intel_rdt rdt; /* l3CacheSchema and memBwSchema, with `file` too */
};

int container_update(const struct container_update *request, struct container_report *report,
		     struct error *err) MUST_CHECK;

/*
 * tare events: `stats` is called every `interval_ms`, or once; `oom` whenever the OOM killer took a
 * process. Returns when the container has ended, or when one of them returns something else than 0.
 */
struct container_events {
	struct container_name name;
	bool once;
	uint64_t interval_ms;
	void *data;
	int (*stats)(void *data, const struct stats *stats, struct error *err);
	int (*oom)(void *data, struct error *err);
};

int container_events(const struct container_events *request, struct error *err) MUST_CHECK;

/*
 * tare mounts: mounts of a container that has not ended are added, or removed: all or none. `file`
 * ("-" is standard input) is a JSON array of config.json's mounts; of one that is removed only the
 * destination counts.
 */
struct container_mounts {
	struct container_name name;
	const char *file;
	bool remove;
};

int container_mounts(const struct container_mounts *request, struct container_report *report,
		     struct error *err) MUST_CHECK;

/*
 * tare exec: a further process in a running container. Without `process_file` it is the process of
 * the container's config with what is given here changed. Lists are borrowed.
 */
struct container_exec {
	struct container_name name;
	const char
	    *process_file; /* a JSON process object that replaces everything below; or NULL */
	struct oci_strings args;
	struct oci_strings env;  /* added to the config's */
	struct oci_strings caps; /* added to bounding, effective and permitted */
	struct oci_uint32_list additional_gids;
	const char *cwd;            /* NULL: the config's */
	const char *apparmor;       /* likewise */
	const char *label;          /* likewise, of SELinux */
	struct oci_strings cgroups; /* below the container's: see cgroup_descend() */
	bool has_tty;
	bool tty;
	bool has_uid;
	uint32_t uid;
	bool has_gid;
	uint32_t gid;
	bool has_no_new_privs;
	bool no_new_privs;
	bool ignore_paused;
	struct container_options options; /* detach, sockets, pid file, preserved descriptors */
};

int container_exec(const struct container_exec *request, struct container_report *report,
		   int *exit_status, struct error *err) MUST_CHECK;

#endif
