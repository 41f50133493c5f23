/*
 * compile.h - what the files of the compiler share: the state of one compilation, and the
 * sections, each of which emits the steps of one part of config.json.
 */
#ifndef TARE_COMPILE_COMPILE_H
#define TARE_COMPILE_COMPILE_H

#include "compile/create.h"

enum { COMPILE_NAMESPACES = OCI_NAMESPACE_TIME + 1 };

/* A mount that still waits for flags: it has to stay writable for a while. */
struct compile_late {
	struct compile_late *next;
	struct step *mount; /* step_mount or step_bind, with MOUNT_KEEP */
	uint64_t set;
	const char *target;
	const char *pointer;
};

/* One entry of linux.namespaces; the index in struct compile is enum oci_namespace_type. */
struct compile_namespace {
	bool present;        /* it is in the config at all */
	const char *path;    /* joined; NULL: new */
	const char *pointer; /* in the arena */
};

struct compile {
	const struct oci_config *config;
	const struct oci_linux *linux; /* never NULL: an empty one if the config has none */
	const struct host_facts *facts;
	const struct compile_options *options;
	struct arena *arena;
	struct log *log;
	struct program *program;
	struct error *err;
	struct compile_namespace namespaces[COMPILE_NAMESPACES];
	uint64_t unshare;                  /* CLONE_NEW* of those that the helper makes itself */
	bool user_namespace;               /* new or joined: mknod is refused, ids are mapped */
	const struct oci_seccomp *profile; /* NULL: none, or a filter is given in its place */
	const char *given_filter;          /* base64, or NULL */
	struct step_mount *proc;           /* the config's procfs on /proc, or NULL */
	const struct step *sys;            /* the config's mount or bind on /sys, or NULL */
	struct compile_late *late;         /* newest first */
	bool keep_mounts;                  /* by their descriptors, to be undone */
	struct step_source **sources; /* of binds, by index: opened before their steps, or NULL */
	bool out_of_memory;           /* found at the end; until then texts are empty */
};

/* A new namespace of this type is made (not joined, not shared with the caller). */
bool compile_is_new(const struct compile *c, enum oci_namespace_type type);

/* Text made in the arena. Out of memory it is "" and the compilation fails at its end. */
const char *compile_format(struct compile *c, const char *format, ...) PRINTF_LIKE(2, 3);

/* namespaces.c */
void compile_read_namespaces(struct compile *c);
void compile_enter(struct compile *c);           /* fence, go, cgroups, hide, become */
void compile_await_limits(struct compile *c);    /* the host's other work is done */
void compile_enter_container(struct compile *c); /* exec: those of a running container */
void compile_visit_container(struct compile *c); /* the same for who runs nothing there */
void compile_namespaces(struct compile *c);      /* time, cgroup, names, loopback, pid */

/* root.c */
void compile_root(struct compile *c);
void compile_cwd(struct compile *c);
void compile_root_readonly(struct compile *c);
void compile_pivot(struct compile *c);

/* mounts.c */
int compile_mounts(struct compile *c) MUST_CHECK;
bool compile_is_bind(struct compile *c, const struct oci_mount *mount);
void compile_finish_mounts(struct compile *c); /* the flags that had to wait */

/* mounts_change.c: those of a running container */
int compile_added_mounts(struct compile *c) MUST_CHECK;
int compile_removed_mounts(struct compile *c) MUST_CHECK;

/* cgroup_mount.c */
struct mount_options;
int compile_cgroup_mount(struct compile *c, const struct oci_mount *mount,
			 const struct mount_options *options, const char *pointer) MUST_CHECK;

/* devices.c */
void compile_devices(struct compile *c);
void compile_console(struct compile *c);

/* hooks.c */
void compile_create_hooks(struct compile *c);
void compile_start_hooks(struct compile *c);

/* paths.c */
void compile_sysctl(struct compile *c);
void compile_masks(struct compile *c);

/* process.c: session to exec */
int compile_process(struct compile *c) MUST_CHECK;
void compile_herald(struct compile *c); /* before a pid namespace is joined */

/* A path without "//", "." and a final "/", made absolute; ".." goes up lexically. */
const char *compile_clean_path(struct compile *c, const char *path);

#endif
