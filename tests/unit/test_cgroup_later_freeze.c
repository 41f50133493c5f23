/*
 * test_cgroup_later_freeze.c - the processes of a container's cgroup: frozen, thawed, listed and
 * signalled on the kernel's own cgroupfs; what never freezes, on directories that only look so.
 */
#include "cgroup_machine.h"

#include "cgroup/freeze.h"
#include "cgroup/trees.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

static struct arena arena;

static char frozen_parent[PATH_MAX]; /* its file, to be thawed if the test fails half-way */

static void put(const char *path, const char *text)
{
	owned_fd fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void set_parent(bool frozen)
{
	bool v2 = strstr(frozen_parent, "cgroup.freeze") != NULL;

	put(frozen_parent, v2 ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED"));
}

static int clean(void **state)
{
	if (frozen_parent[0] != '\0')
		set_parent(false);
	frozen_parent[0] = '\0';
	arena_free(&arena);
	arena = (struct arena)ARENA_INIT;
	return machine_clean(state);
}

#define LATER_TEST(name) cmocka_unit_test_teardown(name, clean)

static void succeeds(int rc, const struct fixture *f)
{
	if (rc != 0)
		fail_msg("%s", f->err.message);
}

static bool has_freezer(struct fixture *f, enum host_cgroup_mode mode)
{
	return mode == HOST_CGROUP_V2 || host_cgroups_find(&f->host, "freezer");
}

/* A container that has its cgroup, of which a later tare knows. */
static void begin_later(struct fixture *f, enum host_cgroup_mode mode, const char *path)
{
	struct oci_record_cgroup_list list;

	begin(f, mode, path);
	if (!has_freezer(f, mode)) {
		print_message("the freezer is not on v1 here\n");
		skip();
	}
	succeeds(cgroup_create(f->cgroup, NULL, &f->err), f);
	succeeds(cgroup_record(f->cgroup, &arena, &list, &f->err), f);
	cgroup_free(f->cgroup);
	unfinished = NULL;
	succeeds(cgroup_open(&list, &f->cgroup, &f->err), f);
	unfinished = f->cgroup;
}

static void finish(struct fixture *f)
{
	succeeds(cgroup_kill(f->cgroup, &f->err), f);
	while (wait(NULL) > 0)
		;
	succeeds(cgroup_remove(f->cgroup, &f->err), f);
	assert_gone(f);
	end(f);
}

static int counter; /* an eventfd */

static void count_one(int signal)
{
	(void)signal;
	(void)!write(counter, &(uint64_t){ 1 }, sizeof(uint64_t));
}

/* A process that counts its SIGUSR1s. Its handler is set before this returns. */
static pid_t start_counting(struct fixture *f)
{
	uint64_t ready;
	pid_t pid = fork_into(f);

	if (pid == 0) {
		(void)signal(SIGUSR1, count_one);
		count_one(0);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(counter, &ready, sizeof(ready)), sizeof(ready));
	succeeds(cgroup_add(f->cgroup, pid, &f->err), f);
	return pid;
}

static void await_count(uint64_t wanted)
{
	uint64_t value, total = 0;

	while (total < wanted) {
		assert_int_equal(read(counter, &value, sizeof(value)), sizeof(value));
		total += value;
	}
	assert_int_equal(total, wanted);
}

static bool nobody_counted(void)
{
	struct pollfd wait = { .fd = counter, .events = POLLIN };

	return poll(&wait, 1, 50) == 0;
}

static void assert_state(const struct fixture *f, bool frozen)
{
	if (f->host.mode == HOST_CGROUP_V2)
		assert_file(f, "", "cgroup.freeze", frozen ? "1" : "0");
	else
		assert_file(f, "freezer", "freezer.state", frozen ? "FROZEN" : "THAWED");
	assert_int_equal(cgroup_is_frozen(f->cgroup), frozen);
}

/* What is frozen does nothing, and does it when it is thawed. */
static void pause_and_resume(enum host_cgroup_mode mode)
{
	struct fixture f;
	pid_t pid;

	begin_later(&f, mode, NULL);
	pid = start_counting(&f);
	assert_state(&f, false);
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	assert_state(&f, true);
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f); /* again */
	assert_int_equal(kill(pid, SIGUSR1), 0);
	assert_true(nobody_counted());
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	assert_state(&f, false);
	await_count(1);
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	finish(&f);
}

static void v1_freezes_and_thaws(void **state)
{
	(void)state;
	pause_and_resume(HOST_CGROUP_V1);
}

static void hybrid_freezes_and_thaws(void **state)
{
	(void)state;
	pause_and_resume(HOST_CGROUP_HYBRID);
}

static void v2_freezes_and_thaws(void **state)
{
	(void)state;
	pause_and_resume(HOST_CGROUP_V2);
}

static void an_empty_cgroup_freezes(enum host_cgroup_mode mode)
{
	struct fixture f;

	begin_later(&f, mode, NULL);
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	assert_state(&f, true);
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	assert_state(&f, false);
	finish(&f);
}

static void v1_freezes_without_processes(void **state)
{
	(void)state;
	an_empty_cgroup_freezes(HOST_CGROUP_V1);
}

static void v2_freezes_without_processes(void **state)
{
	(void)state;
	an_empty_cgroup_freezes(HOST_CGROUP_V2);
}

/* On a hybrid host somebody may have used the other freezer. */
static void what_v2_froze_on_a_hybrid_host_is_thawed(void **state)
{
	struct fixture f;
	pid_t pid;

	(void)state;
	begin_later(&f, HOST_CGROUP_HYBRID, NULL);
	pid = start_counting(&f);
	put(directory(&f, "", "cgroup.freeze"), "1");
	assert_true(cgroup_is_frozen(f.cgroup));
	assert_int_equal(kill(pid, SIGUSR1), 0);
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	assert_false(cgroup_is_frozen(f.cgroup));
	await_count(1);
	finish(&f);
}

/* Thawing what a parent holds is refused at once, and says so. */
static void frozen_from_above(enum host_cgroup_mode mode)
{
	bool v2 = mode == HOST_CGROUP_V2;
	char path[64], parent[PATH_MAX];
	struct fixture f;

	(void)snprintf(path, sizeof(path), "/%s-up/leaf", id);
	begin_later(&f, mode, path);
	(void)start_counting(&f);
	(void)snprintf(parent, sizeof(parent), "%s", directory(&f, v2 ? "" : "freezer", NULL));
	*strrchr(parent, '/') = '\0';
	(void)snprintf(frozen_parent, sizeof(frozen_parent), "%.4000s/%s", parent,
		       v2 ? "cgroup.freeze" : "freezer.state");
	set_parent(true);
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	assert_true(cgroup_is_frozen(f.cgroup));
	assert_int_equal(cgroup_thaw(f.cgroup, &f.err), -EBUSY);
	assert_non_null(strstr(f.err.message, "a parent of it is frozen"));
	set_parent(false);
	frozen_parent[0] = '\0';
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	assert_false(cgroup_is_frozen(f.cgroup));
	finish(&f);
	assert_int_equal(access(parent, F_OK), -1);
}

static void v1_frozen_from_above_is_refused(void **state)
{
	(void)state;
	frozen_from_above(HOST_CGROUP_V1);
}

static void v2_frozen_from_above_is_refused(void **state)
{
	(void)state;
	frozen_from_above(HOST_CGROUP_V2);
}

/* A child of the container's cgroup, in which v1 processes stay frozen on their own account. */
static void what_the_container_froze_itself_is_killed(enum host_cgroup_mode mode)
{
	char child[PATH_MAX], text[16];
	struct fixture f;
	pid_t pid;

	begin_later(&f, mode, NULL);
	pid = start_process(&f);
	(void)snprintf(child, sizeof(child), "%s", directory(&f, "freezer", "child"));
	assert_int_equal(mkdir(child, 0755), 0);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	put(directory(&f, "freezer", "child/cgroup.procs"), text);
	put(directory(&f, "freezer", "child/freezer.state"), "FROZEN");
	succeeds(cgroup_kill(f.cgroup, &f.err), &f);
	assert_killed(pid);
	finish(&f);
}

static void v1_self_frozen_is_killed(void **state)
{
	(void)state;
	what_the_container_froze_itself_is_killed(HOST_CGROUP_V1);
}

static void hybrid_self_frozen_is_killed(void **state)
{
	(void)state;
	what_the_container_froze_itself_is_killed(HOST_CGROUP_HYBRID);
}

static int compare(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* More processes than one read holds, a part of them in cgroups below. */
static void list(enum host_cgroup_mode mode)
{
	enum { PIDS = 100 };
	const char *controller = mode == HOST_CGROUP_V1 ? "pids" : "";
	pid_t started[PIDS];
	struct oci_pid_list pids;
	struct fixture f;
	char text[16];

	begin_later(&f, mode, NULL);
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &f.err), 0);
	assert_int_equal(pids.count, 0);
	for (size_t i = 0; i < PIDS; i++)
		started[i] = start_process(&f);
	/* On v1 all trees hold the same processes, and the list comes from one of them. */
	if (mode != HOST_CGROUP_V1) {
		assert_int_equal(mkdir(directory(&f, controller, "a"), 0755), 0);
		assert_int_equal(mkdir(directory(&f, controller, "a/b"), 0755), 0);
		for (size_t i = 0; i < PIDS; i += 5) {
			(void)snprintf(text, sizeof(text), "%d", (int)started[i]);
			put(directory(&f, controller,
				      i % 2 ? "a/cgroup.procs" : "a/b/cgroup.procs"),
			    text);
		}
	}
	succeeds(cgroup_pids(f.cgroup, &arena, &pids, &f.err), &f);
	qsort(started, PIDS, sizeof(started[0]), compare);
	assert_int_equal(pids.count, PIDS);
	assert_memory_equal(pids.items, started, sizeof(started));
	finish(&f);
}

static void v1_processes_are_listed(void **state)
{
	(void)state;
	list(HOST_CGROUP_V1);
}

static void hybrid_processes_are_listed(void **state)
{
	(void)state;
	list(HOST_CGROUP_HYBRID);
}

static void v2_processes_are_listed(void **state)
{
	(void)state;
	list(HOST_CGROUP_V2);
}

/* Threaded cgroups do not tell their processes: the one above does. */
static void processes_in_threaded_cgroups_are_listed_once(void **state)
{
	struct oci_pid_list pids;
	struct fixture f;
	char text[16];
	pid_t pid;

	(void)state;
	begin_later(&f, HOST_CGROUP_V2, NULL);
	pid = start_process(&f);
	assert_int_equal(mkdir(directory(&f, "", "threads"), 0755), 0);
	put(directory(&f, "", "threads/cgroup.type"), "threaded");
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	put(directory(&f, "", "threads/cgroup.threads"), text);
	succeeds(cgroup_pids(f.cgroup, &arena, &pids, &f.err), &f);
	assert_int_equal(pids.count, 1);
	assert_int_equal(pids.items[0], pid);
	finish(&f);
}

/* Seen from another pid namespace all numbers are 0: never "all processes of my group". */
static void processes_without_a_pid_here_are_left_out(void **state)
{
	struct fixture f;
	int status;
	pid_t pid, inside;

	(void)state;
	begin_later(&f, HOST_CGROUP_V2, NULL);
	pid = start_process(&f);
	inside = fork();
	if (inside == 0) {
		struct oci_pid_list pids;
		pid_t nested;

		if (unshare(CLONE_NEWPID) < 0)
			_exit(1);
		nested = fork();
		if (nested == 0) {
			if (cgroup_pids(f.cgroup, &arena, &pids, &f.err) < 0 || pids.count != 0)
				_exit(2);
			_exit(cgroup_signal(f.cgroup, SIGTERM, &f.err) < 0 ? 3 : 0);
		}
		if (waitpid(nested, &status, 0) != nested || !WIFEXITED(status))
			_exit(4);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(inside, &status, 0), inside);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	finish(&f);
}

static void signals(enum host_cgroup_mode mode)
{
	enum { PROCESSES = 5 };
	struct fixture f;

	begin_later(&f, mode, NULL);
	succeeds(cgroup_signal(f.cgroup, SIGUSR1, &f.err), &f); /* to nobody */
	for (int i = 0; i < PROCESSES; i++)
		(void)start_counting(&f);
	succeeds(cgroup_signal(f.cgroup, SIGUSR1, &f.err), &f);
	await_count(PROCESSES);
	assert_state(&f, false);
	/* A paused container stays paused; the signals wait. */
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	succeeds(cgroup_signal(f.cgroup, SIGUSR1, &f.err), &f);
	assert_state(&f, true);
	assert_true(nobody_counted());
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	await_count(PROCESSES);
	assert_int_equal(cgroup_signal(f.cgroup, 4711, &f.err), -EINVAL);
	assert_state(&f, false);
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	succeeds(cgroup_signal(f.cgroup, SIGKILL, &f.err), &f);
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	finish(&f);
}

static void v1_signals_reach_all(void **state)
{
	(void)state;
	signals(HOST_CGROUP_V1);
}

static void hybrid_signals_reach_all(void **state)
{
	(void)state;
	signals(HOST_CGROUP_HYBRID);
}

static void v2_signals_reach_all(void **state)
{
	(void)state;
	signals(HOST_CGROUP_V2);
}

/* A chain of processes, each of which ends as soon as the next is there. */
static void start_hopping(struct fixture *f)
{
	uint64_t go = 1;
	pid_t pid = fork_into(f);

	if (pid == 0) {
		(void)!read(counter, &go, sizeof(go));
		for (;;)
			if (fork() > 0)
				_exit(0);
	}
	succeeds(cgroup_add(f->cgroup, pid, &f->err), f);
	assert_int_equal(write(counter, &go, sizeof(go)), sizeof(go));
	assert_int_equal(waitpid(pid, NULL, 0), pid); /* it hops */
}

/* However fast they fork, none escapes: else the cgroup would never be empty. */
static void forking_processes_get_the_signal(enum host_cgroup_mode mode)
{
	struct oci_pid_list pids = { .count = 1 };
	struct fixture f;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	begin_later(&f, mode, NULL);
	for (int round = 0; round < 5; round++) {
		start_hopping(&f);
		succeeds(cgroup_signal(f.cgroup, SIGTERM, &f.err), &f);
		for (int i = 0; i < 500; i++) {
			succeeds(cgroup_pids(f.cgroup, &arena, &pids, &f.err), &f);
			if (pids.count == 0)
				break;
			tree_pause(10);
		}
		assert_int_equal(pids.count, 0);
		while (wait(NULL) > 0)
			;
	}
	finish(&f);
}

static void v1_signals_reach_those_that_fork(void **state)
{
	(void)state;
	forking_processes_get_the_signal(HOST_CGROUP_V1);
}

static void v2_signals_reach_those_that_fork(void **state)
{
	(void)state;
	forking_processes_get_the_signal(HOST_CGROUP_V2);
}

/* The container's tare finds its cgroup removed under it, after the record was opened. */
static void a_cgroup_that_goes_meanwhile_is_no_error(enum host_cgroup_mode mode)
{
	struct oci_pid_list pids;
	struct fixture f;

	begin_later(&f, mode, NULL);
	for (size_t i = 0; i < f.host.v1_count; i++)
		assert_int_equal(rmdir(directory(&f, f.host.v1[i].controllers, NULL)), 0);
	if (f.host.v2_mount_point)
		assert_int_equal(rmdir(directory(&f, "", NULL)), 0);
	assert_false(cgroup_is_frozen(f.cgroup));
	succeeds(cgroup_freeze(f.cgroup, &f.err), &f);
	succeeds(cgroup_thaw(f.cgroup, &f.err), &f);
	succeeds(cgroup_pids(f.cgroup, &arena, &pids, &f.err), &f);
	assert_int_equal(pids.count, 0);
	succeeds(cgroup_signal(f.cgroup, SIGTERM, &f.err), &f);
	succeeds(cgroup_signal(f.cgroup, SIGKILL, &f.err), &f);
	finish(&f);
}

static void v1_gone_is_no_error(void **state)
{
	(void)state;
	a_cgroup_that_goes_meanwhile_is_no_error(HOST_CGROUP_V1);
}

static void hybrid_gone_is_no_error(void **state)
{
	(void)state;
	a_cgroup_that_goes_meanwhile_is_no_error(HOST_CGROUP_HYBRID);
}

static void v2_gone_is_no_error(void **state)
{
	(void)state;
	a_cgroup_that_goes_meanwhile_is_no_error(HOST_CGROUP_V2);
}

/* A container with v1 cgroups, none of them with the freezer. */
static void without_a_freezer_it_is_said(void **state)
{
	struct oci_record_cgroup_list list;
	struct fixture f;
	size_t kept = 0;

	(void)state;
	begin_later(&f, HOST_CGROUP_V1, NULL);
	succeeds(cgroup_record(f.cgroup, &arena, &list, &f.err), &f);
	for (size_t i = 0; i < list.count; i++)
		if (!strstr(list.items[i].controllers, "freezer"))
			list.items[kept++] = list.items[i];
	assert_int_equal(kept, list.count - 1);
	list.count = kept;
	succeeds(cgroup_remove(f.cgroup, &f.err), &f);
	cgroup_free(f.cgroup);
	unfinished = NULL;
	succeeds(cgroup_locate(&f.host, NULL, id, &f.cgroup, &f.err), &f);
	unfinished = f.cgroup;
	succeeds(cgroup_create(f.cgroup, NULL, &f.err), &f);
	struct cgroup *all = f.cgroup;
	pid_t pid = start_counting(&f);

	succeeds(cgroup_open(&list, &f.cgroup, &f.err), &f);
	assert_int_equal(cgroup_freeze(f.cgroup, &f.err), -ENODEV);
	assert_non_null(strstr(f.err.message, "cannot be frozen"));
	assert_int_equal(cgroup_thaw(f.cgroup, &f.err), -ENODEV);
	assert_false(cgroup_is_frozen(f.cgroup));
	succeeds(cgroup_signal(f.cgroup, SIGUSR1, &f.err), &f); /* does without */
	await_count(1);
	cgroup_free(f.cgroup);
	f.cgroup = all;
	(void)pid;
	finish(&f);
}

/* In the caller's own cgroup: its processes are not the container's. */
static void without_a_cgroup_nobody_is_signalled(void **state)
{
	const struct oci_record_cgroup_list none = { .count = 0 };
	struct oci_pid_list pids;
	struct cgroup *cgroup;
	struct fixture f;
	struct error err;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL); /* located, but not made */
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &err), -ENODEV);
	assert_int_equal(cgroup_freeze(f.cgroup, &err), -ENODEV);
	end(&f);
	assert_int_equal(cgroup_open(&none, &cgroup, &err), 0);
	assert_true(cgroup_is_none(cgroup));
	assert_int_equal(cgroup_pids(cgroup, &arena, &pids, &err), -ENODEV);
	assert_non_null(strstr(err.message, "no cgroup of its own"));
	assert_int_equal(cgroup_signal(cgroup, SIGTERM, &err), -ENODEV);
	assert_int_equal(cgroup_freeze(cgroup, &err), -ENODEV);
	assert_int_equal(cgroup_kill(cgroup, &err), 0);
	assert_int_equal(cgroup_remove(cgroup, &err), 0);
	cgroup_free(cgroup);
}

/* Directories whose files take what is written and never say that it has come to pass. */
static void what_never_freezes_is_given_up(void **state)
{
	char dir[] = "/tmp/test_cgroup_later.XXXXXX", path[64];
	struct tree v1 = { .dir = FD_NONE }, v2 = { .v2 = true, .dir = FD_NONE };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/freezer.state", dir);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) < 0) {
		(void)rmdir(dir);
		print_message("needs root: a device that takes what is written to it\n");
		skip();
	}
	owned_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	v1.dir = v2.dir = fd;
	assert_int_equal(freeze_set(&v1, true, 250), -ETIMEDOUT);
	assert_int_equal(freeze_set(&v2, true, 0), -ENOENT);
	owned_fd freeze = openat(fd, "cgroup.freeze", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	owned_fd events = openat(fd, "cgroup.events", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	char text[2] = "";

	assert_int_equal(write(events, "populated 1\nfrozen 0\n", 21), 21);
	assert_int_equal(freeze_set(&v2, true, 20), -ETIMEDOUT);
	assert_int_equal(pread(freeze, text, 1, 0), 1);
	assert_string_equal(text, "1");
	assert_int_equal(freeze_set(&v2, false, 20), 0);
	assert_int_equal(pread(freeze, text, 1, 0), 1);
	assert_string_equal(text, "0");
	(void)unlinkat(fd, "freezer.state", 0);
	(void)unlinkat(fd, "cgroup.freeze", 0);
	(void)unlinkat(fd, "cgroup.events", 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LATER_TEST(v1_freezes_and_thaws),
		LATER_TEST(hybrid_freezes_and_thaws),
		LATER_TEST(v2_freezes_and_thaws),
		LATER_TEST(v1_freezes_without_processes),
		LATER_TEST(v2_freezes_without_processes),
		LATER_TEST(what_v2_froze_on_a_hybrid_host_is_thawed),
		LATER_TEST(v1_frozen_from_above_is_refused),
		LATER_TEST(v2_frozen_from_above_is_refused),
		LATER_TEST(v1_self_frozen_is_killed),
		LATER_TEST(hybrid_self_frozen_is_killed),
		LATER_TEST(v1_processes_are_listed),
		LATER_TEST(hybrid_processes_are_listed),
		LATER_TEST(v2_processes_are_listed),
		LATER_TEST(processes_in_threaded_cgroups_are_listed_once),
		LATER_TEST(processes_without_a_pid_here_are_left_out),
		LATER_TEST(v1_signals_reach_all),
		LATER_TEST(hybrid_signals_reach_all),
		LATER_TEST(v2_signals_reach_all),
		LATER_TEST(v1_signals_reach_those_that_fork),
		LATER_TEST(v2_signals_reach_those_that_fork),
		LATER_TEST(v1_gone_is_no_error),
		LATER_TEST(hybrid_gone_is_no_error),
		LATER_TEST(v2_gone_is_no_error),
		LATER_TEST(without_a_freezer_it_is_said),
		LATER_TEST(without_a_cgroup_nobody_is_signalled),
		LATER_TEST(what_never_freezes_is_given_up),
	};

	counter = eventfd(0, EFD_CLOEXEC);
	return machine_run(tests, sizeof(tests) / sizeof(tests[0]));
}
