/* exec.c - tare_exec: see tare/tare.h. Done by a worker, which stays with the process. */
#include "lib/worker.h"

#include <errno.h>

#define ERROR_CODE CODE_USAGE

static int exec(const void *request, struct worker_place *place)
{
	struct container_exec process = *(const struct container_exec *)request;

	process.options.nofile_soft = place->fence.nofile.rlim_cur;
	process.options.nofile_hard = place->fence.nofile.rlim_max;
	return container_exec(&process, &place->report, &place->exit_status, &place->err);
}

/* Nobody below writes to what is in the list. */
static struct oci_strings strings_of(const char *const *list)
{
	struct oci_strings strings = { .items = (char **)(uintptr_t)list };

	while (list && list[strings.count])
		strings.count++;
	return strings;
}

static struct container_exec process_of(const struct tare_exec_options *from,
					const struct lib_name *name)
{
	struct container_exec process = {
		.name = name->name,
		.process_file = from->process_file,
		.args = strings_of(from->args),
		.env = strings_of(from->env),
		.caps = strings_of(from->caps),
		.cwd = from->cwd,
		.has_tty = from->flags & TARE_EXEC_TERMINAL,
		.tty = from->flags & TARE_EXEC_TERMINAL,
		.has_uid = from->flags & TARE_EXEC_USER,
		.uid = from->uid,
		.has_gid = from->flags & TARE_EXEC_USER,
		.gid = from->gid,
		.has_no_new_privs = from->flags & TARE_EXEC_NO_NEW_PRIVS,
		.no_new_privs = from->flags & TARE_EXEC_NO_NEW_PRIVS,
		.ignore_paused = from->flags & TARE_EXEC_IGNORE_PAUSED,
	};

	process.options.root = name->name.root;
	process.options.id = name->name.id;
	process.options.bundle = ".";
	process.options.config = "config.json";
	process.options.pid_file = from->pid_file;
	process.options.preserve_fds = from->preserve_fds;
	process.options.console_socket = from->console_socket;
	process.options.detach = from->flags & TARE_EXEC_DETACH;
	return process;
}

static int check(const struct tare_exec_options *options, struct error *err)
{
	const unsigned known = TARE_EXEC_DETACH | TARE_EXEC_TERMINAL | TARE_EXEC_USER |
			       TARE_EXEC_NO_NEW_PRIVS | TARE_EXEC_IGNORE_PAUSED;
	int rc;

	if (!options)
		return error_set(err, EINVAL, NULL, "there is nothing to execute");
	rc = lib_check_size(options->size, sizeof(*options), err);
	if (rc == 0)
		rc = lib_check_flags(options->flags, known, err);
	if (rc == 0 && !options->process_file && (!options->args || !options->args[0]))
		rc = error_set(err, EINVAL, NULL, "there is nothing to execute");
	return rc;
}

int tare_exec(const struct tare_name *name, const struct tare_exec_options *from, int *exit_status,
	      struct tare_error *to)
{
	struct container_exec process;
	struct worker worker = { .work = exec, .request = &process, .config = "the process" };
	struct lib_name whose;
	struct error err;
	int rc;

	error_clear(&err);
	rc = check(from, &err);
	if (rc == 0)
		rc = lib_name(name, &whose, &err);
	if (rc != 0)
		return lib_finish(rc, &err, to);
	process = process_of(from, &whose);
	worker.preserve_fds = from->preserve_fds;
	worker.stdio = from->stdio;
	worker.notice = from->notice;
	worker.data = from->data;
	return worker_run(&worker, exit_status, to);
}
