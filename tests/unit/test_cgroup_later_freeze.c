/*
 * test_cgroup_later_freeze.c - the processes of a container's cgroup, frozen and thawed on the
 * kernel's own cgroupfs; what never freezes, on directories that only look so.
 */
#include "test_cgroup_later.h"

#include "cgroup/freeze.h"
#include "cgroup/trees.h"

static char frozen_parent[PATH_MAX]; /* its file, to be thawed if the test fails half-way */

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
	return later_clean(state);
}

#define LATER_TEST(name) cmocka_unit_test_teardown(name, clean)

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
	begin(&f, HOST_CGROUP_V1, NULL);
	if (!has_freezer(&f, HOST_CGROUP_V1)) {
		print_message("the freezer is not on v1 here\n");
		skip();
	}
	succeeds(cgroup_create(f.cgroup, NULL, &f.err), &f);
	succeeds(cgroup_record(f.cgroup, &arena, &list, &f.err), &f);
	for (size_t i = 0; i < list.count; i++)
		if (!strstr(list.items[i].controllers, "freezer"))
			list.items[kept++] = list.items[i];
	assert_int_equal(kept, list.count - 1);
	list.count = kept;
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
		LATER_TEST(v1_gone_is_no_error),
		LATER_TEST(hybrid_gone_is_no_error),
		LATER_TEST(v2_gone_is_no_error),
		LATER_TEST(without_a_freezer_it_is_said),
		LATER_TEST(without_a_cgroup_nobody_is_signalled),
		LATER_TEST(what_never_freezes_is_given_up),
	};

	return later_run(tests, sizeof(tests) / sizeof(tests[0]));
}
