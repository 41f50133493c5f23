/*
 * cgroup.h - the cgroup of one container, whatever the hierarchy.
 *
 * The one interface behind which v1, v2 and hybrid differ (runtime-spec, config-linux.md
 * "Control groups"). A path is made, limited, entered, asked and removed; nothing else in tare
 * touches cgroupfs. All file access goes through directory fds with openat2
 * (RESOLVE_BENEATH|NO_SYMLINKS|NO_XDEV).
 */
#ifndef TARE_CGROUP_CGROUP_H
#define TARE_CGROUP_CGROUP_H

#include "base/error.h"
#include "base/log.h"
#include "host/cgroups.h"
#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup; /* owned by the caller, freed by cgroup_free() */

/*
 * Decide where the container's cgroup is, without touching anything. `cgroups_path` is
 * linux.cgroupsPath or NULL: absolute means below the root of each hierarchy; relative means
 * beside the caller's own cgroup; NULL means /tare-ID for root, ID beside the caller's own
 * cgroup otherwise. Paths with ".." or empty names are errors.
 */
int cgroup_locate(const struct host_cgroups *host, const char *cgroups_path, const char *id,
		  struct cgroup **out, struct error *err) MUST_CHECK;

/* "/linux/cgroupsPath" if that says where it is, else NULL: for errors about its place. */
const char *cgroup_pointer(const struct cgroup *cgroup);

/*
 * Must it be possible to make it? By default only one that cgroups_path names must: see
 * cgroup_create().
 */
void cgroup_set_required(struct cgroup *cgroup, bool required);

/*
 * Make it (parents too; on v2 with the controllers enabled in every ancestor). A cgroup that
 * exists with processes in it, or that is frozen, is refused. What was made is remembered, so
 * that only that is removed; after a failure nothing is left. A controller that the resources
 * need and that does not exist is an error. Where this user may not make cgroups, none was named
 * by cgroupsPath and no resource needs one, the container stays in the caller's: cgroup_is_none().
 */
int cgroup_create(struct cgroup *cgroup, const struct oci_resources *resources,
		  struct error *err) MUST_CHECK;

/* There was one, and it has gone: removed, or another's of the same name has taken its place. */
bool cgroup_has_gone(const struct cgroup *cgroup);

/* No directory was made in any hierarchy: the container runs in the caller's cgroups, unlimited. */
bool cgroup_is_none(const struct cgroup *cgroup);

/*
 * Set the limits, before a process is in it. `resources` may be NULL. Devices are guarded even if
 * no rule asks for it (cgroup/devices.h). Errors name the property under /linux/resources.
 */
int cgroup_apply(struct cgroup *cgroup, const struct oci_resources *resources, struct log *log,
		 struct error *err) MUST_CHECK;

/*
 * What cgroup_apply() would write: `value` to `file` of the directory. A device program, on v2, has
 * no file: first how many instructions it has, then its rules, each as a value.
 */
struct cgroup_write {
	const char *directory; /* "/sys/fs/cgroup/tare-ID" */
	const char *file;      /* or NULL: of the device program */
	const char *value;
	const char *pointer; /* of the property; NULL: of no property, a default */
};

/*
 * Call `take` for all that cgroup_create() and cgroup_apply() would write as limits into the cgroup
 * of cgroup_locate(); nothing is made or written, and no privilege needed. What the kernel would be
 * asked of the new cgroup is asked of one that is there. `resources` may be NULL.
 */
struct cgroup_planner {
	int (*take)(void *data, const struct cgroup_write *write);
	void *data;
	struct log *log; /* properties without effect, as of cgroup_apply() */
};
int cgroup_plan(struct cgroup *cgroup, const struct oci_resources *resources,
		const struct cgroup_planner *planner, struct error *err) MUST_CHECK;

/*
 * Set these limits, and leave all others: devices too, unless there are rules. For a cgroup of
 * cgroup_open(), with processes in it.
 */
int cgroup_update(struct cgroup *cgroup, const struct oci_resources *resources, struct log *log,
		  struct error *err) MUST_CHECK;

/*
 * Put back what the last cgroup_update() overwrote, as the kernel's files had it, whoever had set
 * it; also after one that failed half-way.
 */
int cgroup_revert(struct cgroup *cgroup, struct error *err) MUST_CHECK;

/*
 * Let this user of the host manage it, if it is of v2 and was made by cgroup_create(): the
 * directory and the files of /sys/kernel/cgroup/delegate become the user's (runtime-spec,
 * config-linux.md "Cgroup ownership"). On v1 that would not be safe, and nothing happens.
 */
int cgroup_give(struct cgroup *cgroup, uid_t uid, struct error *err) MUST_CHECK;

/*
 * Make another one below it, PATH ("a/b"), which belongs to the user and has no limits of its own:
 * cgroup_add() moves the process there. v2 only; errors name `pointer`.
 */
int cgroup_make_inner(struct cgroup *cgroup, const char *path, uid_t uid, const char *pointer,
		      struct error *err) MUST_CHECK;

/*
 * From now on cgroup_clone_fd() is where this process of the container is, if that is below the
 * container's cgroup and it takes no processes itself any more, having handed controllers on; or
 * `always`.
 */
void cgroup_follow(struct cgroup *cgroup, pid_t pid, bool always);

/* The v2 directory for CLONE_INTO_CGROUP (borrowed), or FD_NONE where clone cannot do it. */
int cgroup_clone_fd(const struct cgroup *cgroup);

/*
 * The entrances of the v1 hierarchies: a process that writes "0" to the file `tasks` there moves
 * itself. Moved by its number it would wait for a grace period of RCU, some 10 ms, where none has
 * just passed. `cgroup_entrance` is the directory, "/sys/fs/cgroup/pids/tare-ID", or NULL when
 * there are no more; before cgroup_create() as if all of them could be made. The freezer comes
 * last. `cgroup_open_entrance` opens the file, which is the caller's and good in any namespace.
 * `cgroup_explain_entrance` has the words for a process that was refused; it returns -errnum.
 */
const char *cgroup_entrance(const struct cgroup *cgroup, size_t index, char name[PATH_MAX]);
int cgroup_open_entrance(const struct cgroup *cgroup, size_t index, struct error *err) MUST_CHECK;
int cgroup_explain_entrance(const char *directory, const char *pointer, int errnum,
			    struct error *err);

/* Move a process into the cgroup of cgroup_make_inner(), if there is one. */
bool cgroup_has_inner(const struct cgroup *cgroup);
int cgroup_enter_inner(const struct cgroup *cgroup, pid_t pid, struct error *err) MUST_CHECK;

/* Both, by its number, for one that cannot do it itself and was cloned into cgroup_clone_fd(). */
int cgroup_add(const struct cgroup *cgroup, pid_t pid, struct error *err) MUST_CHECK;

/*
 * For a process that is about to be cloned: into a cgroup below the container's, "PATH" or
 * "CONTROLLER[,CONTROLLER...]:PATH" (of v1; "" is the container's own). It has to exist, and cannot
 * lead out.
 */
int cgroup_descend(struct cgroup *cgroup, const char *where, struct error *err) MUST_CHECK;

/*
 * How many processes the OOM killer took here (memory.events, memory.oom_control). Asked before
 * cgroup_remove(); a negative errno if there is no such counter.
 */
int cgroup_oom_kills(const struct cgroup *cgroup, uint64_t *count);

/* SIGKILL to every process in it, frozen ones too (cgroup.kill, else freezer and a list). */
int cgroup_kill(struct cgroup *cgroup, struct error *err) MUST_CHECK;

/*
 * Remove it and what the container made below it, once its processes have been reaped. A cgroup
 * that existed before cgroup_create() stays, parents that it made go if they are empty. Bounded in
 * time (10 s); names the processes that remain. Absent already is success.
 */
int cgroup_remove(struct cgroup *cgroup, struct error *err) MUST_CHECK;

/*
 * Where the container is below the mount point of a v1 hierarchy, named by one of its controllers
 * or all of them as in struct host_cgroup_v1, or of v2 for "": "/tare-ID". After cgroup_create()
 * it is the caller's own place ("" for the mount point itself) in hierarchies that the container
 * does without. NULL if there is no such hierarchy, or the place is outside of what is mounted.
 */
const char *cgroup_path(const struct cgroup *cgroup, const char *controller);

/*
 * Write down where it is and what was made, for cgroup_open() in a later process; the strings are
 * the arena's. To be called twice: before cgroup_create(), which yields entries without `made`
 * (what is intended, so that a tare killed on the way leaves nothing that nobody knows of), and
 * after it, before a process is in the cgroup (`made` true or false). Hierarchies that the
 * container does without are in the first list and not in the second.
 */
int cgroup_record(const struct cgroup *cgroup, struct arena *arena,
		  struct oci_record_cgroup_list *out, struct error *err) MUST_CHECK;

/*
 * The cgroup of a record, to be asked, killed or removed. Directories that have gone are no
 * error: the cgroup has no such tree then; one of the same name that others made since (its inode
 * is another) counts as gone. Paths are opened beneath a verified cgroup filesystem. An entry that
 * is an intention counts as gone, for what is there may be another's: cgroup_remove() takes what
 * was missing before and is empty now.
 */
int cgroup_open(const struct oci_record_cgroup_list *record, struct cgroup **out,
		struct error *err) MUST_CHECK;

/*
 * Is the cgroup of a record frozen, as cgroup_is_frozen() says? Without opening more of it than
 * that: a v1 machine has a dozen hierarchies, and each container of a list is asked.
 */
int cgroup_ask_frozen(const struct oci_record_cgroup_list *record, bool *frozen,
		      struct error *err) MUST_CHECK;

/*
 * Freeze or thaw all processes, and wait (10 s at most) until they are; one that cannot be frozen
 * is thawed again. By the v1 freezer if the container is in one, else by v2; -ENODEV without
 * either. A cgroup that has gone is neither an error nor frozen. One that is freezing, or whose
 * parent is frozen, counts as frozen; thawing the latter is -EBUSY.
 */
int cgroup_freeze(struct cgroup *cgroup, struct error *err) MUST_CHECK;
int cgroup_thaw(struct cgroup *cgroup, struct error *err) MUST_CHECK;
bool cgroup_is_frozen(const struct cgroup *cgroup);

/*
 * All processes in it and below, by their pids in our namespace, ascending, without those that
 * have none there; in the arena. Empty if the cgroup has gone; -ENODEV where the container has
 * none of its own (cgroup_is_none()).
 */
int cgroup_pids(const struct cgroup *cgroup, struct arena *arena, struct oci_pid_list *out,
		struct error *err) MUST_CHECK;

/*
 * A signal to every process in it and below, frozen meanwhile if that is possible, so that none
 * escapes by a fork; one that was frozen stays so. SIGKILL goes by cgroup_kill().
 */
int cgroup_signal(struct cgroup *cgroup, int signal, struct error *err) MUST_CHECK;

void cgroup_free(struct cgroup *cgroup);

#endif
