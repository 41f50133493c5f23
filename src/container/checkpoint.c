/* checkpoint.c - tare checkpoint: see lifecycle.h. */
#include "container/criu.h"
#include "container/found.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_CRIU

/* What the standard streams were: restore ties pipes to its own (the name is runc's). */
#define DESCRIPTORS "descriptors.json"

static int check_status(const struct found *found, const struct container_name *name,
			struct error *err)
{
	if (found->status == OCI_STATUS_RUNNING || found->status == OCI_STATUS_PAUSED)
		return 0;
	return error_set(err, EINVAL, NULL, "container %s cannot be checkpointed in the %s state",
			 name->id, oci_status_name(found->status));
}

static int save_descriptors(const struct criu_call *call, pid_t pid, struct error *err)
{
	char path[PATH_MAX], target[3][PATH_MAX];
	owned_fd dir = open(call->images, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = FD_NONE;

	for (int i = 0; i < 3; i++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, i);
		n = readlink(path, target[i], sizeof(target[i]) - 1);
		target[i][n > 0 ? n : 0] = '\0';
		if (strpbrk(target[i], "\"\\")) /* a file, and of no interest */
			target[i][0] = '\0';
	}
	fd = openat(dir, DESCRIPTORS, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || dprintf(fd, "[\"%s\",\"%s\",\"%s\"]\n", target[0], target[1], target[2]) < 0)
		return error_sys(err, errno, "write", NULL, "cannot write %s/" DESCRIPTORS,
				 call->images);
	return 0;
}

static bool list_has(const char *list, const char *name)
{
	const size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += len) {
		if ((at == list || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* CRIU stops the processes by it, so that none is born meanwhile. */
static void add_freezer(struct criu_call *call, const struct oci_record *record)
{
	for (size_t i = 0; i < record->cgroups.count; i++) {
		const struct oci_record_cgroup *entry = &record->cgroups.items[i];

		if (entry->controllers[0] == '\0' || list_has(entry->controllers, "freezer")) {
			criu_add(call, "freeze-cgroup=%s%s", entry->mount_point, entry->path);
			return;
		}
	}
}

static int add_all(struct criu_call *call, struct found *found, struct error *err)
{
	struct oci_config *config;
	int rc = state_load_config(&found->state, &found->arena, &config, err);

	if (rc < 0)
		return rc;
	criu_add(call, "pid=%d", (int)found->record->pid);
	criu_add(call, "root=%s", found->record->rootfs);
	if (call->options->pre_dump)
		criu_add(call, "track-mem");
	criu_add_config(call, config);
	add_freezer(call, found->record);
	rc = criu_add_dumped_mounts(call, config, (pid_t)found->record->pid, err);
	return rc < 0 ? rc : criu_add_dumped_namespaces(call, config, err);
}

static int converse(struct criu_call *call, struct error *err)
{
	struct criu_word word;
	int rc = criu_start(call, err);

	if (rc == 0)
		rc = criu_go(call, err);
	if (rc < 0)
		return rc;
	do {
		rc = criu_next(call, &word, err);
		close_fd(&word.file);
	} while (rc > 0); /* a dump has nothing to tell but its end */
	return rc;
}

static int dump(struct found *found, const struct criu_options *options, struct error *err)
{
	struct criu_call call = { .options = options, .arena = &found->arena };
	int rc = criu_begin(&call, options->pre_dump ? "pre-dump" : "dump", true, err);

	if (rc < 0)
		return rc;
	rc = add_all(&call, found, err);
	if (rc == 0 && !options->pre_dump)
		rc = save_descriptors(&call, (pid_t)found->record->pid, err);
	if (rc == 0)
		rc = converse(&call, err);
	criu_finish(&call);
	return rc;
}

int container_checkpoint(const struct container_name *name, const struct criu_options *options,
			 struct log *log, struct error *err)
{
	struct found found;
	int rc = found_open(&found, name, true, err);

	if (rc < 0)
		return rc;
	rc = check_status(&found, name, err);
	if (rc == 0)
		rc = dump(&found, options, err);
	found_close(&found);
	/* CRIU has killed what it saved: what is left is a stopped container */
	if (rc < 0 || options->leave_running || options->pre_dump)
		return rc;
	return container_delete(name, true, log, err);
}
