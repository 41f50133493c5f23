/*
 * program.h - the contract between tare and tare-init.
 *
 * A program is one relocatable block of bytes: this header, then the steps one behind the other,
 * each followed by its strings and data. All references are offsets from the start of the block;
 * 0 means none. tare compiles it (src/compile), writes it to a memfd, and clones tare-init, which
 * maps the memfd and runs the steps in order. Nothing in it needs parsing or allocation.
 *
 * The mapping is shared: what happens after a seccomp filter is loaded, which may forbid every
 * message, reaches tare through the header (exec_errno).
 *
 * Included by freestanding code: no libc headers here.
 */
#ifndef TARE_PROGRAM_H
#define TARE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_MAGIC   0x65726174u /* "tare" */
#define PROGRAM_VERSION 1u          /* both sides come from one build: any mismatch is an error */

struct program_header {
	uint32_t magic;
	uint32_t version;
	uint32_t size;      /* of the whole block, bytes */
	uint32_t steps;     /* offset of the first step */
	uint32_t steps_end; /* offset behind the last one */
	uint32_t step_count;
	uint32_t times;     /* offset of a struct program_time per step; 0: no tracing */
	int32_t exec_errno; /* written by tare-init: why the program does not run, positive */
	uint32_t current;   /* written by tare-init: offset of the step it is at */
	uint32_t reserved;
};

struct program_ref {
	uint32_t offset; /* STR, DATA: of the first byte; LIST: of an array of uint64_t offsets */
	uint32_t
	    length; /* STR: bytes without the NUL that always follows; DATA: bytes; LIST: entries */
};

struct step {
	uint32_t kind;   /* enum step_kind */
	uint32_t size;   /* bytes to the next step: this one and its data; a multiple of 8 */
	uint32_t origin; /* offset of the JSON pointer that asked for it, 0 if the runtime did */
	uint32_t index;  /* counts from 0 */
};

/* CLOCK_MONOTONIC nanoseconds. */
struct program_time {
	uint64_t start;
	uint64_t end;
};

enum step_kind {
	STEP_NONE,
#define STEP(ID, name, what, fields) STEP_##ID,
#include "tare/steps.def"
#undef STEP
	STEP_COUNT
};

#define NUM(field)  uint64_t field;
#define OCT(field)  uint64_t field;
#define ATTR(field) uint64_t field;
#define PROP(field) uint64_t field;
#define NS(field)   uint64_t field;
#define CAPS(field) uint64_t field;
#define STR(field)  struct program_ref field;
#define DATA(field) struct program_ref field;
#define LIST(field) struct program_ref field;
#define FD(field)   int64_t field;
#define REF(field)  uint64_t field;
#define STEP(ID, name, what, fields)                                                               \
	struct step_##name {                                                                       \
		struct step head;                                                                  \
		fields                                                                             \
	};
#include "tare/steps.def"
#undef STEP
#undef NUM
#undef OCT
#undef ATTR
#undef PROP
#undef NS
#undef CAPS
#undef STR
#undef DATA
#undef LIST
#undef FD
#undef REF

/* step_mount.flags, step_bind.flags */
enum mount_flag {
	/* /proc, /sys: one real directory, no symlink (CVE-2019-19921) */
	MOUNT_TOP_DIRECTORY = 1u << 0,
	MOUNT_KEEP = 1u << 1,        /* a later step refers to it: keep the descriptor */
	MOUNT_PID_JOINED = 1u << 2,  /* procfs of the pid namespace that is joined by path */
	MOUNT_IS_PROC = 1u << 3,     /* sysctls are written through it */
	MOUNT_NAMES_PROC = 1u << 4,  /* the config itself says /proc, or a file of it that may be */
	MOUNT_SLAVE_FIRST = 1u << 5, /* cut a tree of the host off before it is shared anew */
	/*
	 * mount(2) for what fsconfig cannot say: an option of more than 255 bytes, iversion. The
	 * options are [source, data], and `super` holds MS_* flags.
	 */
	MOUNT_OLD_CALL = 1u << 6,
	MOUNT_COPY_UP = 1u << 7,      /* begins with what the image has there */
	MOUNT_INHERIT_MODE = 1u << 8, /* its root has the mode of the directory, if there is one */
	MOUNT_LINK_TARGET =
	    1u << 9, /* a destination that is a symbolic link is itself mounted on */
	MOUNT_LINK_SOURCE = 1u << 10, /* a source that is a symbolic link is itself mounted */
	MOUNT_COPY_LINK = 1u << 11,   /* a source that is a symbolic link is made anew */
	MOUNT_INHERIT_UID = 1u << 12, /* its root has the owner of the directory, the group */
	MOUNT_INHERIT_GID = 1u << 13,
	MOUNT_INHERIT = MOUNT_INHERIT_MODE | MOUNT_INHERIT_UID | MOUNT_INHERIT_GID,
};

/* step_pivot.how */
enum pivot_how { PIVOT_ROOT, PIVOT_MOVE, PIVOT_CHROOT };

/* step_await.milestone: what has happened when the host says go. */
enum milestone {
	MILESTONE_CLONED = 1, /* id maps written, moved where it cannot move itself */
	/* the container is as the config says, but for its root: prestart and createRuntime ran */
	MILESTONE_RUNTIME = 2,
	MILESTONE_LIMITED = 3, /* the cgroup's limits are in force, and what else the host sets */
};

/*
 * What tare-init says on the SOCK_SEQPACKET pair. One message each; the host answers an await
 * with one byte. End-of-file after EXECUTING means that the program runs.
 */
enum report_kind {
	REPORT_REACHED = 1, /* an await was reached */
	REPORT_CONSOLE,     /* the master of the terminal is attached (SCM_RIGHTS) */
	REPORT_PID,         /* value: pid of the process that runs the program (pidfd attached) */
	REPORT_READY, /* everything is prepared; answered like an await once tare has noted it */
	REPORT_EXECUTING, /* what is left is the filter and execve */
	REPORT_LISTENER,  /* the listener of the seccomp filter is attached. Answered like an
			     await once it is delivered, but where REPORT_PID is still to come */
	REPORT_FAILED,
};

/*
 * What `start` sends to a created container: one byte, and a memfd of this size with it. tare-init
 * maps it and, if the program cannot be executed, leaves errno and step there: a filter may
 * forbid every message by then.
 */
enum { GATE_TIMES = 48, GATE_ORIGIN = 60 };

/* A step that was run after start, where that is traced. */
struct gate_time {
	struct program_time time; /* end 0: it did not end, or could not be timed */
	uint32_t kind;
	char origin[GATE_ORIGIN]; /* cut if it is longer */
};

struct gate_page {
	int32_t exec_errno; /* positive */
	uint32_t step_kind; /* enum step_kind of the step that failed */
	uint32_t traced;    /* by start: steps are to be timed */
	uint32_t timed;     /* how many were, at most GATE_TIMES */
	struct gate_time times[GATE_TIMES];
};

/* Which part of a step failed: the words the host puts into its sentence. */
#define REPORT_PARTS(P)                                                                            \
	P(NONE, "")                                                                                \
	P(OPEN_SOURCE, "open the source")                                                          \
	P(CLONE_SOURCE, "clone the source")                                                        \
	P(RESOLVE, "resolve the path inside the root filesystem")                                  \
	P(MAKE_DIRECTORY, "create the missing directory")                                          \
	P(MAKE_FILE, "create the missing file")                                                    \
	P(NOT_A_DIRECTORY, "use a path that must be a directory, not a symlink")                   \
	P(OPEN_FILESYSTEM, "find the filesystem type")                                             \
	P(SET_OPTION, "set the filesystem option")                                                 \
	P(CREATE_FILESYSTEM, "create the filesystem")                                              \
	P(SET_FLAGS, "set the mount flags")                                                        \
	P(ATTACH, "attach the mount")                                                              \
	P(IS_ROOT, "use a path that leads to the root itself")                                     \
	P(IS_PROC, "use a link that leads into /proc")                                             \
	P(NOT_NULL, "use /dev/null: it is not the null device")                                    \
	P(WRITE, "write the value")                                                                \
	P(SHORT_WRITE, "write the whole value")                                                    \
	P(OUTSIDE, "stay inside the container")                                                    \
	P(DIFFERS, "find what was asked for")                                                      \
	P(EXISTS, "use the existing file: it is something else")                                   \
	P(NOT_FOUND, "find it in $PATH")                                                           \
	P(NOT_EXECUTABLE, "execute it")                                                            \
	P(HOST_GONE, "hear from tare")                                                             \
	P(CLONE, "clone a process")                                                                \
	P(HOOK_STATUS, "succeed: it exited with status")                                           \
	P(HOOK_SIGNAL, "succeed: it was killed by signal")                                         \
	P(HOOK_TIMEOUT, "end in time")                                                             \
	P(COPY, "copy what the image has there")                                                   \
	P(MAP_IDS, "map the ids")                                                                  \
	P(LABEL, "label its root")                                                                 \
	P(NOT_MOUNTED, "find a mount there")                                                       \
	P(IS_MASK, "uncover what it hides")                                                        \
	P(IS_READONLY, "take away what makes it read-only")                                        \
	P(SEND, "send a descriptor to tare")

enum report_part {
#define P(ID, words) PART_##ID,
	REPORT_PARTS(P)
#undef P
	    PART_COUNT
};

struct report {
	uint32_t kind;      /* enum report_kind */
	uint32_t step;      /* offset of the current step */
	uint32_t step_kind; /* its kind: start has no program to look it up in */
	uint32_t part;      /* enum report_part */
	int64_t value;      /* of REPORT_FAILED: hooks that ran since the gate */
	int32_t errnum;     /* REPORT_FAILED: positive */
	char text[228]; /* the kernel's own message (fs context), or an option; NUL-terminated */
};

#endif
