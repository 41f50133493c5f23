/* rdt.c - see rdt.h. */
#include "container/rdt.h"
#include "container/rdt_schemata.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/cgroupfs.h" /* resctrl is a kernfs like it: directories that the kernel fills */
#include "sys/procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_INTEL_RDT

#define POINTER     "/linux/intelRdt"
#define USUAL_PLACE "/sys/fs/resctrl"

enum { TASKS_MOST = 4096, SCHEMATA_MOST = 16384, LINE_SIZE = 4096 };

/* Where a group is made, and under which name. */
struct place {
	int parent;
	const char *name;
	const char *path; /* for people, and the journal */
};

bool rdt_applies(const struct create *c)
{
	return c->bundle.config->linux && c->bundle.config->linux->intel_rdt;
}

static const struct oci_intel_rdt *wanted(const struct create *c)
{
	static const struct oci_intel_rdt nothing;

	return rdt_applies(c) ? c->bundle.config->linux->intel_rdt : &nothing;
}

bool rdt_is_recorded(const struct create *c)
{
	return c->record.intel_rdt != NULL;
}

/* What resctrl has at its top and sysfs, whose empty directory is there without it, has not. */
static bool is_resctrl(const char *path)
{
	static const char *const files[] = { "schemata", "tasks", "info" };
	char file[LINE_SIZE];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (text_format(file, sizeof(file), "%s/%s", path, files[i]) < 0 ||
		    access(file, F_OK) < 0)
			return false;
	}
	return true;
}

static char *find_mounted(struct arena *arena)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char line[LINE_SIZE], *found = NULL;
	struct mntent entry;

	while (mounts && !found && getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (strcmp(entry.mnt_type, "resctrl") == 0 && is_resctrl(entry.mnt_dir))
			found = arena_strdup(arena, entry.mnt_dir);
	}
	if (mounts)
		(void)endmntent(mounts);
	return found;
}

int rdt_find(struct create *c)
{
	int rc;

	c->resctrl = is_resctrl(USUAL_PLACE) ? USUAL_PLACE : find_mounted(&c->arena);
	if (c->resctrl)
		return 0;
	rc = error_set(c->err, ENODEV, POINTER, "no resctrl filesystem is mounted on this host");
	error_add_hint(c->err, "mount -t resctrl resctrl " USUAL_PLACE
			       ", if CPU and kernel have it (the flags rdt_a, mba ... in "
			       "/proc/cpuinfo)");
	return rc;
}

static int out_of_memory(struct create *c)
{
	return error_sys(c->err, ENOMEM, "", POINTER, "cannot set up the RDT group");
}

static const char *own_name(const struct create *c)
{
	const char *name = wanted(c)->clos_id;

	return name && name[0] ? name : NULL;
}

/*
 * Make a group that is not there yet. It is in the journal as ours before, and what it is after,
 * since between the look and mkdir another may be first: 1 if it was.
 */
static int make_group(struct create *c, const struct place *place, struct oci_record_rdt_group *out)
{
	int rc;

	out->path = (char *)place->path;
	out->has_made = out->made = true;
	rc = state_save(&c->state, &c->record, c->err);
	if (rc < 0)
		return rc;
	rc = cgroupfs_make_dir(place->parent, place->name);
	if (rc < 0) {
		rc = error_sys(c->err, -rc, "mkdir", POINTER, "cannot make the RDT group %s",
			       place->path);
		if (c->err->errnum == ENOSPC)
			error_add_hint(c->err, "all classes of service, or monitoring groups, of "
					       "this CPU are taken");
	}
	if (rc == 1 && cgroupfs_inode(place->parent, place->name, &out->inode) == 0)
		out->has_inode = true;
	if (rc != 1)
		out->made = false;
	if (rc >= 0 && state_save(&c->state, &c->record, c->err) < 0)
		return -c->err->errnum;
	return rc < 0 ? rc : !rc;
}

/* A class that exists is used as it is, if that is what the config says. */
static int compare(struct create *c, int group, const struct rdt_lines *lines, const char *path)
{
	char text[SCHEMATA_MOST];
	const struct rdt_line *line;
	ssize_t len;
	int rc;

	if (lines->count == 0)
		return 0;
	len = cgroupfs_read(group, "schemata", text, sizeof(text));
	if (len < 0)
		return error_sys(c->err, (int)-len, "read", POINTER, "cannot read %s/schemata",
				 path);
	line = rdt_schemata_difference(lines, text);
	if (!line)
		return 0;
	rc = error_set(c->err, EEXIST, line->pointer,
		       "the class of service %s exists and does not have \"%.200s\"", path,
		       line->text);
	error_add_hint(c->err, "see %s/schemata; leave the schemata away to use it as it is", path);
	return rc;
}

static int write_schemata(struct create *c, int group, const struct rdt_lines *lines,
			  const char *path)
{
	const char *text = rdt_schemata_text(lines, &c->arena);
	char status[512];
	owned_fd root = FD_NONE;
	int rc;

	if (!text)
		return out_of_memory(c);
	rc = lines->count > 0 ? cgroupfs_write(group, "schemata", text) : 0;
	if (rc == 0)
		return 0;
	root = open(c->resctrl, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || cgroupfs_read(root, "info/last_cmd_status", status, sizeof(status)) < 0)
		memcpy(status, "not said why", sizeof("not said why"));
	return error_sys(c->err, -rc, "write", lines->items[0].pointer,
			 "the kernel refuses the schemata of %s (%s)", path, status);
}

static int check_existing(struct create *c, const char *path)
{
	int rc;

	if (own_name(c))
		return 0;
	rc = error_set(c->err, EEXIST, POINTER, "the RDT group %s exists already", path);
	error_add_hint(c->err, "remove it if nobody uses it, or name a class of service in closID");
	return rc;
}

static int check_missing(struct create *c, const struct rdt_lines *lines, const char *path)
{
	int rc;

	if (!own_name(c) || lines->count > 0)
		return 0;
	rc = error_set(c->err, ENODEV, POINTER "/closID",
		       "there is no class of service %s, and no schemata to make it", path);
	error_add_hint(c->err, "make the directory beforehand, or write schemata");
	return rc;
}

static int make_class(struct create *c, int root, struct oci_record_intel_rdt *record)
{
	const char *given = own_name(c), *name = given ? given : c->options->id;
	struct place place = { root, name, arena_format(&c->arena, "%s/%s", c->resctrl, name) };
	owned_fd group = FD_NONE;
	struct rdt_lines lines;
	uint64_t inode;
	int rc, existed;

	if (strcmp(name, "/") == 0) /* the class of everybody who is in no other */
		place = (struct place){ root, ".", c->resctrl };
	if (!place.path || rdt_schemata_read(wanted(c), &c->arena, &lines) < 0)
		return out_of_memory(c);
	record->group->path = (char *)place.path;
	existed = cgroupfs_inode(root, place.name, &inode) == 0;
	rc = existed ? check_existing(c, place.path) : check_missing(c, &lines, place.path);
	if (rc == 0 && !existed)
		rc = existed = make_group(c, &place, record->group);
	if (rc < 0)
		return rc;
	group = cgroupfs_open_dir(root, place.name);
	if (group < 0)
		return error_sys(c->err, -group, "open", POINTER, "cannot open the RDT group %s",
				 place.path);
	return existed ? compare(c, group, &lines, place.path)
		       : write_schemata(c, group, &lines, place.path);
}

/* Its own, named like the container, whoever else is in the class. */
static int make_monitoring(struct create *c, struct oci_record_intel_rdt *record)
{
	const char *parent = arena_format(&c->arena, "%s/mon_groups", record->group->path);
	struct place place = { FD_NONE, c->options->id,
			       arena_format(&c->arena, "%s/mon_groups/%s", record->group->path,
					    c->options->id) };
	owned_fd fd = FD_NONE;
	int rc;

	record->monitoring = arena_alloc(&c->arena, sizeof(*record->monitoring));
	if (!parent || !place.path || !record->monitoring)
		return out_of_memory(c);
	fd = place.parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(c->err, errno, "open", POINTER "/enableMonitoring",
				 "cannot open %s: this CPU or kernel has no monitoring", parent);
	rc = make_group(c, &place, record->monitoring);
	if (rc == 1)
		rc = error_set(c->err, EEXIST, POINTER "/enableMonitoring",
			       "the monitoring group %s exists already", place.path);
	return rc;
}

int rdt_make(struct create *c)
{
	struct oci_record_intel_rdt *record = arena_alloc(&c->arena, sizeof(*record));
	owned_fd root = open(c->resctrl, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (record)
		record->group = arena_alloc(&c->arena, sizeof(*record->group));
	if (!record || !record->group)
		return out_of_memory(c);
	if (root < 0)
		return error_sys(c->err, errno, "open", POINTER, "cannot open %s", c->resctrl);
	c->record.intel_rdt = record;
	rc = make_class(c, root, record);
	if (rc == 0 && wanted(c)->enable_monitoring)
		rc = make_monitoring(c, record);
	return rc < 0 ? rc : state_save(&c->state, &c->record, c->err);
}

static int enter_group(struct create *c, const struct oci_record_rdt_group *group)
{
	owned_fd dir = FD_NONE;
	char pid[16];
	int rc;

	if (!group)
		return 0;
	dir = open(group->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = dir < 0 ? -errno : text_format(pid, sizeof(pid), "%d\n", (int)c->foreground.pid);
	if (rc >= 0)
		rc = cgroupfs_write(dir, "tasks", pid);
	return rc < 0 ? error_sys(c->err, -rc, "write", POINTER,
				  "cannot put the container into the RDT group %s", group->path)
		      : 0;
}

/* The class first: a monitoring group takes only what is in its class. */
int rdt_enter(struct create *c)
{
	const struct oci_record_intel_rdt *rdt = c->record.intel_rdt;
	int rc = enter_group(c, rdt->group);

	return rc < 0 ? rc : enter_group(c, rdt->monitoring);
}

int rdt_leave(struct create *c)
{
	struct oci_record_rdt_group *group = c->record.intel_rdt->group;

	if (!own_name(c) || !group->made)
		return 0;
	group->has_made = group->made = false;
	return state_save(&c->state, &c->record, c->err);
}

/* The group of the record, if it is not one that others made anew under its name. */
static int open_group(const struct oci_record *record)
{
	const struct oci_record_rdt_group *group =
	    record->intel_rdt ? record->intel_rdt->group : NULL;
	owned_fd dir = FD_NONE;
	uint64_t inode = 0;
	int rc;

	if (!group)
		return -ENODEV;
	dir = open(group->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	rc = cgroupfs_inode(dir, "", &inode);
	if (rc == 0 && group->has_inode && inode != group->inode)
		rc = -ENODEV;
	return rc < 0 ? rc : take_fd(&dir);
}

int rdt_update(const struct oci_record *record, const struct oci_intel_rdt *wanted,
	       struct arena *arena, char **before, struct error *err)
{
	owned_fd dir = open_group(record);
	struct rdt_lines lines;
	char text[SCHEMATA_MOST];
	const char *after;
	int rc = dir;

	if (dir == -ENODEV)
		return error_set(
		    err, ENODEV, POINTER,
		    "the container has no class of service: its config has no intelRdt");
	if (rc >= 0)
		rc = (int)cgroupfs_read(dir, "schemata", text, sizeof(text));
	if (rc < 0)
		return error_sys(err, -rc, "read", POINTER, "cannot read the schemata");
	*before = arena_strdup(arena, text);
	after =
	    rdt_schemata_read(wanted, arena, &lines) < 0 ? NULL : rdt_schemata_text(&lines, arena);
	if (!*before || !after)
		return error_sys(err, ENOMEM, "", POINTER, "cannot change the schemata");
	rc = cgroupfs_write(dir, "schemata", after);
	return rc < 0 ? error_sys(err, -rc, "write", POINTER,
				  "the kernel refuses the schemata \"%.*s\"",
				  (int)strcspn(after, "\n"), after)
		      : 0;
}

int rdt_write_back(const struct oci_record *record, const char *before)
{
	owned_fd dir = open_group(record);

	return dir < 0 ? dir : cgroupfs_write(dir, "schemata", before);
}

/* Who is in it and lives? What has ended is listed until its parent has heard of it. */
static bool is_used(int group)
{
	pid_t pids[TASKS_MOST];
	const ssize_t count = cgroupfs_read_pids(group, "tasks", pids, TASKS_MOST);
	struct procstat stat;

	for (ssize_t i = 0; i < count && i < TASKS_MOST; i++) {
		if (procstat_read(pids[i], &stat) == 0 && stat.state != 'Z' && stat.state != 'X')
			return true;
	}
	return count > TASKS_MOST;
}

static int remove_group(const struct oci_record_rdt_group *group, struct log *log,
			struct error *err)
{
	owned_fd dir = FD_NONE;
	uint64_t inode = 0;
	int rc;

	if (!group || !group->made)
		return 0;
	dir = open(group->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return 0;
	rc = dir < 0 ? -errno : cgroupfs_inode(dir, "", &inode);
	if (rc == 0 && group->has_inode && inode != group->inode)
		return 0; /* others made it anew */
	if (rc == 0 && is_used(dir)) {
		log_warn(log, POINTER, "the RDT group %s stays: others are in it", group->path);
		return 0;
	}
	if (rc == 0)
		rc = unlinkat(AT_FDCWD, group->path, AT_REMOVEDIR) < 0 ? -errno : 0;
	if (rc == 0 || rc == -ENOENT)
		return 0;
	return error_sys(err, -rc, "rmdir", POINTER, "cannot remove the RDT group %s", group->path);
}

int rdt_remove(const struct oci_record *record, struct log *log, struct error *err)
{
	int rc;

	if (!record->intel_rdt)
		return 0;
	rc = remove_group(record->intel_rdt->monitoring, log, err);
	return rc < 0 ? rc : remove_group(record->intel_rdt->group, log, err);
}

void rdt_unmake(struct create *c)
{
	struct error err;

	error_clear(&err);
	if (rdt_remove(&c->record, &c->report->log, &err) < 0)
		log_warn(&c->report->log, NULL, "%s", err.message);
}
