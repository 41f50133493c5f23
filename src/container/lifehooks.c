/* lifehooks.c - see lifehooks.h. */
#include "container/lifehooks.h"
#include "base/fd.h"
#include "base/text.h"
#include "container/hooks.h"
#include "ocispec/map.h"
#include "ocispec/write.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#define ERROR_CODE CODE_HOOK

static const struct oci_hooks none;

static const struct oci_hooks *hooks_of(const struct oci_config *config)
{
	return config->hooks ? config->hooks : &none;
}

struct oci_state lifehooks_state(const struct oci_record *record, enum oci_status status)
{
	return (struct oci_state){
		.oci_version = record->oci_version,
		.id = record->id,
		.has_pid = true,
		.pid = status == OCI_STATUS_STOPPED ? 0 : record->pid,
		.has_status = true,
		.status = status,
		.bundle = record->bundle,
		.rootfs = record->rootfs,
		.annotations = record->annotations,
	};
}

/*
 * Files that the annotations name, relative to the bundle, get what hooks say at their end; they
 * and their directory are the config's author's, as the hooks are.
 */
static int open_output(const struct oci_record *record, const struct oci_config *config,
		       const char *key, struct error *err)
{
	const char *name = oci_map_get(&config->annotations, key);
	struct arena arena = ARENA_INIT;
	const char *path;
	char pointer[64];
	int fd;

	if (!name)
		return 0;
	path = name[0] == '/' ? name : arena_format(&arena, "%s/%s", record->bundle, name);
	fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			 0600)
		  : -1;
	(void)snprintf(pointer, sizeof(pointer), "/annotations/%s", key);
	if (fd < 0)
		fd = error_sys(err, path ? errno : ENOMEM, "open", pointer,
			       "cannot open %s for the output of the hooks", name);
	else
		(void)fcntl(fd, F_SETFL, O_APPEND); /* a fifo without a reader does not hang us */
	arena_free(&arena);
	return fd;
}

static void close_outputs(struct lifehooks_output *output)
{
	if (output->out > 0)
		(void)close(output->out);
	if (output->err > 0)
		(void)close(output->err);
	output->out = output->err = 0;
}

static int open_outputs(const struct oci_record *record, const struct oci_config *config,
			struct lifehooks_output *output, struct error *err)
{
	output->err = 0;
	output->out = open_output(record, config, "run.oci.hooks.stdout", err);
	if (output->out >= 0)
		output->err = open_output(record, config, "run.oci.hooks.stderr", err);
	if (output->out >= 0 && output->err >= 0)
		return 0;
	close_outputs(output);
	return -err->errnum;
}

bool lifehooks_inside(const struct create *c)
{
	const struct oci_hooks *hooks = hooks_of(c->bundle.config);

	return hooks->create_container.count + hooks->start_container.count > 0;
}

static int64_t file_or_none(int file)
{
	return file > 0 ? file : -1;
}

static void fill_hook(const struct create *c, struct step_hook *step, int state)
{
	step->state = state;
	step->out = file_or_none(c->hook_output.out);
	step->err = file_or_none(c->hook_output.err);
}

/* Spares what hooks at start still need. */
static void fill_gate(const struct create *c, struct step_gate *step)
{
	step->state = c->hook_state[1];
	step->out = file_or_none(c->hook_output.out);
	step->err = file_or_none(c->hook_output.err);
}

/* Both kinds of hook name their file in their own step, and the gate spares the second one. */
int lifehooks_open(struct create *c)
{
	for (size_t i = 0; i < 2; i++) {
		c->hook_state[i] = (int)syscall(SYS_memfd_create, "state", MFD_CLOEXEC);
		if (c->hook_state[i] < 0)
			return error_sys(c->err, errno, "memfd_create", "/hooks",
					 "cannot prepare the state for the hooks");
	}
	if (open_outputs(&c->record, c->bundle.config, &c->hook_output, c->err) < 0)
		return -c->err->errnum;
	for (struct step *s = program_first(&c->program); s; s = program_next(&c->program, s)) {
		const bool at_start =
		    text_has_prefix(program_origin(&c->program, s), "/hooks/startContainer");

		if (s->kind == STEP_HOOK)
			fill_hook(c, (void *)s, c->hook_state[at_start]);
		if (s->kind == STEP_GATE)
			fill_gate(c, (void *)s);
	}
	return 0;
}

/* The descriptors are ours, not the program's: it must not close them a second time. */
void lifehooks_close(struct create *c)
{
	close_fd(&c->hook_state[0]);
	close_fd(&c->hook_state[1]);
	close_outputs(&c->hook_output);
}

static int tell(struct create *c, int fd, enum oci_status status)
{
	const struct oci_state state = lifehooks_state(&c->record, status);
	struct oci_text text;
	int rc = oci_write(&c->arena, oci_state_type, &state, OCI_COMPACT, &text);

	if (rc < 0)
		return rc;
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text.data, text.len, 0) != (ssize_t)text.len)
		return -EIO;
	return 0;
}

int lifehooks_tell(struct create *c)
{
	int rc = 0;

	if (!lifehooks_inside(c))
		return 0;
	rc = tell(c, c->hook_state[0], OCI_STATUS_CREATING);
	if (rc == 0)
		rc = tell(c, c->hook_state[1], OCI_STATUS_CREATED);
	if (rc < 0)
		return error_sys(c->err, -rc, "write", "/hooks",
				 "cannot write the state for the hooks");
	return 0;
}

/*
 * Where we stay in the foreground the signals are blocked: those that mean an end, and only they,
 * end a hook that hangs.
 */
static int open_cancel(const struct create *c)
{
	sigset_t ends;

	if (c->foreground.signals < 0)
		return FD_NONE;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGHUP);
	(void)sigaddset(&ends, SIGQUIT);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The output of those that run outside is opened for them alone: start and delete are other calls.
 */
static int run(const struct oci_record *record, const struct oci_config *config,
	       struct hooks_request *request, struct error *err)
{
	struct lifehooks_output output;
	int rc;

	if (request->hooks->count == 0)
		return 0;
	rc = open_outputs(record, config, &output, err);
	if (rc < 0)
		return rc;
	request->stdout_file = output.out;
	request->stderr_file = output.err;
	rc = hooks_run(request, err);
	close_outputs(&output);
	return rc;
}

int lifehooks_run_create(struct create *c)
{
	const struct oci_hooks *hooks = hooks_of(c->bundle.config);
	const struct oci_state state = lifehooks_state(&c->record, OCI_STATUS_CREATING);
	owned_fd cancel = open_cancel(c);
	struct hooks_request request = {
		.hooks = &hooks->prestart, .name = "prestart", .state = &state, .cancel_fd = cancel
	};
	int rc = run(&c->record, c->bundle.config, &request, c->err);

	if (rc < 0)
		return rc;
	request.hooks = &hooks->create_runtime;
	request.name = "createRuntime";
	return run(&c->record, c->bundle.config, &request, c->err);
}

int lifehooks_run_poststart(const struct oci_record *record, const struct oci_config *config,
			    struct error *err)
{
	const struct oci_state state = lifehooks_state(record, OCI_STATUS_RUNNING);
	struct hooks_request request = { .hooks = &hooks_of(config)->poststart,
					 .name = "poststart",
					 .state = &state,
					 .cancel_fd = FD_NONE };

	return run(record, config, &request, err);
}

/* Without their file they still run: what they clean up is worth more than what they say. */
void lifehooks_run_poststop(const struct oci_record *record, const struct oci_config *config,
			    struct log *log)
{
	const struct oci_state state = lifehooks_state(record, OCI_STATUS_STOPPED);
	struct hooks_request request = { .hooks = &hooks_of(config)->poststop,
					 .name = "poststop",
					 .state = &state,
					 .cancel_fd = FD_NONE };
	struct lifehooks_output output = { 0 };
	struct error err;

	if (request.hooks->count == 0)
		return;
	error_clear(&err);
	if (open_outputs(record, config, &output, &err) < 0)
		log_warn(log, err.pointer, "%s", err.message);
	request.stdout_file = output.out;
	request.stderr_file = output.err;
	hooks_run_all(&request, log);
	close_outputs(&output);
}
