/*
 * create.h - the host's side of a container's creation, as a table of steps with undos.
 */
#ifndef TARE_CONTAINER_CREATE_H
#define TARE_CONTAINER_CREATE_H

#include "cgroup/cgroup.h"
#include "compile/create.h"
#include "container/bundle.h"
#include "container/foreground.h"
#include "container/notify.h"
#include "container/options.h"
#include "container/state.h"
#include "container/systemd.h"
#include "container/talk.h"
#include "host/host.h"

struct create_netdevices;
struct create_step;

/* The files of the annotations run.oci.hooks.stdout and .stderr; 0: none, as they are never 0. */
struct lifehooks_output {
	int out;
	int err;
};

/* Everything that one creation knows. Descriptors are FD_NONE, pointers NULL until made. */
struct create {
	const struct container_options *options;
	struct container_report *report;
	struct arena arena;
	struct bundle bundle;
	struct host_facts facts;
	struct compile_options compile;
	struct seccomp_cache filters;
	struct program program;
	struct program_header
	    *shared; /* the program as tare-init has it: trace times, exec_errno */
	struct cgroup *cgroup;
	struct systemd_scope scope; /* of CONTAINER_SYSTEMD */
	const char *resctrl;        /* where it is mounted, if the config has intelRdt */
	struct state state;
	struct oci_record record; /* what state holds of it */
	pid_t noted;              /* the pid that the record names */
	bool successor_known;     /* the process that took the helper's place */
	struct talk talk;
	struct foreground foreground; /* pid, pidfd and console of the container */
	struct notify notify;         /* of run: what it says to our supervisor */
	int helper;
	int listener;      /* of the seccomp filter, until it is handed over */
	int hook_state[2]; /* memfds: what createContainer and startContainer hooks read */
	struct lifehooks_output hook_output;  /* for those inside */
	struct create_netdevices *netdevices; /* netdevices.c: as long as they can go back */
	int program_fd;
	int exit_status;                 /* of the program, once it has ended; -1 before */
	bool planning;                   /* nothing will be made */
	const struct create_step *table; /* whose rows are run: create's, or exec's */
	size_t done;                     /* how many rows of the table were begun */
	struct error *err;
};

/* One step of the host. */
struct create_step {
	const char *name;               /* error context, trace, plan */
	int (*run)(struct create *c);   /* NULL: nothing, it is there for its undo */
	void (*undo)(struct create *c); /* takes away what it made, even if it failed half-way */
	bool (*applies)(const struct create *c); /* NULL: always */
	bool pure;                               /* makes nothing: also part of `tare plan` */
};

/* Rows, and parts of them, that exec has too. */
int create_check_terminal(const struct create *c);
int create_ask_host(struct create *c);
int create_block_signals(struct create *c);
bool create_stays(const struct create *c);
/* What the compiler is told of the caller, for create and exec alike. */
void create_fill_options(struct create *c);
int create_prepare_helper(struct create *c);
int create_clone_helper(struct create *c);
void create_close_files(struct create *c);

void create_init(struct create *c, const struct container_options *options,
		 struct container_report *report, struct error *err);
void create_free(struct create *c);

/* Run the steps. The first failure ends it; undos are not played. 0 or a negative errno. */
int create_run(struct create *c) MUST_CHECK;

/* Only those that make nothing: read, check, locate, compile. */
int create_plan(struct create *c) MUST_CHECK;

/* Take away, in reverse order, what the steps have made, the last one maybe half. */
void create_undo(struct create *c);

/* The table, ended by a NULL name: what `tare plan` prints. */
const struct create_step *create_steps(void);

/* The same for `tare restore`: the processes come from CRIU, all around them is create's. */
const struct create_step *create_restore_steps(void);

#endif
