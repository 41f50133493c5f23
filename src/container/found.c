/* found.c - see found.h. */
#include "container/found.h"
#include "base/fd.h"
#include "sys/pidfd.h"
#include "sys/procstat.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_CGROUP_MISSING

static bool is_of_this_boot(const struct oci_record *record)
{
	char boot_id[37];

	return procstat_boot_id(boot_id) == 0 && strcmp(boot_id, record->boot_id) == 0;
}

/*
 * A pid is the container's process only if it was born at the same time of the same boot. The pidfd
 * is taken first: what is read afterwards is of the process that it names, or of nobody.
 */
static int open_process(const struct oci_record *record)
{
	struct procstat stat;
	owned_fd pidfd = FD_NONE;

	if (!record->has_pid || record->pid <= 0)
		return FD_NONE;
	pidfd = pidfd_of(record->pid);
	if (pidfd < 0 || procstat_read(record->pid, &stat) < 0)
		return FD_NONE;
	if (stat.start_time != record->start_time || stat.state == 'Z' || stat.state == 'X')
		return FD_NONE;
	return take_fd(&pidfd);
}

/* Of a process that is not frozen. */
static enum oci_status derive(const struct found *found, bool locked_by_us)
{
	if (found->pidfd < 0) {
		/* being made by somebody, or what is left of an attempt */
		if (!found->record->has_pid && !locked_by_us && state_is_locked(&found->state))
			return OCI_STATUS_CREATING;
		return OCI_STATUS_STOPPED;
	}
	if (state_is_being_made(&found->state))
		return OCI_STATUS_CREATING;
	return state_is_waiting(&found->state) ? OCI_STATUS_CREATED : OCI_STATUS_RUNNING;
}

/* Of another boot nothing is left; what has such a number or name now is another's. */
static const struct oci_record_cgroup_list *cgroups_of(const struct found *found, bool current)
{
	static const struct oci_record_cgroup_list none;

	return current ? &found->record->cgroups : &none;
}

enum look { LOOK_STATUS, LOOK_ALL };

static int look(struct found *found, enum look what, bool locked, struct error *err)
{
	int rc = state_load(&found->state, &found->arena, &found->record, err);
	bool current, frozen = false;

	if (rc < 0) {
		found->record = NULL;
		return rc;
	}
	current = is_of_this_boot(found->record);
	if (what == LOOK_ALL)
		rc = cgroup_open(cgroups_of(found, current), &found->cgroup, err);
	if (rc < 0)
		return rc;
	found->pidfd = current ? open_process(found->record) : FD_NONE;
	found->status = derive(found, locked);
	if (found->status != OCI_STATUS_RUNNING)
		return 0;
	if (found->cgroup)
		frozen = cgroup_is_frozen(found->cgroup);
	else
		rc = cgroup_ask_frozen(cgroups_of(found, current), &frozen, err);
	if (frozen)
		found->status = OCI_STATUS_PAUSED;
	return rc;
}

static int open_state(struct found *found, const struct container_name *name, struct error *err)
{
	memset(found, 0, sizeof(*found));
	found->pidfd = FD_NONE;
	found->status = OCI_STATUS_STOPPED;
	return state_open(&found->state, name->root, name->id, err);
}

int found_open(struct found *found, const struct container_name *name, bool lock, struct error *err)
{
	int rc = open_state(found, name, err);

	if (rc == 0 && lock)
		rc = state_lock(&found->state, err);
	if (rc == 0)
		rc = look(found, LOOK_ALL, lock, err);
	if (rc < 0)
		found_close(found);
	return rc;
}

int found_open_status(struct found *found, const struct container_name *name, struct error *err)
{
	int rc = open_state(found, name, err);

	if (rc == 0)
		rc = look(found, LOOK_STATUS, false, err);
	if (rc < 0)
		found_close(found);
	return rc;
}

int found_open_debris(struct found *found, const struct container_name *name, struct error *err)
{
	struct error unread;
	int rc = open_state(found, name, err);

	if (rc == 0)
		rc = state_lock(&found->state, err);
	if (rc < 0) {
		found_close(found);
		return rc;
	}
	error_clear(&unread);
	(void)(look(found, LOOK_ALL, true, &unread) < 0);
	return 0;
}

int found_needs_cgroup(const struct found *found, const struct container_name *name,
		       struct error *err)
{
	if (found->cgroup && !cgroup_is_none(found->cgroup))
		return 0;
	if (found->cgroup && cgroup_has_gone(found->cgroup))
		return error_set(err, ENODEV, NULL,
				 "the cgroup of container %s has gone: somebody else removed it",
				 name->id);
	if (found->record->without_cgroup) {
		(void)error_set(err, ENOTSUP, NULL,
				"container %s has no cgroup of its own: it was created with the "
				"cgroup manager \"disabled\"",
				name->id);
		error_add_hint(err, "create it with --cgroup-manager=cgroupfs or systemd");
		return -ENOTSUP;
	}
	(void)error_set(err, ENOTSUP, NULL,
			"container %s has no cgroup of its own: none could be made when it was "
			"created",
			name->id);
	error_add_hint(err, "name one that this user may make in linux.cgroupsPath (systemd: "
			    "Delegate=yes), or run as root");
	return -ENOTSUP;
}

void found_close(struct found *found)
{
	close_fd(&found->pidfd);
	cgroup_free(found->cgroup);
	found->cgroup = NULL;
	state_close(&found->state);
	arena_free(&found->arena);
}
