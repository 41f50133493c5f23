/* lifehooks.c - see lifehooks.h. */
#include "container/lifehooks.h"
#include "base/fd.h"
#include "base/text.h"
#include "container/hooks.h"
#include "ocispec/write.h"

#include <errno.h>
#include <linux/memfd.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static const struct oci_hooks none;

static const struct oci_hooks *hooks_of(const struct oci_config *config)
{
	return config->hooks ? config->hooks : &none;
}

static struct oci_state state_of(const struct oci_record *record, enum oci_status status)
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

bool lifehooks_inside(const struct create *c)
{
	const struct oci_hooks *hooks = hooks_of(c->bundle.config);

	return hooks->create_container.count + hooks->start_container.count > 0;
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
	for (struct step *s = program_first(&c->program); s; s = program_next(&c->program, s)) {
		const bool at_start =
		    text_has_prefix(program_origin(&c->program, s), "/hooks/startContainer");

		if (s->kind == STEP_HOOK)
			((struct step_hook *)(void *)s)->state = c->hook_state[at_start];
		if (s->kind == STEP_GATE)
			((struct step_gate *)(void *)s)->state = c->hook_state[1];
	}
	return 0;
}

/* The descriptors are ours, not the program's: it must not close them a second time. */
void lifehooks_close(struct create *c)
{
	close_fd(&c->hook_state[0]);
	close_fd(&c->hook_state[1]);
}

static int tell(struct create *c, int fd, enum oci_status status)
{
	const struct oci_state state = state_of(&c->record, status);
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

int lifehooks_run_create(struct create *c)
{
	const struct oci_hooks *hooks = hooks_of(c->bundle.config);
	const struct oci_state state = state_of(&c->record, OCI_STATUS_CREATING);
	owned_fd cancel = open_cancel(c);
	struct hooks_request request = {
		.hooks = &hooks->prestart, .name = "prestart", .state = &state, .cancel_fd = cancel
	};
	int rc = hooks_run(&request, c->err);

	if (rc < 0)
		return rc;
	request.hooks = &hooks->create_runtime;
	request.name = "createRuntime";
	return hooks_run(&request, c->err);
}

int lifehooks_run_poststart(const struct oci_record *record, const struct oci_config *config,
			    struct error *err)
{
	const struct oci_state state = state_of(record, OCI_STATUS_RUNNING);
	const struct hooks_request request = { .hooks = &hooks_of(config)->poststart,
					       .name = "poststart",
					       .state = &state,
					       .cancel_fd = FD_NONE };

	return hooks_run(&request, err);
}

void lifehooks_run_poststop(const struct oci_record *record, const struct oci_config *config,
			    struct log *log)
{
	const struct oci_state state = state_of(record, OCI_STATUS_STOPPED);
	const struct hooks_request request = { .hooks = &hooks_of(config)->poststop,
					       .name = "poststop",
					       .state = &state,
					       .cancel_fd = FD_NONE };

	hooks_run_all(&request, log);
}
