/*
 * tare.h - libtare: the operations of an OCI runtime (runtime-spec, runtime.md) as C functions.
 *
 * What each does, also in every failure, is what the command of the same name does; see
 * `tare help COMMAND`. Containers made by the library and by the program are the same thing: both
 * look for them under the same root.
 *
 *	cc program.c $(pkg-config --cflags --libs libtare)
 *
 * Errors. A function that can fail returns 0 or a negative errno, and describes the failure in the
 * struct tare_error it was given (or NULL). After a failure there is nothing left of what it did.
 *
 * Your process. No function exits, prints, or changes signal handlers, the working directory, the
 * umask or limits; no descriptor stays open. tare_create(), tare_start(), tare_delete() and
 * tare_exec() do their work in a child process that is gone when they return, as the program tare
 * would be: containers never become your children. That child gets none of your descriptors but
 * those you name, and none of your signal handlers; you get a SIGCHLD from it. An inherited
 * environment counts where the program's does: XDG_RUNTIME_DIR (root), RUN_OCI_SECCOMP_RECEIVER,
 * PATH (CRIU and newuidmap).
 *
 * Threads. All functions may be called at the same time from several threads, also for the same
 * container: who changes it waits, at most 10 s, for others that do. No function may be called
 * from a signal handler.
 *
 * Memory. Strings and lists that are passed are borrowed until the function returns. What a
 * function gives is owned by the caller and freed by the function that is named with it.
 *
 * Growth. `size` of a struct is its sizeof, set by its _INIT: a later libtare.so.0 accepts the
 * structs of an earlier one.
 */
#ifndef TARE_TARE_H
#define TARE_TARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TARE_API __attribute__((visibility("default")))

/* What went wrong. All strings end with NUL; one that does not apply is "". */
struct tare_error {
	int errnum;         /* positive errno */
	unsigned line;      /* of `pointer` in `file`, from 1; 0: unknown */
	unsigned column;    /* likewise, in bytes */
	char code[48];      /* stable name: `tare explain CODE`, docs/errors.md */
	char message[1024]; /* one sentence without final stop */
	char hint[512];     /* what to do about it */
	char pointer[512];  /* the property of config.json at fault (JSON pointer, RFC 6901) */
	char file[256];     /* that the pointer is in */
	char step[64];      /* of tare's work, that failed */
	char syscall[32];   /* that the kernel refused */
};

/* What there is to say besides the error: warnings, and each of several mistakes in a config. */
enum tare_notice { TARE_WARNING, TARE_MISTAKE };

/* Called in the calling thread, before the function that was given it returns. */
typedef void tare_notice_fn(void *data, enum tare_notice kind, const struct tare_error *what);

/* Which container. */
struct tare_name {
	const char *root; /* directory of the states; NULL: that of the program, "/run/tare" */
	const char *id;   /* 1 to 200 letters, digits and _ + . -, no '.' in front */
};

/* runtime.md, "State". */
enum tare_status {
	TARE_CREATING,
	TARE_CREATED, /* waits for tare_start() */
	TARE_RUNNING,
	TARE_PAUSED,
	TARE_STOPPED,
};

/* "creating", "created", ...; NULL for what is none. Static. */
TARE_API const char *tare_status_name(enum tare_status status);

/* The version of the library that is in use, "0.1.0". Static. */
TARE_API const char *tare_version(void);

/* --- create (runtime.md, "Create"; "Lifecycle", steps 1 to 5) --- */

enum {
	TARE_SYSTEMD_CGROUP =
	    1 << 0, /* systemd manages the cgroup: linux.cgroupsPath is slice:prefix:name */
	TARE_NO_CGROUP = 1 << 1,      /* the container stays in the caller's */
	TARE_NO_PIVOT = 1 << 2,       /* MS_MOVE and chroot instead of pivot_root */
	TARE_NO_NEW_KEYRING = 1 << 3, /* it keeps the caller's session keyring */
};

struct tare_create_options {
	size_t size;
	const char *bundle;         /* directory; NULL: the working directory */
	const char *config;         /* file name in it; NULL: "config.json" */
	const char *pid_file;       /* gets the pid of the container's process; NULL: none */
	const char *console_socket; /* AF_UNIX, gets the terminal's master (process.terminal) */
	unsigned flags;             /* TARE_SYSTEMD_CGROUP ... */
	unsigned preserve_fds;      /* your descriptors 3 to 2+N become the program's */
	const int *stdio;           /* three descriptors, its 0, 1 and 2; NULL or -1: yours */
	tare_notice_fn *notice;     /* NULL: nobody wants to know */
	void *data;                 /* for notice */
};
/* clang-format off */
#define TARE_CREATE_OPTIONS_INIT { sizeof(struct tare_create_options), NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL }
/* clang-format on */

/* Everything up to the program, which waits for tare_start(). -EEXIST: there is one of this id. */
TARE_API int tare_create(const struct tare_name *name, const struct tare_create_options *options,
			 struct tare_error *err);

/* --- start (runtime.md, "Start"; "Lifecycle", steps 6 to 9) --- */

/* The program runs when this returns 0: an execve that failed is told here. */
TARE_API int tare_start(const struct tare_name *name, struct tare_error *err);

/* --- exec: a further process in a container that was created or runs --- */

enum {
	TARE_EXEC_DETACH = 1 << 0, /* return as soon as the program is executed */
	TARE_EXEC_TERMINAL =
	    1 << 1,              /* a new terminal: yours is proxied, or console_socket gets it */
	TARE_EXEC_USER = 1 << 2, /* uid and gid are set */
	TARE_EXEC_NO_NEW_PRIVS = 1 << 3,  /* process.noNewPrivileges */
	TARE_EXEC_IGNORE_PAUSED = 1 << 4, /* it begins to run when the container is resumed */
};

/* Lists end with NULL. What is not given is as in the config's process. */
struct tare_exec_options {
	size_t size;
	const char
	    *process_file; /* a JSON process object (config.md, "Process") instead of the rest */
	const char *const *args;
	const char *const *env;  /* NAME=value, added */
	const char *const *caps; /* CAP_..., added to bounding, effective and permitted */
	const char *cwd;
	uint32_t uid; /* in the container; with TARE_EXEC_USER */
	uint32_t gid;
	const char *pid_file;
	const char *console_socket;
	unsigned flags;
	unsigned preserve_fds;
	const int *stdio; /* as of create */
	tare_notice_fn *notice;
	void *data;
};
/* clang-format off */
#define TARE_EXEC_OPTIONS_INIT { sizeof(struct tare_exec_options), NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, 0, 0, NULL, NULL, NULL }
/* clang-format on */

/*
 * Returns when the program has ended; *exit_status (may be NULL) is as of a shell: 0 to 255, 128 +
 * N when signal N killed it. Detached, it is 0.
 */
TARE_API int tare_exec(const struct tare_name *name, const struct tare_exec_options *options,
		       int *exit_status, struct tare_error *err);

/* --- kill (runtime.md, "Kill") --- */

enum { TARE_KILL_ALL = 1 << 0 }; /* every process in the container's cgroup, not the first alone */

/* `signal` is a number, SIGTERM. -ESRCH: the container has ended. */
TARE_API int tare_kill(const struct tare_name *name, int signal, unsigned flags,
		       struct tare_error *err);

/* --- delete (runtime.md, "Delete"; "Lifecycle", steps 11 to 13) --- */

/* Also one that runs (it is killed), and 0 when there is none. */
enum { TARE_DELETE_FORCE = 1 << 0 };

TARE_API int tare_delete(const struct tare_name *name, unsigned flags, struct tare_error *err);

/* --- state (runtime.md, "Query State") --- */

struct tare_annotation {
	const char *key;
	const char *value;
};

struct tare_state {
	const char *oci_version;
	const char *id;
	enum tare_status status;
	pid_t pid;           /* on the host; 0 when it has stopped */
	const char *bundle;  /* absolute */
	const char *rootfs;  /* absolute; may be NULL */
	const char *created; /* RFC 3339, UTC */
	const char *owner;   /* user name, or number as text */
	size_t annotation_count;
	const struct tare_annotation *annotations;
};

/* -ENOENT: there is no such container. The state is one of the moment. */
TARE_API int tare_state(const struct tare_name *name, struct tare_state **state,
			struct tare_error *err);
TARE_API void tare_state_free(struct tare_state *state); /* NULL is allowed */

/* --- wait --- */

/*
 * Until the container's process ends, at most timeout_ms milliseconds (< 0: without end;
 * -ETIMEDOUT). *exit_status as of tare_exec(). You are not its parent: call this before it ends,
 * or the status is gone (-ESRCH); before Linux 6.15 it may be gone anyway (-ENODATA), it is never
 * guessed. A signal that is handled does not end the wait.
 */
TARE_API int tare_wait(const struct tare_name *name, int64_t timeout_ms, int *exit_status,
		       struct tare_error *err);

/*
 * tare_kill() of the container's process, and tare_wait() for its end. Called one after the other
 * they race: a container that ends at once is gone before the wait begins. This holds it before it
 * sends the signal. After -ETIMEDOUT and -ENODATA the signal has been sent.
 */
TARE_API int tare_kill_wait(const struct tare_name *name, int signal, int64_t timeout_ms,
			    int *exit_status, struct tare_error *err);

/* --- list --- */

struct tare_list {
	size_t count;
	const char *const *ids; /* sorted */
};

/* The ids of all containers under `root` (NULL: as in struct tare_name). */
TARE_API int tare_list(const char *root, struct tare_list **list, struct tare_error *err);
TARE_API void tare_list_free(struct tare_list *list); /* NULL is allowed */

#ifdef __cplusplus
}
#endif

#endif
