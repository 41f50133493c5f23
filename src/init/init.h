/*
 * init.h - the state of tare-init and the functions that run its steps.
 *
 * tare-init runs the inside of a container's creation: it maps the program that tare compiled and
 * runs its steps in order, in the new namespaces, then becomes the container's process. It has no
 * libc and no heap. A step returns 0 or -errno and says in `part` which part of it failed; tare
 * makes the sentence.
 */
#ifndef TARE_INIT_INIT_H
#define TARE_INIT_INIT_H

#include "init/sys.h"
#include "tare/program.h"

#define NO_FD (-1)

struct made;

/* Of umount2(2): in no header of the kernel. */
#define MNT_DETACH 2

struct init {
	char *base; /* the program; steps may keep descriptors in their own fields */
	struct program_time *times; /* of each step, or NULL */
	int socket;                 /* to tare: create's, then start's */
	struct gate_page *page;     /* of start, or NULL */
	int root;                   /* the attached tree of the root filesystem */
	int proc;                   /* a procfs of our pid namespace that nothing can shadow */
	struct step_herald *herald; /* who sends the listener of the filter, or NULL */
	int pid_ns;                 /* the pid namespace that is joined by path */
	int label;                  /* the file that takes the security label of the program */
	int null;          /* the first attached /dev/null mask: others are cloned from it */
	int empty;         /* the first attached empty directory mask */
	uint32_t together; /* offset of the step from which on mounts are undone, or 0 */
	struct made *made; /* the mount points that were made since then, NULL: none */
	uint32_t made_count;
	int own_proc;        /* for that: the host's procfs, in which we are */
	bool in_cwd;         /* the working directory was entered */
	const char *program; /* what FIND found */
	uint32_t step;       /* offset of the current step */
	uint32_t part;       /* enum report_part of the current step */
	uint32_t hooks;      /* how many were run since the gate */
	char text[228];      /* the kernel's own message about the current step */
};

static inline const char *init_text(const struct init *init, struct program_ref ref)
{
	return init->base + ref.offset;
}

/* Entry i of a LIST, or NULL where the entry is 0 (a flag without a value). */
static inline const char *init_entry(const struct init *init, struct program_ref list, uint32_t i)
{
	uint64_t offset = ((const uint64_t *)(const void *)(init->base + list.offset))[i];

	return offset ? init->base + offset : NULL;
}

/* "part" is kept for the report; use as `return init_fail(init, PART_X, rc)`. */
static inline int init_fail(struct init *init, enum report_part part, long rc)
{
	init->part = part;
	return (int)rc;
}

/* exec.c: the array of strings that execve wants; once per list, as it is changed in place. */
char **init_relocate(struct init *init, struct program_ref list);

/* unmount.c: what was mounted since the step `together` goes again, and mount points made for it.
 */
void unmount_undo(struct init *init);

/* One function per step, named after it. */
#define STEP(ID, name, what, fields)                                                               \
	int step_run_##name(struct init *init, struct step_##name *step);
#include "tare/steps.def"
#undef STEP

/* user.c: close all descriptors from `first` on but these. */
int fence_keep_only(unsigned first, unsigned *keep, unsigned count);

/* The descriptors that a container holds while it waits for start; gives their number. */
enum { GATE_FILES = 5 };
unsigned gate_files(const struct step_gate *step, unsigned keep[GATE_FILES]);

/* report.c */
int report_send(struct init *init, struct report *report, int fd);
int report_simple(struct init *init, enum report_kind kind);
void report_failure(struct init *init, int rc);

/* run.c: all steps in order; 0 never comes back from a program that ends in exec. */
int run_program(struct init *init);

#endif
