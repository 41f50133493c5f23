/*
 * restore.c - what CRIU does of tare restore; the rows are create's, in src/container/create.c.
 */
#include "container/restore.h"

#include "base/fd.h"
#include "container/criu.h"
#include "container/lifehooks.h"
#include "ocispec/read.h"
#include "sys/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ERROR_CODE CODE_CRIU

#define DESCRIPTORS "descriptors.json"

enum { DESCRIPTORS_MAX = 3 * PATH_MAX };

/* Pipes are tied to our own streams. The file is ["stdin","stdout","stderr"], as checkpoint wrote
 * it. */
static void add_descriptors(struct criu_call *call)
{
	char path[PATH_MAX], text[DESCRIPTORS_MAX];
	owned_fd fd = FD_NONE;
	ssize_t n = 0;
	char *rest = text;

	if (snprintf(path, sizeof(path), "%s/" DESCRIPTORS, call->images) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	text[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 3; i++) {
		char *begin = strchr(rest, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;

		if (!end)
			return;
		*end = '\0';
		rest = end + 1;
		if (strncmp(begin + 1, "pipe:[", 6) == 0)
			criu_add(call, "inherit=%d:%s", i, begin + 1);
	}
}

/* Where the processes are to be: the path is the same in all hierarchies of ours. */
static void add_cgroup(struct criu_call *call, const struct oci_record *record)
{
	if (record->cgroups.count > 0)
		criu_add(call, "cgroup-root=%s", record->cgroups.items[0].path);
}

static int add_all(struct create *c, struct criu_call *call)
{
	criu_add(call, "rst-sibling");
	criu_add(call, "root=%s", c->record.rootfs);
	criu_add_config(call, c->bundle.config);
	criu_add_restored_mounts(call, c->bundle.config, c->bundle.path);
	add_descriptors(call);
	add_cgroup(call, &c->record);
	return criu_add_restored_namespaces(call, c->bundle.config, c->err);
}

/* CRIU is born in our cgroup; what it restores follows it. */
static int enter_cgroup(struct create *c, pid_t pid)
{
	const int dir = c->cgroup ? cgroup_clone_fd(c->cgroup) : FD_NONE;
	owned_fd procs = FD_NONE;

	if (dir >= 0) {
		procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		if (procs < 0 || dprintf(procs, "%d", (int)pid) < 0)
			return error_sys(c->err, errno, "write", NULL,
					 "cannot move CRIU into the container's cgroup");
	}
	return c->cgroup ? cgroup_add(c->cgroup, pid, c->err) : 0;
}

static int take_pid(struct create *c, int number)
{
	c->foreground.pid = number;
	c->foreground.pidfd = pidfd_of(number);
	return c->foreground.pidfd < 0 ? error_sys(c->err, -c->foreground.pidfd, "pidfd_open", NULL,
						   "cannot find the restored process %d", number)
				       : 0;
}

static int run_hooks(struct create *c, struct criu_call *call, int pid)
{
	int rc, answer;

	c->record.has_pid = true;
	c->record.pid = pid;
	rc = lifehooks_run_create(c);
	answer = criu_answer(call, rc == 0);
	return rc < 0       ? rc
	       : answer < 0 ? error_sys(c->err, -answer, "send", NULL, "criu has gone")
			    : 0;
}

static int handle(struct create *c, struct criu_call *call, struct criu_word *word)
{
	if (strcmp(word->text, "hooks") == 0)
		return run_hooks(c, call, word->number);
	if (strcmp(word->text, "restored") == 0)
		return take_pid(c, word->number);
	if (strcmp(word->text, "console") == 0 && c->foreground.console < 0)
		c->foreground.console = take_fd(&word->file);
	return 0;
}

static int converse(struct create *c, struct criu_call *call)
{
	struct criu_word word;
	int rc = criu_start(call, c->err);

	if (rc == 0)
		rc = enter_cgroup(c, call->pid);
	if (rc == 0)
		rc = criu_go(call, c->err);
	while (rc == 0) {
		rc = criu_next(call, &word, c->err);
		if (rc <= 0)
			break;
		rc = handle(c, call, &word);
		close_fd(&word.file);
	}
	if (rc == 0 && c->foreground.pid <= 0)
		rc = error_set(c->err, EBADMSG, NULL, "criu did not say which process it restored");
	return rc;
}

int restore_check(struct create *c)
{
	struct criu_call call = { .options = c->options->restore, .arena = &c->arena };

	return criu_begin(&call, "restore", false, c->err);
}

int restore_run(struct create *c)
{
	struct criu_call call = { .options = c->options->restore,
				  .arena = &c->arena,
				  .mount_root = c->record.rootfs };
	int rc;

	/* its parent, tare-criu, ends: then it is ours, if we are to wait for it */
	if (!c->options->detach && prctl(PR_SET_CHILD_SUBREAPER, 1UL) < 0)
		return error_sys(c->err, errno, "prctl", NULL, "cannot become a subreaper");
	rc = criu_begin(&call, "restore", false, c->err);
	if (rc == 0)
		rc = criu_make_mount_points(c->bundle.config, c->record.rootfs, c->err);
	if (rc == 0)
		rc = add_all(c, &call);
	if (rc == 0)
		rc = converse(c, &call);
	criu_finish(&call);
	return rc;
}
