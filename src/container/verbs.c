/* verbs.c - state, list, kill, pause, resume, ps: see lifecycle.h. */
#include "container/wait.h"

#include "base/fd.h"
#include "base/text.h"
#include "container/owner.h"
#include "sys/pidfd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CODE CODE_KILL

/* As a rule all containers of a list have the same owner: the last one is remembered. */
static char *owner_of(struct arena *arena, uint32_t uid)
{
	static _Thread_local char name[256];
	static _Thread_local uint32_t last;

	if (!name[0] || last != uid)
		owner_name(uid, name, sizeof(name));
	last = uid;
	return arena_strdup(arena, name);
}

static void copy_annotations(struct arena *arena, const struct oci_string_map *from,
			     struct oci_string_map *to)
{
	to->items = from->count ? arena_array(arena, from->count, sizeof(*to->items)) : NULL;
	for (size_t i = 0; to->items && i < from->count; i++) {
		to->items[i].key = arena_strdup(arena, from->items[i].key);
		to->items[i].value = arena_strdup(arena, from->items[i].value);
		to->count = i + 1;
	}
}

static void describe(const struct found *found, struct arena *arena, struct oci_state *out)
{
	const struct oci_record *record = found->record;

	memset(out, 0, sizeof(*out));
	out->oci_version = arena_strdup(arena, record->oci_version);
	out->id = arena_strdup(arena, record->id);
	out->has_pid = true;
	out->pid = found->pidfd >= 0 ? record->pid : 0;
	out->has_status = true;
	out->status = found->status;
	out->bundle = arena_strdup(arena, record->bundle);
	out->rootfs = record->rootfs ? arena_strdup(arena, record->rootfs) : NULL;
	out->created = arena_strdup(arena, record->created);
	out->owner = owner_of(arena, record->owner);
	out->systemd_scope =
	    record->systemd_scope ? arena_strdup(arena, record->systemd_scope) : NULL;
	copy_annotations(arena, &record->annotations, &out->annotations);
}

int container_state(const struct container_name *name, struct arena *arena, struct oci_state *out,
		    struct error *err)
{
	struct found found;
	int rc = found_open_status(&found, name, err);

	if (rc < 0)
		return rc;
	describe(&found, arena, out);
	found_close(&found);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_id(struct arena *arena, struct oci_strings *ids, const char *id)
{
	if ((ids->count & (ids->count - 1)) == 0) { /* full at powers of two */
		size_t room = ids->count ? 2 * ids->count : 1;
		char **items = arena_array(arena, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (ids->count > 0)
			memcpy(items, ids->items, ids->count * sizeof(*items));
		ids->items = items;
	}
	ids->items[ids->count] = arena_strdup(arena, id);
	return ids->items[ids->count++] ? 0 : -ENOMEM;
}

int container_list(const char *root, struct arena *arena, struct oci_strings *ids,
		   struct error *err)
{
	DIR *dir = opendir(root);
	struct dirent *entry;
	int rc = 0;

	memset(ids, 0, sizeof(*ids));
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return error_sys(err, errno, "opendir", NULL, "cannot read the state root %s",
				 root);
	while (rc == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' &&
		    (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN))
			rc = add_id(arena, ids, entry->d_name);
	}
	(void)closedir(dir);
	if (rc < 0)
		return error_sys(err, -rc, "", NULL, "cannot list the containers");
	if (ids->count > 0)
		qsort(ids->items, ids->count, sizeof(*ids->items), compare);
	return 0;
}

static int not_running(const struct container_name *name, struct error *err)
{
	return error_set(err, ESRCH, NULL, "container not running: %s", name->id);
}

static int signal_one(const struct found *found, const struct container_name *name, int signal,
		      struct error *err)
{
	int rc = found->pidfd < 0 ? -ESRCH : pidfd_signal(found->pidfd, signal);

	if (rc == -ESRCH)
		return not_running(name, err);
	if (rc < 0)
		return error_sys(err, -rc, "pidfd_send_signal", NULL,
				 "cannot signal the container %s", name->id);
	return 0;
}

/* No cgroup that would tell its processes from others, nor had it one. */
static bool is_without_cgroup(const struct found *found)
{
	return !found->cgroup || (cgroup_is_none(found->cgroup) && !cgroup_has_gone(found->cgroup));
}

/*
 * What shares a pid namespace with others does not die with its first process: kill it all. Without
 * a cgroup "all" is the first process, and nobody once that has ended and the namespace with it.
 */
static int kill_found(struct found *found, const struct container_name *name, int signal, bool all,
		      struct error *err)
{
	const bool everything = all || (signal == SIGKILL && !found->record->own_pid_namespace);
	const bool alone = is_without_cgroup(found);
	int rc = 0;

	if (all && alone && found->pidfd < 0 && found->record->own_pid_namespace)
		return 0;
	if (!all || alone)
		rc = signal_one(found, name, signal, err);
	if (rc == 0 && everything && !alone)
		rc = cgroup_signal(found->cgroup, signal, err);
	/* a frozen process (v1) dies when it thaws */
	if (rc == 0 && signal == SIGKILL && found->status == OCI_STATUS_PAUSED)
		rc = cgroup_thaw(found->cgroup, err);
	return rc;
}

int container_kill(const struct container_name *name, int signal, bool all, struct error *err)
{
	struct found found;
	int rc = found_open(&found, name, false, err);

	if (rc < 0)
		return rc;
	rc = kill_found(&found, name, signal, all, err);
	found_close(&found);
	return rc;
}

int container_kill_wait(const struct container_name *name, int signal, int64_t timeout_ms,
			int *exit_status, struct error *err)
{
	struct found found;
	int rc = found_open(&found, name, false, err);

	if (rc < 0)
		return rc;
	rc = kill_found(&found, name, signal, false, err);
	if (rc == 0)
		rc = wait_found(&found, name, timeout_ms, exit_status, err);
	found_close(&found);
	return rc;
}

static int freeze(struct found *found, const struct container_name *name, bool frozen,
		  struct error *err)
{
	int rc;

	if (frozen && found->status != OCI_STATUS_RUNNING && found->status != OCI_STATUS_CREATED)
		return error_set(err, EINVAL, NULL, "container not running: %s is %s", name->id,
				 oci_status_name(found->status));
	if (!frozen && found->status != OCI_STATUS_PAUSED)
		return error_set(err, EINVAL, NULL, "container not paused: %s is %s", name->id,
				 oci_status_name(found->status));
	rc = found_needs_cgroup(found, name, err);
	if (rc < 0)
		return rc;
	return frozen ? cgroup_freeze(found->cgroup, err) : cgroup_thaw(found->cgroup, err);
}

static int set_frozen(const struct container_name *name, bool frozen, struct error *err)
{
	struct found found;
	int rc = found_open(&found, name, true, err);

	if (rc < 0)
		return rc;
	rc = freeze(&found, name, frozen, err);
	found_close(&found);
	return rc;
}

int container_pause(const struct container_name *name, struct error *err)
{
	return set_frozen(name, true, err);
}

int container_resume(const struct container_name *name, struct error *err)
{
	return set_frozen(name, false, err);
}

int container_pids(const struct container_name *name, struct arena *arena,
		   struct oci_pid_list *pids, struct error *err)
{
	struct found found;
	int rc = found_open(&found, name, false, err);

	if (rc < 0)
		return rc;
	memset(pids, 0, sizeof(*pids));
	/* Once it has ended, nobody is left in its pid namespace. */
	if (is_without_cgroup(&found) && (found.pidfd >= 0 || !found.record->own_pid_namespace))
		rc = found_needs_cgroup(&found, name, err);
	if (rc == 0 && found.cgroup && !is_without_cgroup(&found))
		rc = cgroup_pids(found.cgroup, arena, pids, err);
	found_close(&found);
	return rc;
}
