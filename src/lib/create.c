/* create.c - tare_create, tare_start, tare_delete: see tare/tare.h. Done by a worker. */
#include "lib/worker.h"

#include <errno.h>

#define ERROR_CODE CODE_USAGE

static int create(const void *request, struct worker_place *place)
{
	struct container_options options = *(const struct container_options *)request;

	options.nofile_soft = place->fence.nofile.rlim_cur;
	options.nofile_hard = place->fence.nofile.rlim_max;
	return container_create(&options, &place->report, &place->err);
}

static struct container_options options_of(const struct tare_create_options *from,
					   const struct lib_name *name)
{
	struct container_options options = {
		.root = name->name.root,
		.id = name->name.id,
		.bundle = from->bundle ? from->bundle : ".",
		.config = from->config ? from->config : "config.json",
		.pid_file = from->pid_file,
		.preserve_fds = from->preserve_fds,
		.no_pivot = from->flags & TARE_NO_PIVOT,
		.no_new_keyring = from->flags & TARE_NO_NEW_KEYRING,
		.console_socket = from->console_socket,
	};

	if (from->flags & TARE_SYSTEMD_CGROUP)
		options.manager = CONTAINER_SYSTEMD;
	if (from->flags & TARE_NO_CGROUP)
		options.manager = CONTAINER_NO_CGROUP;
	return options;
}

static int check(const struct tare_create_options *options, struct error *err)
{
	const unsigned known =
	    TARE_SYSTEMD_CGROUP | TARE_NO_CGROUP | TARE_NO_PIVOT | TARE_NO_NEW_KEYRING;
	int rc = lib_check_size(options->size, sizeof(*options), err);

	if (rc == 0)
		rc = lib_check_flags(options->flags, known, err);
	if (rc == 0 && options->flags & TARE_SYSTEMD_CGROUP && options->flags & TARE_NO_CGROUP)
		rc = error_set(err, EINVAL, NULL,
			       "TARE_SYSTEMD_CGROUP and TARE_NO_CGROUP exclude each other");
	return rc;
}

int tare_create(const struct tare_name *name, const struct tare_create_options *given,
		struct tare_error *to)
{
	const struct tare_create_options standard = TARE_CREATE_OPTIONS_INIT;
	const struct tare_create_options *from = given ? given : &standard;
	struct container_options options;
	struct worker worker = { .work = create, .request = &options };
	struct lib_name whose;
	struct error err;
	int rc;

	error_clear(&err);
	rc = check(from, &err);
	if (rc == 0)
		rc = lib_name(name, &whose, &err);
	if (rc < 0)
		return lib_finish(rc, &err, to);
	options = options_of(from, &whose);
	worker.config = options.config;
	worker.preserve_fds = from->preserve_fds;
	worker.stdio = from->stdio;
	worker.notice = from->notice;
	worker.data = from->data;
	return worker_run(&worker, NULL, to);
}

static int start(const void *request, struct worker_place *place)
{
	return container_start(request, NULL, &place->err);
}

int tare_start(const struct tare_name *name, struct tare_error *to)
{
	struct lib_name whose;
	struct worker worker = { .work = start, .request = &whose.name, .config = "" };
	struct error err;
	int rc;

	error_clear(&err);
	rc = lib_name(name, &whose, &err);
	return rc < 0 ? lib_finish(rc, &err, to) : worker_run(&worker, NULL, to);
}

struct deletion {
	struct lib_name whose;
	bool force;
};

static int delete (const void *request, struct worker_place *place)
{
	const struct deletion *deletion = request;

	return container_delete(&deletion->whose.name, deletion->force, &place->report.log,
				&place->err);
}

int tare_delete(const struct tare_name *name, unsigned flags, struct tare_error *to)
{
	struct deletion deletion = { .force = flags & TARE_DELETE_FORCE };
	struct worker worker = { .work = delete, .request = &deletion, .config = "" };
	struct error err;
	int rc;

	error_clear(&err);
	rc = lib_check_flags(flags, TARE_DELETE_FORCE, &err);
	if (rc == 0)
		rc = lib_name(name, &deletion.whose, &err);
	return rc < 0 ? lib_finish(rc, &err, to) : worker_run(&worker, NULL, to);
}
