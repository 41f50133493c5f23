/*
 * test_cgroup_native.c - a container's cgroup on the kernel's own cgroupfs: made, limited, entered,
 * killed and removed on v1, hybrid and v2; devices guarded; oom kills counted.
 */
#include "cgroup_machine.h"

/* From nothing to nothing, with the limits of the issue. */
static void life(struct fixture *f, struct oci_resources *resources)
{
	pid_t pid;

	assert_int_equal(cgroup_create(f->cgroup, resources, &f->err), 0);
	assert_false(cgroup_is_none(f->cgroup));
	if (cgroup_apply(f->cgroup, resources, &f->log, &f->err) < 0)
		fail_msg("%s (%s)", f->err.message, f->err.pointer);
	pid = start_process(f);
	for (size_t i = 0; i < f->host.v1_count; i++) {
		char text[32];
		char *controllers = f->host.v1[i].controllers;
		char first[64];

		(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(controllers, ","),
			       controllers);
		(void)snprintf(text, sizeof(text), "%d", (int)pid);
		assert_file(f, first, "cgroup.procs", text);
	}
	assert_int_equal(cgroup_kill(f->cgroup, &f->err), 0);
	assert_killed(pid);
}

static const struct oci_memory memory_limits = {
	.has_limit = true, .limit = 64 << 20, .has_reservation = true, .reservation = 32 << 20
};
static const struct oci_cpu cpu_limits = { .has_shares = true,
					   .shares = 512,
					   .has_quota = true,
					   .quota = 50000,
					   .has_period = true,
					   .period = 100000,
					   .cpus = (char *)"0" };
static const struct oci_pids pids_limits = { .has_limit = true, .limit = 20 };

static bool has_usual_v1(const struct host_cgroups *host)
{
	return host_cgroups_find(host, "memory") && host_cgroups_find(host, "cpu") &&
	       host_cgroups_find(host, "cpuset") && host_cgroups_find(host, "pids") &&
	       host_cgroups_find(host, "devices") && host_cgroups_find(host, "freezer");
}

static void v1_life(enum host_cgroup_mode mode)
{
	struct oci_memory memory = memory_limits;
	struct oci_cpu cpu = cpu_limits;
	struct oci_pids pids = pids_limits;
	struct oci_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &pids };
	struct fixture f;

	begin(&f, mode, NULL);
	if (!has_usual_v1(&f.host)) {
		print_message(
		    "not all of memory, cpu, cpuset, pids, devices, freezer are on v1 here\n");
		skip();
	}
	life(&f, &resources);
	assert_file(&f, "memory", "memory.limit_in_bytes", "67108864");
	assert_file(&f, "memory", "memory.soft_limit_in_bytes", "33554432");
	assert_file(&f, "cpu", "cpu.shares", "512");
	assert_file(&f, "cpu", "cpu.cfs_quota_us", "50000");
	assert_file(&f, "cpuset", "cpuset.cpus", "0");
	assert_file(&f, "pids", "pids.max", "20");
	assert_file(&f, "devices", "devices.list", "c *:* m");
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0); /* again: nothing to do */
	assert_gone(&f);
	end(&f);
}

/* Limits that grow, shrink and go: memsw may not be below the limit in between. */
static void v1_memory_and_swap_change_together(void **state)
{
	static const struct {
		int64_t limit, swap;
		const char *limit_text, *swap_text;
	} steps[] = {
		{ 32 << 20, 64 << 20, "33554432", "67108864" },
		{ 128 << 20, 256 << 20, "134217728", "268435456" },
		{ 16 << 20, 16 << 20, "16777216", "16777216" },
		{ -1, 0, "9223372036854771712", "9223372036854771712" },
	};
	struct oci_memory memory = { .has_limit = true, .has_swap = true };
	struct oci_resources resources = { .memory = &memory };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V1, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	if (!host_cgroups_find(&f.host, "memory") ||
	    access(directory(&f, "memory", "memory.memsw.limit_in_bytes"), F_OK) < 0) {
		print_message("memory is not on v1 here, or swap is not accounted\n");
		assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
		end(&f);
		skip();
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		memory.limit = steps[i].limit;
		memory.swap = steps[i].swap;
		if (cgroup_apply(f.cgroup, &resources, &f.log, &f.err) < 0)
			fail_msg("%s", f.err.message);
		assert_file(&f, "memory", "memory.limit_in_bytes", steps[i].limit_text);
		assert_file(&f, "memory", "memory.memsw.limit_in_bytes", steps[i].swap_text);
	}
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

static void v1_is_made_limited_entered_killed_removed(void **state)
{
	(void)state;
	v1_life(HOST_CGROUP_V1);
}

static void hybrid_is_made_limited_entered_killed_removed(void **state)
{
	(void)state;
	v1_life(HOST_CGROUP_HYBRID);
}

static void v2_is_made_entered_killed_removed(void **state)
{
	struct oci_resources resources = { .memory = NULL };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	life(&f, &resources);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	end(&f);
}

/* The one controller that this kind of machine often has on v2 shows the enabling for real. */
static void v2_limits_reach_through_new_parents(void **state)
{
	struct oci_hugepage_limit pages = { .page_size = (char *)(uintptr_t) "2MB",
					    .limit = 4 << 20 };
	struct oci_resources resources = { .hugepage_limits = { &pages, 1 } };
	char path[128], list[1024];
	struct fixture f;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-a/b/%s", id, id);
	begin(&f, HOST_CGROUP_V2, path);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	read_enabled(&f.host, list);
	if (!strstr(list, "hugetlb") || access(directory(&f, "", "hugetlb.2MB.max"), F_OK) < 0) {
		print_message("hugetlb is not on v2 here, or has no pages of 2 MB\n");
		assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
		end(&f);
		skip();
	}
	assert_int_equal(cgroup_apply(f.cgroup, &resources, &f.log, &f.err), 0);
	assert_file(&f, "", "hugetlb.2MB.max", "4194304");
	assert_file(&f, "", "hugetlb.2MB.rsvd.max", "4194304");
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

/* Make a node and open it, in the container's cgroup: 0 or the errno. */
static int try_device(struct fixture *f, dev_t device, mode_t type, int flags)
{
	char node[PATH_MAX];
	int status, fd;
	pid_t pid;

	(void)snprintf(node, sizeof(node), "%s/node", scratch);
	(void)unlink(node);
	pid = fork_into(f);
	if (pid == 0) {
		if (cgroup_add(f->cgroup, getpid(), &f->err) < 0 ||
		    mknod(node, type | 0600, device) < 0)
			_exit(255);
		fd = open(node, flags | O_CLOEXEC | O_NONBLOCK);
		_exit(fd < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* null may be read only; kmsg, of no rule, not opened at all; loop0 neither. */
static void devices(enum host_cgroup_mode mode)
{
	struct oci_device_rule rules[] = {
		{ .allow = false, .access = (char *)"rwm" },
		{ .allow = false,
		  .type = (char *)"c",
		  .has_major = true,
		  .major = 1,
		  .has_minor = true,
		  .minor = 3,
		  .access = (char *)"w" },
	};
	struct oci_resources resources = { .devices = { rules, 2 } };
	struct fixture f;

	begin(&f, mode, NULL);
	if (mode != HOST_CGROUP_V2 && !host_cgroups_find(&f.host, "devices")) {
		print_message("the devices controller is not on v1 here\n");
		skip();
	}
	assert_int_equal(cgroup_create(f.cgroup, &resources, &f.err), 0);
	if (cgroup_apply(f.cgroup, &resources, &f.log, &f.err) < 0)
		fail_msg("%s", f.err.message);
	assert_int_equal(try_device(&f, makedev(1, 3), S_IFCHR, O_RDONLY), 0);
	assert_int_equal(try_device(&f, makedev(1, 3), S_IFCHR, O_WRONLY), EPERM);
	assert_int_equal(try_device(&f, makedev(1, 3), S_IFCHR, O_RDWR), EPERM);
	assert_int_equal(try_device(&f, makedev(1, 5), S_IFCHR, O_RDWR), 0);
	assert_int_equal(try_device(&f, makedev(1, 11), S_IFCHR, O_RDONLY), EPERM);
	assert_int_equal(try_device(&f, makedev(7, 0), S_IFBLK, O_RDONLY), EPERM);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	end(&f);
}

static void v1_devices_are_guarded(void **state)
{
	(void)state;
	devices(HOST_CGROUP_V1);
}

static void v2_devices_are_guarded(void **state)
{
	(void)state;
	devices(HOST_CGROUP_V2);
}

/* The eBPF filter is there although no rule asks for it. */
static void v2_devices_are_guarded_by_default(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(cgroup_apply(f.cgroup, NULL, &f.log, &f.err), 0);
	assert_int_equal(try_device(&f, makedev(1, 3), S_IFCHR, O_RDWR), 0);
	assert_int_equal(try_device(&f, makedev(1, 11), S_IFCHR, O_RDONLY), EPERM);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

static void oom_kills_are_counted(void **state)
{
	struct oci_memory memory = { .has_limit = true, .limit = 4 << 20 };
	struct oci_resources resources = { .memory = &memory };
	struct fixture f;
	uint64_t count = 99;
	pid_t pid;
	int status;

	(void)state;
	begin(&f, HOST_CGROUP_V1, NULL);
	if (!host_cgroups_find(&f.host, "memory")) {
		print_message("the memory controller is not on v1 here\n");
		skip();
	}
	assert_int_equal(cgroup_create(f.cgroup, &resources, &f.err), 0);
	assert_int_equal(cgroup_apply(f.cgroup, &resources, &f.log, &f.err), 0);
	assert_int_equal(cgroup_oom_kills(f.cgroup, &count), 0);
	assert_int_equal(count, 0);
	pid = fork();
	if (pid == 0) {
		char *memory_hog;

		if (cgroup_add(f.cgroup, getpid(), &f.err) < 0)
			_exit(1);
		memory_hog = malloc(64 << 20);
		if (memory_hog)
			for (size_t i = 0; i < 64 << 20; i += 4096)
				((volatile char *)memory_hog)[i] = 1;
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(cgroup_oom_kills(f.cgroup, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(v1_is_made_limited_entered_killed_removed),
		MACHINE_TEST(hybrid_is_made_limited_entered_killed_removed),
		MACHINE_TEST(v2_is_made_entered_killed_removed),
		MACHINE_TEST(v2_limits_reach_through_new_parents),
		MACHINE_TEST(v1_memory_and_swap_change_together),
		MACHINE_TEST(v1_devices_are_guarded),
		MACHINE_TEST(v2_devices_are_guarded),
		MACHINE_TEST(v2_devices_are_guarded_by_default),
		MACHINE_TEST(oom_kills_are_counted),
	};

	return machine_run(tests, sizeof(tests) / sizeof(tests[0]));
}
