/*
 * survey.h - what this machine offers to containers, and what it lacks: `tare check --host`.
 *
 * Nothing is made and nothing is changed; no privilege is needed, but what is only for root is seen
 * by root alone.
 */
#ifndef TARE_CONTAINER_SURVEY_H
#define TARE_CONTAINER_SURVEY_H

#include "host/host.h"

enum survey_status {
	SURVEY_HAS,   /* it is there */
	SURVEY_LACKS, /* something that a config may ask for will not work */
	SURVEY_FAILS, /* no container can be started */
};

struct survey_row {
	const char *area; /* "kernel", "namespaces", "cgroups" ... */
	const char *name;
	enum survey_status status;
	const char *value;  /* what was found; "" if there is nothing to say */
	const char *effect; /* of a lack: what will not work. NULL: nothing is lacking */
	const char *remedy; /* how to get it, or NULL */
};

/* Takes each row as it is found; the texts live until it returns. */
struct survey {
	void (*take)(void *data, const struct survey_row *row);
	void *data;
	const struct host_facts *facts;
	const char *area; /* of the rows to come */
};

/* Ask for everything. 0, or a negative errno where the machine could not be asked at all. */
int survey_run(void (*take)(void *data, const struct survey_row *row), void *data,
	       struct error *err) MUST_CHECK;

/* The parts, in order. */
void survey_kernel(struct survey *to);
void survey_namespaces(struct survey *to);
void survey_cgroups(struct survey *to);
void survey_security(struct survey *to);
void survey_caller(struct survey *to);

/* One row. `missing` NULL: it is there; otherwise what will not work without it. */
void survey_put(struct survey *to, const char *name, const char *value, const char *missing,
		const char *remedy);

/* The content of a small file without its last newline; false, and "", if it cannot be read. */
bool survey_read(const char *path, char *out, size_t size);

#endif
