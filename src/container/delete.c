/*
 * delete.c - tare delete: see lifecycle.h.
 *
 * Works from the journal alone, whatever is left, and writes nothing. Each part may have gone
 * already; the directory goes last, so that an interrupted delete can be repeated.
 */
#include "container/found.h"
#include "container/lifehooks.h"
#include "container/rdt.h"
#include "container/systemd.h"

#include "base/fd.h"
#include "base/trace.h"
#include "sys/pidfd.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>

#define ERROR_CODE CODE_CONTAINER_STATUS

static int check_status(const struct found *found, const struct container_name *name, bool force,
			struct error *err)
{
	if (force || !found->record || found->status == OCI_STATUS_STOPPED ||
	    found->status == OCI_STATUS_CREATED)
		return 0;
	return error_set(err, EBUSY, NULL, "cannot delete container %s that is not stopped: %s",
			 name->id, oci_status_name(found->status));
}

/* The end of the process, whoever reaps it. */
static int wait_for_death(int pidfd, const struct container_name *name, struct error *err)
{
	const int rc = pidfd_await_end(pidfd, CONTAINER_DEATH_MS);

	return rc == 0 ? 0
		       : error_set(err, -rc, NULL,
				   "the process of container %s does not end: it may hang in the "
				   "kernel",
				   name->id);
}

static int kill_process(struct found *found, const struct container_name *name, struct error *err)
{
	struct error ignored;
	int rc;

	if (found->pidfd < 0)
		return 0;
	rc = pidfd_signal(found->pidfd, SIGKILL);
	if (rc < 0 && rc != -ESRCH)
		return error_sys(err, -rc, "pidfd_send_signal", NULL, "cannot kill container %s",
				 name->id);
	error_clear(&ignored);
	if (found->status == OCI_STATUS_PAUSED && cgroup_thaw(found->cgroup, &ignored) < 0)
		return -ignored.errnum; /* it would not die; v2 kills frozen ones as well */
	return wait_for_death(found->pidfd, name, err);
}

static int remove_cgroup(struct found *found, struct log *log, struct error *err)
{
	int rc;

	if (!found->cgroup)
		return 0;
	rc = cgroup_kill(found->cgroup, err);
	if (rc == 0 && found->record && found->record->systemd_scope)
		systemd_stop(found->record, log);
	return rc < 0 ? rc : cgroup_remove(found->cgroup, err);
}

/* Of an attempt that never came to a readable config there are none. */
static void run_poststop(struct found *found, struct log *log)
{
	struct oci_config *config;
	struct error ignored;

	error_clear(&ignored);
	if (found->record &&
	    state_load_config(&found->state, &found->arena, &config, &ignored) == 0)
		lifehooks_run_poststop(found->record, config, log);
}

static int delete_found(struct found *found, const struct container_name *name, struct log *log,
			struct error *err)
{
	uint64_t began = trace_now();
	int rc = trace_host("kill the process", began, kill_process(found, name, err));

	began = trace_now();
	if (rc == 0)
		rc = trace_host("remove the cgroup", began, remove_cgroup(found, log, err));
	if (rc == 0 && found->record)
		rc = rdt_remove(found->record, log, err);
	if (rc < 0)
		return rc;
	if (found->record && found->record->unmount)
		(void)umount2(found->record->unmount, MNT_DETACH | UMOUNT_NOFOLLOW);
	began = trace_now();
	run_poststop(found, log);
	(void)trace_host("run the poststop hooks", began, 0);
	began = trace_now();
	return trace_host("remove the state", began, state_remove(&found->state, err));
}

int container_delete(const struct container_name *name, bool force, struct log *log,
		     struct error *err)
{
	struct found found;
	const uint64_t began = trace_now();
	int rc = force ? found_open_debris(&found, name, err) : found_open(&found, name, true, err);

	(void)trace_host("find the container", began, rc);
	if (rc == -ENOENT && force) {
		error_clear(err);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (!found.record)
		log_warn(log, NULL,
			 "container %s had no readable record: only its state was removed",
			 name->id);
	rc = check_status(&found, name, force, err);
	if (rc == 0)
		rc = delete_found(&found, name, log, err);
	found_close(&found);
	return rc;
}
