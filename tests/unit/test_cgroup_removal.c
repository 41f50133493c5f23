/*
 * test_cgroup_removal.c - what is refused, and what is left behind: on the kernel's own cgroupfs.
 */
#include "cgroup_machine.h"

static void an_occupied_cgroup_is_refused_and_left_alone(void **state)
{
	struct fixture f;
	struct cgroup *second;
	pid_t pid;

	(void)state;
	begin(&f, HOST_CGROUP_HYBRID, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	pid = start_process(&f);
	assert_int_equal(cgroup_locate(&f.host, NULL, id, &second, &f.err), 0);
	assert_int_equal(cgroup_create(second, NULL, &f.err), -EBUSY);
	assert_non_null(
	    strstr(f.err.message, "container's cgroup is not empty: 1 process(es) found"));
	assert_int_equal(cgroup_remove(second, &f.err), 0);
	cgroup_free(second);
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(access(directory(&f, "", NULL), F_OK), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	end(&f);
}

static void a_frozen_parent_is_refused(void **state)
{
	char parent[PATH_MAX], file[PATH_MAX + 32], path[128];
	struct fixture f;
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-frozen/%s", id, id);
	begin(&f, HOST_CGROUP_V2, path);
	(void)snprintf(parent, sizeof(parent), "%s/%s-frozen", f.host.v2_mount_point, id);
	assert_int_equal(mkdir(parent, 0755), 0);
	(void)snprintf(file, sizeof(file), "%s/cgroup.freeze", parent);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "1", 1), 1);
	(void)close(fd);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), -EBUSY);
	assert_non_null(strstr(f.err.message, "unexpectedly frozen"));
	assert_string_equal(f.err.pointer, "/linux/cgroupsPath");
	/* The directory made on the way is gone, the parent stays. */
	assert_int_equal(rmdir(parent), 0);
	end(&f);
}

static void children_of_the_container_go_with_it(void **state)
{
	char path[PATH_MAX];
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_HYBRID, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	(void)snprintf(path, sizeof(path), "%s", directory(&f, "", NULL));
	for (unsigned depth = 0; depth < 100; depth++) {
		(void)strcat(path, "/d");
		assert_int_equal(mkdir(path, 0755), 0);
	}
	for (unsigned i = 0; i < 50; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "w%u", i);
		assert_int_equal(mkdir(directory(&f, "pids", name), 0755), 0);
	}
	if (cgroup_remove(f.cgroup, &f.err) < 0)
		fail_msg("%s", f.err.message);
	assert_gone(&f);
	end(&f);
}

static void parents_that_were_made_go_and_others_stay(void **state)
{
	char path[128], kept[PATH_MAX], made[PATH_MAX];
	struct fixture f;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-kept/made/%s", id, id);
	begin(&f, HOST_CGROUP_V2, path);
	(void)snprintf(kept, sizeof(kept), "%s/%s-kept", f.host.v2_mount_point, id);
	(void)snprintf(made, sizeof(made), "%s/%s-kept/made", f.host.v2_mount_point, id);
	assert_int_equal(mkdir(kept, 0755), 0);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(access(made, F_OK), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_int_equal(access(made, F_OK), -1);
	assert_int_equal(rmdir(kept), 0);
	end(&f);
}

static void a_cgroup_that_existed_stays(void **state)
{
	char path[128], existing[PATH_MAX];
	struct fixture f;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-existing", id);
	begin(&f, HOST_CGROUP_V2, path);
	(void)snprintf(existing, sizeof(existing), "%s%s", f.host.v2_mount_point, path);
	assert_int_equal(mkdir(existing, 0755), 0);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_int_equal(rmdir(existing), 0);
	end(&f);
}

static void a_failed_limit_is_named_and_nothing_is_left(void **state)
{
	struct oci_cpu cpu = { .cpus = (char *)"9999" };
	struct oci_resources resources = { .cpu = &cpu };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V1, NULL);
	assert_int_equal(cgroup_create(f.cgroup, &resources, &f.err), 0);
	assert_true(cgroup_apply(f.cgroup, &resources, &f.log, &f.err) < 0);
	assert_string_equal(f.err.pointer, "/linux/resources/cpu/cpus");
	assert_non_null(strstr(f.err.message, "cpuset.cpus"));
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	end(&f);
}

static void a_missing_controller_is_named_and_nothing_is_left(void **state)
{
	struct oci_string_pair pair = { (char *)"nosuch.max", (char *)"1" };
	struct oci_resources resources = { .unified = { &pair, 1 } };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	assert_int_equal(cgroup_create(f.cgroup, &resources, &f.err), -ENODEV);
	assert_non_null(strstr(f.err.message, "the nosuch controller"));
	assert_string_equal(f.err.pointer, "/linux/resources/unified/nosuch.max");
	assert_gone(&f);
	end(&f);
}

/* A process frozen by the v1 freezer does not die before it thaws. */
static void frozen_processes_are_killed(enum host_cgroup_mode mode)
{
	struct fixture f;
	pid_t pid;
	int fd;

	begin(&f, mode, NULL);
	if (!host_cgroups_find(&f.host, "freezer")) {
		print_message("the freezer is not on v1 here\n");
		skip();
	}
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	pid = start_process(&f);
	fd = open(directory(&f, "freezer", "freezer.state"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "FROZEN", 6), 6);
	(void)close(fd);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	end(&f);
}

static void v1_frozen_processes_are_killed(void **state)
{
	(void)state;
	frozen_processes_are_killed(HOST_CGROUP_V1);
}

static void hybrid_frozen_processes_are_killed(void **state)
{
	(void)state;
	frozen_processes_are_killed(HOST_CGROUP_HYBRID);
}

static void many_at_once_leave_nothing(void **state)
{
	enum { WORKERS = 8, ROUNDS = 25 };
	struct fixture f;
	char parent[PATH_MAX];
	int status;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	for (int worker = 0; worker < WORKERS; worker++) {
		if (fork() > 0)
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			struct cgroup *cgroup;
			char name[64];

			(void)snprintf(name, sizeof(name), "%s-%d", id, worker);
			if (cgroup_locate(&f.host, NULL, name, &cgroup, &f.err) < 0 ||
			    cgroup_create(cgroup, NULL, &f.err) < 0 ||
			    cgroup_remove(cgroup, &f.err) < 0)
				_exit(1);
			cgroup_free(cgroup);
		}
		_exit(0);
	}
	for (int worker = 0; worker < WORKERS; worker++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	(void)snprintf(parent, sizeof(parent), "%s/tare-%s-0", f.host.v2_mount_point, id);
	assert_int_equal(access(parent, F_OK), -1);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(an_occupied_cgroup_is_refused_and_left_alone),
		MACHINE_TEST(a_frozen_parent_is_refused),
		MACHINE_TEST(children_of_the_container_go_with_it),
		MACHINE_TEST(parents_that_were_made_go_and_others_stay),
		MACHINE_TEST(a_cgroup_that_existed_stays),
		MACHINE_TEST(a_failed_limit_is_named_and_nothing_is_left),
		MACHINE_TEST(a_missing_controller_is_named_and_nothing_is_left),
		MACHINE_TEST(v1_frozen_processes_are_killed),
		MACHINE_TEST(hybrid_frozen_processes_are_killed),
		MACHINE_TEST(many_at_once_leave_nothing),
	};

	return machine_run(tests, sizeof(tests) / sizeof(tests[0]));
}
