/*
 * create.c - how a container comes into being, in order, with the reason for each position.
 *
 * The table at the end is the one place where the order of the host's work is written; the inside
 * of the container has its twin in src/compile/create.c. Undos run backwards from the step that
 * failed, and also at the end of `tare run`.
 */
#include "container/create.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "container/birth.h"
#include "container/clone.h"
#include "container/delegation.h"
#include "container/entrances.h"
#include "container/files.h"
#include "container/filter_cache.h"
#include "container/isolation.h"
#include "container/lifehooks.h"
#include "container/netdevices.h"
#include "container/rdt.h"
#include "container/restore.h"
#include "sys/helper.h"
#include "sys/procstat.h"

#include <errno.h>
#include <linux/memfd.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define ERROR_CODE CODE_CREATE

static int load(struct create *c)
{
	c->bundle.arena = &c->arena;
	c->bundle.problems = &c->report->problems;
	c->bundle.apart = c->options->config_apart;
	return bundle_load(&c->bundle, c->options->bundle, c->options->config, c->err);
}

int create_ask_host(struct create *c)
{
	return host_read(&c->facts, c->err);
}

/* A terminal needs somebody to take it: us, or whoever is behind the console socket. */
int create_check_terminal(const struct create *c)
{
	const struct oci_process *process = c->bundle.config->process;
	const bool terminal = process && process->terminal;
	const bool stays_with_it = c->options->run && !c->options->detach;

	if (terminal && !stays_with_it && !c->options->console_socket)
		return error_set(c->err, EINVAL, "/process/terminal",
				 "cannot allocate tty if tare will detach without setting console "
				 "socket");
	if (c->options->console_socket && (!terminal || stays_with_it))
		return error_set(
		    c->err, EINVAL, "/process/terminal",
		    "cannot use console socket if tare will not detach or allocate tty");
	return 0;
}

static int check(struct create *c)
{
	int rc = bundle_check(&c->bundle, &c->facts, c->err);

	if (rc == 0)
		rc = isolation_check(c->bundle.config, c->err);
	if (rc == 0 && !c->planning)
		rc = create_check_terminal(c);
	if (rc == 0 && c->options->run && !c->bundle.config->process)
		rc = error_set(c->err, EINVAL, "/process", "the config has no process to run");
	return rc;
}

static const struct oci_resources *resources(const struct create *c)
{
	const struct oci_linux *linux = c->bundle.config->linux;

	return linux ? linux->resources : NULL;
}

static bool is_systemd(const struct create *c)
{
	return c->options->manager == CONTAINER_SYSTEMD;
}

static int locate_cgroup(struct create *c)
{
	static const struct host_cgroups none = { .mode = HOST_CGROUP_NONE };
	const struct oci_linux *linux = c->bundle.config->linux;
	const char *path = linux ? linux->cgroups_path : NULL;
	int rc;

	if (c->options->manager == CONTAINER_NO_CGROUP)
		return cgroup_locate(&none, NULL, c->options->id, &c->cgroup, c->err);
	if (is_systemd(c)) {
		c->scope.id = c->options->id;
		c->scope.arena = &c->arena;
		rc = systemd_locate(&c->scope, &c->facts, path, c->err);
		if (rc < 0)
			return rc;
		path = c->scope.path;
	}
	rc = cgroup_locate(&c->facts.cgroups, path, c->options->id, &c->cgroup, c->err);
	if (rc == 0 && c->options->rootless != CONTAINER_ROOTLESS_AUTO)
		cgroup_set_required(c->cgroup, c->options->rootless == CONTAINER_NOT_ROOTLESS);
	return rc;
}

/*
 * Where the container's processes will be in each hierarchy: what it may see of them. Once the
 * cgroup is made, that is the caller's own place where no directory could be made.
 */
static int find_cgroup_paths(struct create *c)
{
	const struct host_cgroups *host = &c->facts.cgroups;
	const char **paths = arena_array(&c->arena, host->v1_count + 1, sizeof(*paths));
	const char *subgroup = delegation_subgroup(c);

	if (!paths)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot locate the cgroup");
	for (size_t i = 0; i < host->v1_count; i++)
		paths[i] = c->options->manager == CONTAINER_NO_CGROUP
			       ? host_cgroups_below(host->v1[i].own, host->v1[i].mount_root)
			       : cgroup_path(c->cgroup, host->v1[i].controllers);
	c->compile.cgroup_v1_paths = paths;
	c->compile.cgroup_v2_path = cgroup_path(c->cgroup, "");
	if (subgroup && c->compile.cgroup_v2_path)
		c->compile.cgroup_v2_path =
		    arena_format(&c->arena, "%s/%s", c->compile.cgroup_v2_path, subgroup);
	c->compile.cgroup_later = subgroup != NULL;
	if (c->options->manager == CONTAINER_NO_CGROUP && host->v2_own)
		c->compile.cgroup_v2_path = host_cgroups_below(host->v2_own, host->v2_mount_root);
	return entrances_find(c);
}

/*
 * Known to the helper before the program is executed: set afterwards it would come too late for a
 * program that asks at once.
 */
static void find_size(struct create *c)
{
	struct winsize size;

	for (int fd = 0; create_stays(c) && fd < 3; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size) < 0)
			continue;
		c->compile.rows = size.ws_row;
		c->compile.columns = size.ws_col;
		return;
	}
}

void create_fill_options(struct create *c)
{
	const mode_t old = umask(0);

	(void)umask(old);
	find_size(c);
	c->compile.facts = &c->facts;
	c->compile.arena = &c->arena;
	c->compile.log = &c->report->log;
	c->compile.bundle = c->bundle.path;
	c->compile.preserve_fds = c->options->preserve_fds;
	c->compile.listen_fds = c->options->listen_fds;
	c->compile.listen_fdnames = c->options->listen_fdnames;
	c->compile.run = c->options->run;
	c->compile.nofile_soft = c->options->nofile_soft;
	c->compile.nofile_hard = c->options->nofile_hard;
	c->compile.umask = old;
}

static int compile(struct create *c)
{
	int rc = find_cgroup_paths(c);

	if (rc < 0)
		return rc;
	create_fill_options(c);
	c->compile.id = c->options->id;
	c->filters = filter_cache(&c->state.root);
	c->compile.seccomp_cache = &c->filters;
	c->compile.no_pivot = c->options->no_pivot;
	c->compile.no_new_keyring = c->options->no_new_keyring;
	c->compile.trace = trace_enabled();
	if (c->options->notify_socket)
		c->compile.notify = arena_format(&c->arena, "%s/%s/" NOTIFY_DIRECTORY,
						 c->options->root, c->options->id);
	return compile_create(c->bundle.config, &c->compile, &c->program, c->err);
}

static int open_files(struct create *c)
{
	int rc = files_open(&c->program, &c->facts, c->err);

	return rc < 0 ? rc : entrances_open(c);
}

void create_close_files(struct create *c)
{
	files_close(&c->program);
}

static int take_id(struct create *c)
{
	return state_create(&c->state, c->options->root, c->options->id, c->err);
}

/* If the id was another's, there is nothing of ours to remove. */
static void remove_state(struct create *c)
{
	struct error err;

	error_clear(&err);
	if (c->state.dir >= 0 && state_remove(&c->state, &err) < 0)
		log_warn(&c->report->log, NULL, "%s", err.message);
}

/* What will be made, before it is: whoever finds only this can clean up. */
static int write_record(struct create *c)
{
	const struct oci_config *config = c->bundle.config;
	const char *root = config->root->path;
	char *boot_id = arena_alloc(&c->arena, 37);
	struct timespec now;
	char created[40];
	int rc = boot_id ? procstat_boot_id(boot_id) : -ENOMEM;

	if (rc < 0)
		return error_sys(c->err, -rc, "open", NULL, "cannot read the id of this boot");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	text_time(created, sizeof(created), now.tv_sec, now.tv_nsec);
	c->record = (struct oci_record){
		.has_version = true,
		.version = STATE_RECORD_VERSION,
		.oci_version = config->oci_version,
		.id = (char *)c->options->id,
		.bundle = c->bundle.path,
		.rootfs = root[0] == '/' ? (char *)root
					 : arena_format(&c->arena, "%s/%s", c->bundle.path, root),
		.created = arena_strdup(&c->arena, created),
		.has_owner = true,
		.owner = geteuid(),
		.boot_id = boot_id,
		.annotations = config->annotations,
		.systemd_scope = (char *)c->scope.unit,
		.has_systemd_user = c->scope.user,
		.systemd_user = c->scope.user,
		.has_without_cgroup = c->options->manager == CONTAINER_NO_CGROUP,
		.without_cgroup = c->options->manager == CONTAINER_NO_CGROUP,
	};
	rc = cgroup_record(c->cgroup, &c->arena, &c->record.cgroups, c->err);
	if (rc == 0)
		rc = state_save_config(&c->state,
				       (struct oci_text){ c->bundle.text, c->bundle.len }, c->err);
	return rc < 0 ? rc : state_save(&c->state, &c->record, c->err);
}

static int make_cgroup(struct create *c)
{
	int rc = cgroup_create(c->cgroup, resources(c), c->err);

	/* now it is known which of it is ours: whoever finds us killed may remove it */
	if (rc == 0)
		rc = cgroup_record(c->cgroup, &c->arena, &c->record.cgroups, c->err);
	return rc < 0 ? rc : state_save(&c->state, &c->record, c->err);
}

static void remove_cgroup(struct create *c)
{
	struct error err;

	/* the end of a pid namespace's first process was that of all others */
	const bool all_ended = c->exit_status >= 0 && c->program.host.clone_flags & CLONE_NEWPID;

	error_clear(&err);
	if ((!all_ended && cgroup_kill(c->cgroup, &err) < 0) || cgroup_remove(c->cgroup, &err) < 0)
		log_warn(&c->report->log, NULL, "%s", err.message);
}

/* Around the process, which is in its cgroup already. */
static int start_scope(struct create *c)
{
	return systemd_start(&c->scope, &c->record, c->bundle.config, c->err);
}

/* When nobody is in it any more, or systemd would wait for them; before the cgroup is removed. */
static void stop_scope(struct create *c)
{
	struct error err;

	error_clear(&err);
	if (cgroup_kill(c->cgroup, &err) < 0)
		log_warn(&c->report->log, NULL, "%s", err.message);
	systemd_stop(&c->record, &c->report->log);
}

/* Without a cgroup there is nothing that could guard devices, which is what was asked for. */
static int limit_nothing(struct create *c)
{
	struct oci_resources others = resources(c) ? *resources(c) : (struct oci_resources){ 0 };

	if (others.devices.count > 0)
		log_warn(&c->report->log, "/linux/resources/devices",
			 "not applied: the cgroup manager is \"disabled\"");
	others.devices.count = 0;
	return cgroup_update(c->cgroup, &others, &c->report->log, c->err);
}

static int limit_cgroup(struct create *c)
{
	if (c->options->manager == CONTAINER_NO_CGROUP)
		return limit_nothing(c);
	return cgroup_apply(c->cgroup, resources(c), &c->report->log, c->err);
}

static bool has_notify(const struct create *c)
{
	return c->options->notify_socket != NULL;
}

static int make_notify(struct create *c)
{
	return notify_prepare(c->state.dir, c->err);
}

static bool runs_with_notify(const struct create *c)
{
	return has_notify(c) && c->options->run;
}

/* Of a created container it is start that does this. */
static int open_notify(struct create *c)
{
	return notify_open(&c->notify, c->state.dir, c->options->notify_socket, c->err);
}

int create_prepare_helper(struct create *c)
{
	const struct program_header *header = (const void *)c->program.base;
	void *page;

	c->helper = helper_open(c->err);
	if (c->helper < 0)
		return c->helper;
	c->program_fd = (int)syscall(SYS_memfd_create, "tare-program", MFD_CLOEXEC);
	if (c->program_fd < 0 ||
	    write(c->program_fd, c->program.base, header->size) != (ssize_t)header->size)
		return error_sys(c->err, errno, "memfd_create", NULL,
				 "cannot hand over the program");
	page = mmap(NULL, header->size, PROT_READ, MAP_SHARED, c->program_fd, 0);
	if (page == MAP_FAILED)
		return error_sys(c->err, errno, "mmap", NULL, "cannot hand over the program");
	c->shared = page;
	return talk_open(&c->talk, c->err);
}

int create_clone_helper(struct create *c)
{
	struct clone_request request = {
		.program = &c->program,
		.helper = c->helper,
		.program_fd = c->program_fd,
		.socket = c->talk.helper,
		.cgroup = c->cgroup ? cgroup_clone_fd(c->cgroup) : FD_NONE,
		.apart = c->compile.exec,
	};
	int rc = clone_init(&request, &c->foreground.pid, &c->foreground.pidfd, c->err);

	close_fd(&c->talk.helper); /* so that the end of the helper is end-of-file */
	close_fd(&c->helper);
	close_fd(&c->program_fd);
	files_close(&c->program);
	return rc;
}

int create_block_signals(struct create *c)
{
	sigset_t old;

	c->foreground.subreaper = !c->options->no_subreaper;
	return foreground_prepare(&c->foreground, &old, c->err);
}

bool create_stays(const struct create *c)
{
	return c->options->run && !c->options->detach;
}

static const struct create_step steps[] = {
	/* What can be known to be wrong is told before anything is made. */
	{ "read the config", load, NULL, NULL, true },
	{ "ask the host", create_ask_host, NULL, NULL, true },
	{ "check the config", check, NULL, NULL, true },
	{ "locate the cgroup", locate_cgroup, NULL, NULL, true },
	{ "find resctrl", rdt_find, NULL, rdt_applies, false },

	/* The id decides who goes on; what is about to be made is written down first. */
	{ "take the id", take_id, remove_state, NULL, false },
	{ "remember the poststop hooks", NULL, birth_run_poststop, NULL, false },
	{ "write the record", write_record, NULL, NULL, false },

	/* The container sees the directory; the socket in it, when its program runs. */
	{ "make a place for NOTIFY_SOCKET", make_notify, NULL, has_notify, false },
	{ "open NOTIFY_SOCKET", open_notify, NULL, runs_with_notify, false },

	/* Before the cgroup: the more likely to fail, and removed when nobody is in it any more. */
	{ "make the RDT group", rdt_make, rdt_unmake, rdt_applies, false },

	/* Before the first process, which is cloned into it. */
	{ "make the cgroup", make_cgroup, remove_cgroup, NULL, false },
	{ "delegate the cgroup", delegation_make, NULL, NULL, false },
	{ "leave the scope", NULL, stop_scope, is_systemd, false },

	/* After the cgroup: without the right to make one the container sees its caller's. */
	{ "compile the program", compile, NULL, NULL, true },
	{ "open the files", open_files, create_close_files, NULL, false },
	{ "make the gate", birth_make_gate, NULL, birth_waits_for_start, false },
	{ "open the state for hooks", lifehooks_open, NULL, lifehooks_inside, false },

	/* From here on a signal is meant for the container. */
	{ "block signals", create_block_signals, NULL, create_stays, false },
	{ "prepare the helper", create_prepare_helper, NULL, NULL, false },
	{ "clone the helper", create_clone_helper, birth_kill, NULL, false },

	/* While the helper begins: who it is, for all later verbs. It is told to go on only below.
	 */
	{ "note the process", birth_note, NULL, NULL, false },

	/* What it cannot begin without, if there is any of it. */
	{ "move the network devices", netdevices_move, netdevices_return, netdevices_any, false },
	{ "start the scope", start_scope, NULL, is_systemd, false },
	{ "write the id maps", birth_write_maps, NULL, birth_has_maps, false },
	{ "enter the inner cgroup", birth_enter_inner, NULL, birth_enters_inner, false },
	{ "enter the RDT group", rdt_enter, NULL, rdt_is_recorded, false },
	{ "set the OOM score", birth_set_oom_score, NULL, birth_has_oom_score, false },
	{ "raise the limits", birth_raise_limits, NULL, birth_raises_limits, false },
	{ "let the helper go", birth_go, NULL, birth_awaits, false },

	/* While it makes the mounts; nothing of the container's is run or made before. */
	{ "limit the cgroup", limit_cgroup, NULL, NULL, false },
	{ "let it go on", birth_go, NULL, birth_awaits_limits, false },

	/* The program runs, or waits for start; or the helper has said why not. */
	{ "follow the helper", birth_follow, birth_unmount, NULL, false },
	{ "note its successor", birth_note, NULL, birth_has_successor, false },
	{ "say that it is made", birth_set_made, NULL, NULL, false },
	{ "hand over the terminal", birth_send_console, NULL, birth_sends_console, false },
	{ "hand over the pidfd", birth_send_pidfd, NULL, birth_sends_pidfd, false },

	/* The program runs; only now may it be undone by a hook that fails. */
	{ "run the poststart hooks", birth_run_poststart, NULL, birth_runs, false },

	/* Engines take the pid file for success, so it comes last. */
	{ "write the pid file", birth_write_pid_file, birth_remove_pid_file, birth_has_pid_file,
	  false },
	{ "leave it the network devices", netdevices_leave, NULL, netdevices_any, false },
	{ "leave it the class of service", rdt_leave, NULL, rdt_is_recorded, false },
	{ "let it wait for start", birth_go, NULL, birth_waits_for_start, false },
	{ 0 },
};

static const struct create_step restore_steps[] = {
	{ "read the config", load, NULL, NULL, true },
	{ "ask the host", create_ask_host, NULL, NULL, true },
	{ "check the config", check, NULL, NULL, true },
	{ "look for the images", restore_check, NULL, NULL, true },
	{ "locate the cgroup", locate_cgroup, NULL, NULL, true },
	{ "find resctrl", rdt_find, NULL, rdt_applies, false },

	{ "take the id", take_id, remove_state, NULL, false },
	{ "remember the poststop hooks", NULL, birth_run_poststop, NULL, false },
	{ "write the record", write_record, NULL, NULL, false },
	{ "make the RDT group", rdt_make, rdt_unmake, rdt_applies, false },

	/* Before CRIU, which is in it, and what it restores. */
	{ "make the cgroup", make_cgroup, remove_cgroup, NULL, false },
	{ "delegate the cgroup", delegation_make, NULL, NULL, false },
	{ "leave the scope", NULL, stop_scope, is_systemd, false },
	{ "limit the cgroup", limit_cgroup, NULL, NULL, false },

	/* Hooks of the creation run while CRIU waits: the namespaces are there, nothing else. */
	{ "block signals", create_block_signals, NULL, create_stays, false },
	{ "restore the processes", restore_run, birth_kill, NULL, false },
	{ "note the process", birth_note, NULL, NULL, false },
	{ "start the scope", start_scope, NULL, is_systemd, false },
	{ "enter the RDT group", rdt_enter, NULL, rdt_is_recorded, false },
	{ "say that it is made", birth_set_made, NULL, NULL, false },
	{ "hand over the terminal", birth_send_console, NULL, birth_sends_console, false },
	{ "hand over the pidfd", birth_send_pidfd, NULL, birth_sends_pidfd, false },
	{ "run the poststart hooks", birth_run_poststart, NULL, NULL, false },
	{ "write the pid file", birth_write_pid_file, birth_remove_pid_file, birth_has_pid_file,
	  false },
	{ "leave it the class of service", rdt_leave, NULL, rdt_is_recorded, false },
	{ 0 },
};

const struct create_step *create_restore_steps(void)
{
	return restore_steps;
}

const struct create_step *create_steps(void)
{
	return steps;
}

void create_init(struct create *c, const struct container_options *options,
		 struct container_report *report, struct error *err)
{
	memset(c, 0, sizeof(*c));
	c->options = options;
	c->report = report;
	c->err = err;
	c->state.root = c->state.dir = c->state.journal = FD_NONE;
	c->talk.host = c->talk.helper = FD_NONE;
	c->foreground.pidfd = c->foreground.console = c->foreground.signals = FD_NONE;
	c->helper = c->program_fd = c->listener = FD_NONE;
	c->hook_state[0] = c->hook_state[1] = FD_NONE;
	c->table = steps;
	c->exit_status = -1;
	c->notify = (struct notify)NOTIFY_NONE;
}

void create_free(struct create *c)
{
	foreground_finish(&c->foreground);
	notify_close(&c->notify);
	close_fd(&c->foreground.pidfd);
	close_fd(&c->foreground.console);
	close_fd(&c->helper);
	close_fd(&c->listener);
	lifehooks_close(c);
	close_fd(&c->program_fd);
	talk_close(&c->talk);
	state_close(&c->state);
	cgroup_free(c->cgroup);
	if (c->shared)
		(void)munmap(c->shared, c->shared->size);
	program_free(&c->program);
	host_free(&c->facts);
	arena_free(&c->arena);
}

static int run_step(struct create *c, const struct create_step *step)
{
	const uint64_t start = trace_now();
	int rc = trace_host(step->name, start, step->run ? step->run(c) : 0);

	if (rc < 0)
		error_add_step(c->err, step->name);
	return rc;
}

static int run_all(struct create *c, bool only_pure)
{
	int rc = 0;

	while (rc == 0 && c->table[c->done].name) {
		const struct create_step *step = &c->table[c->done++];

		if ((step->pure || !only_pure) && (!step->applies || step->applies(c)))
			rc = run_step(c, step);
	}
	if (rc < 0)
		bundle_locate(&c->bundle, c->err);
	return rc;
}

int create_run(struct create *c)
{
	return run_all(c, false);
}

int create_plan(struct create *c)
{
	c->planning = true;
	return run_all(c, true);
}

void create_undo(struct create *c)
{
	while (c->done > 0) {
		const struct create_step *step = &c->table[--c->done];

		if (step->undo && (!step->applies || step->applies(c)))
			step->undo(c);
	}
}
