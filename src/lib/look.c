/*
 * look.c - tare_kill, tare_wait, tare_kill_wait, tare_state, tare_list: see tare/tare.h. What makes
 * no process and runs no hook is done in the caller's.
 */
#include "lib/lib.h"

#include <errno.h>
#include <stdlib.h>

#define ERROR_CODE CODE_USAGE

#ifndef TARE_VERSION
#define TARE_VERSION "0"
#endif

const char *tare_version(void)
{
	return TARE_VERSION;
}

const char *tare_status_name(enum tare_status status)
{
	switch (status) {
	case TARE_CREATING:
		return "creating";
	case TARE_CREATED:
		return "created";
	case TARE_RUNNING:
		return "running";
	case TARE_PAUSED:
		return "paused";
	case TARE_STOPPED:
		return "stopped";
	}
	return NULL;
}

int tare_kill(const struct tare_name *name, int signal, unsigned flags, struct tare_error *to)
{
	struct lib_name whose;
	struct error err;
	int rc;

	error_clear(&err);
	rc = lib_check_flags(flags, TARE_KILL_ALL, &err);
	if (rc == 0)
		rc = lib_name(name, &whose, &err);
	if (rc == 0)
		rc = container_kill(&whose.name, signal, flags & TARE_KILL_ALL, &err);
	return lib_finish(rc, &err, to);
}

/* The end of a container; `signal`, if there is one, is sent before the waiting. */
static int wait_for(const struct tare_name *name, const int *signal, int64_t timeout_ms,
		    int *exit_status, struct tare_error *to)
{
	const int64_t timeout = timeout_ms < 0 ? -1 : timeout_ms;
	struct lib_name whose;
	struct error err;
	int status = 0, rc;

	error_clear(&err);
	rc = lib_name(name, &whose, &err);
	if (rc == 0)
		rc = signal ? container_kill_wait(&whose.name, *signal, timeout, &status, &err)
			    : container_wait(&whose.name, timeout, &status, &err);
	if (rc == 0 && exit_status)
		*exit_status = status;
	return lib_finish(rc, &err, to);
}

int tare_wait(const struct tare_name *name, int64_t timeout_ms, int *exit_status,
	      struct tare_error *to)
{
	return wait_for(name, NULL, timeout_ms, exit_status, to);
}

int tare_kill_wait(const struct tare_name *name, int signal, int64_t timeout_ms, int *exit_status,
		   struct tare_error *to)
{
	return wait_for(name, &signal, timeout_ms, exit_status, to);
}

/* --- what is given away, with the arena that it lives in --- */

struct given_state {
	struct tare_state state; /* the first: freed by its address */
	struct arena arena;
};

struct given_list {
	struct tare_list list;
	struct arena arena;
};

static enum tare_status status_of(enum oci_status status)
{
	switch (status) {
	case OCI_STATUS_CREATING:
		return TARE_CREATING;
	case OCI_STATUS_CREATED:
		return TARE_CREATED;
	case OCI_STATUS_RUNNING:
		return TARE_RUNNING;
	case OCI_STATUS_PAUSED:
		return TARE_PAUSED;
	case OCI_STATUS_STOPPED:
		break;
	}
	return TARE_STOPPED;
}

static int fill_state(struct given_state *given, const struct oci_state *from, struct error *err)
{
	const size_t count = from->annotations.count;
	struct tare_annotation *annotations =
	    arena_array(&given->arena, count, sizeof(*annotations));

	if (!annotations || !from->oci_version || !from->id || !from->bundle || !from->created ||
	    !from->owner)
		return error_sys(err, ENOMEM, "", NULL, "cannot tell the state");
	for (size_t i = 0; i < count; i++) {
		annotations[i].key = from->annotations.items[i].key;
		annotations[i].value = from->annotations.items[i].value;
	}
	given->state = (struct tare_state){
		.oci_version = from->oci_version,
		.id = from->id,
		.status = status_of(from->status),
		.pid = (pid_t)from->pid,
		.bundle = from->bundle,
		.rootfs = from->rootfs,
		.created = from->created,
		.owner = from->owner,
		.annotation_count = count,
		.annotations = annotations,
	};
	return 0;
}

static int read_state(const struct tare_name *name, struct given_state *given, struct error *err)
{
	struct oci_state state = { 0 };
	struct lib_name whose;
	int rc;

	if (!given)
		return error_sys(err, ENOMEM, "", NULL, "cannot tell the state");
	rc = lib_name(name, &whose, err);
	if (rc == 0)
		rc = container_state(&whose.name, &given->arena, &state, err);
	return rc < 0 ? rc : fill_state(given, &state, err);
}

int tare_state(const struct tare_name *name, struct tare_state **state, struct tare_error *to)
{
	struct given_state *given = calloc(1, sizeof(*given));
	struct error err;
	int rc;

	error_clear(&err);
	rc = read_state(name, given, &err);
	*state = rc < 0 ? NULL : &given->state;
	if (rc < 0 && given)
		tare_state_free(&given->state);
	return lib_finish(rc, &err, to);
}

void tare_state_free(struct tare_state *state)
{
	struct given_state *given = (void *)state;

	if (given)
		arena_free(&given->arena);
	free(given);
}

static int read_list(const char *given_root, struct given_list *given, struct error *err)
{
	struct oci_strings ids = { 0 };
	char root[PATH_MAX];
	int rc;

	if (!given)
		return error_sys(err, ENOMEM, "", NULL, "cannot list the containers");
	rc = lib_root(given_root, root, err);
	if (rc == 0)
		rc = container_list(root, &given->arena, &ids, err);
	if (rc == 0) {
		given->list.count = ids.count;
		given->list.ids = (const char *const *)ids.items;
	}
	return rc;
}

int tare_list(const char *root, struct tare_list **list, struct tare_error *to)
{
	struct given_list *given = calloc(1, sizeof(*given));
	struct error err;
	int rc;

	error_clear(&err);
	rc = read_list(root, given, &err);
	*list = rc < 0 ? NULL : &given->list;
	if (rc < 0 && given)
		tare_list_free(&given->list);
	return lib_finish(rc, &err, to);
}

void tare_list_free(struct tare_list *list)
{
	struct given_list *given = (void *)list;

	if (given)
		arena_free(&given->arena);
	free(given);
}
