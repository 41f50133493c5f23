/*
 * test_cgroup_later_signal.c - the processes of a container's cgroup, listed and signalled on the
 * kernel's own cgroupfs.
 */
#include "test_cgroup_later.h"

#include "cgroup/trees.h"

#include <sys/prctl.h>

#define LATER_TEST(name) cmocka_unit_test_teardown(name, later_clean)

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return later_run(tests, sizeof(tests) / sizeof(tests[0]));
}
