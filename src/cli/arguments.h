/*
 * arguments.h - what one command line said: the result of parse.c, the input of every cmd_*.c.
 */
#ifndef TARE_CLI_ARGUMENTS_H
#define TARE_CLI_ARGUMENTS_H

#include "container/criu.h"
#include "container/lifecycle.h"
#include "ocispec/arena.h"
#include "sys/fence.h"

#include <limits.h>

struct command;

/* A flag of which it matters that it was not given at all. */
struct choice {
	bool given;
	bool on;
};

/* The values of update's options, or NULL. */
struct update_texts {
	const char *resources;
	const char *blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_idle;
	const char *cpu_rt_period, *cpu_rt_runtime;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap, *kernel_memory, *kernel_memory_tcp;
	const char *pids_limit;
	const char *l3_cache_schema, *mem_bw_schema;
};

struct arguments {
	const char *program; /* "tare", or "runc"/"crun" when called by that name */

	/* Global options. An empty text is the same as none, as it is for runc. */
	const char *root;
	const char *log;
	const char *trace;
	const char *criu;
	bool log_json;
	bool systemd_cgroup;
	bool debug;
	bool only_errors;
	bool version;
	bool usage;
	bool help;

	/* Options of single commands; those about a container are in the form src/container wants.
	 */
	struct container_options container;
	struct container_exec exec; /* its name and options are filled by cmd_exec() */
	struct choice no_new_privs;
	struct criu_options checkpoint; /* of checkpoint and restore */
	struct update_texts update;     /* as given; cmd_update.c reads them */
	const char *plan_diff;          /* the other config, or NULL */
	const char *spec_file;
	bool spec_rootless;
	bool events_stats;
	uint64_t events_interval; /* milliseconds */
	int64_t wait_timeout;     /* milliseconds; 0: none */
	bool regex;               /* kill, delete: the operand is a pattern */
	bool kill_all;
	bool delete_force;
	bool list_quiet;
	bool strict; /* check: warnings are errors */
	bool check_host;
	bool top_once;
	bool man;  /* help: as a manual page */
	bool json; /* --format json */

	const struct command *command; /* NULL: none was given */
	char **positionals;            /* behind the command; moved to the front of argv */
	int count;

	struct arena arena; /* what repeated options make lists in */
	size_t list_max;    /* no list is longer than the command line */

	char root_buffer[PATH_MAX]; /* what container.root points to */
	struct fence fence;         /* what the caller had set before the fence went up */
};

#endif
