/*
 * test_cgroup_v2.c - limits on cgroup v2, on a directory that imitates cgroupfs: a machine whose
 * controllers are all on v1 could not show them. The two calls that tell the difference are
 * replaced here: fstatfs says cgroup2, and mkdirat fills a new directory with files.
 */
#include "cgroup/cgroup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <cmocka.h>

static char mount_point[] = "/tmp/test_cgroup_v2.XXXXXX";
static int mkdir_errno; /* what making a directory shall fail with */

struct fixture {
	struct host_cgroups host;
	struct cgroup *cgroup;
	struct error err;
	struct log log;
};

static struct fixture f;

static void put_file(int dir, const char *name, const char *text)
{
	owned_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (long)strlen(text));
}

static void fill_directory(int dir)
{
	static const char *const empty[] = {
		"cgroup.controllers",
		"cgroup.subtree_control",
		"cgroup.procs",
		"cgroup.max.depth",
		"memory.max",
		"memory.low",
		"memory.high",
		"memory.swap.max",
		"cpu.weight",
		"cpu.max",
		"cpu.max.burst",
		"cpu.idle",
		"cpuset.cpus",
		"cpuset.mems",
		"pids.max",
		"io.max",
		"io.weight",
		"hugetlb.2MB.max",
		"hugetlb.2MB.rsvd.max",
		"rdma.max",
		"misc.max",
	};

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		put_file(dir, empty[i], "");
	put_file(dir, "cgroup.events", "populated 0\nfrozen 0\n");
	put_file(dir, "memory.current", "1000000\n");
	put_file(dir, "memory.events",
		 "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 0\n");
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	int rc;

	if (mkdir_errno) {
		errno = mkdir_errno;
		return -1;
	}
	rc = (int)syscall(SYS_mkdirat, dir, name, mode);
	if (rc == 0) {
		owned_fd made = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		fill_directory(made);
	}
	return rc;
}

int fstatfs(int fd, struct statfs *buffer)
{
	(void)fd;
	memset(buffer, 0, sizeof(*buffer));
	buffer->f_type = CGROUP2_SUPER_MAGIC;
	return 0;
}

static int open_mount(void)
{
	return open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int set_up(void **state)
{
	owned_fd dir = FD_NONE;
	char command[PATH_MAX];

	(void)state;
	mkdir_errno = 0;
	(void)snprintf(command, sizeof(command), "rm -rf %s/*", mount_point);
	assert_int_equal(system(command), 0);
	dir = open_mount();
	fill_directory(dir);
	put_file(dir, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
	memset(&f, 0, sizeof(f));
	log_init(&f.log);
	f.host = (struct host_cgroups){
		.mode = HOST_CGROUP_V2,
		.v2_mount_point = mount_point,
		.v2_mount_root = (char *)(uintptr_t) "/",
		.v2_own = (char *)(uintptr_t) "/self/here",
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cgroup_free(f.cgroup);
	log_free(&f.log);
	return 0;
}

static void locate(const char *path)
{
	assert_int_equal(cgroup_locate(&f.host, path, "box", &f.cgroup, &f.err), 0);
}

/* device rules cannot be set on this tree; -EBADF and the like come from there and mean "all the
 * rest went well" */
static int apply(struct oci_resources *resources)
{
	int rc;

	locate("/p/box");
	rc = cgroup_create(f.cgroup, resources, &f.err);
	return rc < 0 ? rc : cgroup_apply(f.cgroup, resources, &f.log, &f.err);
}

static void apply_well(struct oci_resources *resources)
{
	if (apply(resources) == 0)
		return;
	if (strcmp(f.err.pointer, "/linux/resources/devices") != 0)
		fail_msg("%s (%s)", f.err.message, f.err.pointer);
}

static void assert_file(const char *path, const char *expected)
{
	owned_fd dir = open_mount();
	owned_fd fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char text[512] = "";

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, expected);
}

static bool exists(const char *path)
{
	owned_fd dir = open_mount();

	return faccessat(dir, path, F_OK, 0) == 0;
}

static void memory(void **state)
{
	struct oci_memory section = { .limit = 1 << 26, .swap = 3 << 26, .reservation = 1 << 20 };
	struct oci_resources resources = { .memory = &section };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/memory.max", "67108864");
	assert_file("p/box/memory.swap.max", "134217728"); /* less the memory */
	assert_file("p/box/memory.low", "1048576");
	assert_file("p/box/memory.high", "");
}

static void no_limit_of_memory(void **state)
{
	struct oci_memory section = { .limit = -1, .reservation = -1 };
	struct oci_resources resources = { .memory = &section };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/memory.max", "max");
	assert_file("p/box/memory.swap.max", "max");
	assert_file("p/box/memory.low", "max");
}

static void no_swap(void **state)
{
	struct oci_memory section = { .limit = 4096, .swap = 4096 };
	struct oci_resources resources = { .memory = &section };
	owned_fd dir = FD_NONE;

	(void)state;
	apply_well(&resources);
	assert_file("p/box/memory.swap.max", "0");
	/* A kernel without swap accounting: nothing to forbid. */
	cgroup_free(f.cgroup);
	dir = open_mount();
	assert_int_equal(unlinkat(dir, "p/box/memory.swap.max", 0), 0);
	apply_well(&resources);
	section.swap = 8192;
	cgroup_free(f.cgroup);
	assert_int_equal(apply(&resources), -ENOENT);
	assert_string_equal(f.err.pointer, "/linux/resources/memory/swap");
	assert_non_null(strstr(f.err.message, "memory.swap.max"));
}

static void usage_is_checked_if_asked(void **state)
{
	struct oci_memory section = { .limit = 999999, .check_before_update = true };
	struct oci_resources resources = { .memory = &section };

	(void)state;
	assert_int_equal(apply(&resources), -EINVAL);
	assert_string_equal(f.err.pointer, "/linux/resources/memory/limit");
	assert_file("p/box/memory.max", "");
}

static void cpu(void **state)
{
	struct oci_cpu section = { .shares = 1024,
				   .quota = 50000,
				   .burst = 1000,
				   .cpus = (char *)(uintptr_t) "0-1",
				   .mems = (char *)(uintptr_t) "0" };
	struct oci_resources resources = { .cpu = &section };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/cpu.weight", "100");
	assert_file("p/box/cpu.max", "50000 100000");
	assert_file("p/box/cpu.max.burst", "1000");
	assert_file("p/box/cpu.idle", "");
	assert_file("p/box/cpuset.cpus", "0-1");
	assert_file("p/box/cpuset.mems", "0");
}

static void cpu_without_quota(void **state)
{
	struct oci_cpu section = { .quota = -1, .period = 20000, .has_idle = true, .idle = 1 };
	struct oci_resources resources = { .cpu = &section };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/cpu.max", "max 20000");
	assert_file("p/box/cpu.idle", "1");
	assert_file("p/box/cpu.weight", "");
}

/* 0 asks for no controller, and yet it is written: it takes back what an update had set. */
static void no_burst_and_not_idle(void **state)
{
	struct oci_cpu section = { .has_burst = true, .has_idle = true };
	struct oci_resources resources = { .cpu = &section };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/cpu.max.burst", "0");
	assert_file("p/box/cpu.idle", "0");
	assert_file("p/box/cpu.max", "");
	assert_file("p/box/cpu.weight", "");
}

static void pids_limit(int64_t limit, const char *expected)
{
	struct oci_pids section = { .has_limit = true, .limit = limit };
	struct oci_resources resources = { .pids = &section };

	assert_int_equal(set_up(NULL), 0);
	apply_well(&resources);
	assert_file("p/box/pids.max", expected);
	cgroup_free(f.cgroup);
	f.cgroup = NULL;
}

static void pids(void **state)
{
	(void)state;
	pids_limit(5, "5");
	pids_limit(0, ""); /* not asked for */
	pids_limit(-1, "max");
	pids_limit(-5, "max");
}

static void pages_rdma_and_io(void **state)
{
	struct oci_hugepage_limit pages = { .page_size = (char *)(uintptr_t) "2MB", .limit = 0 };
	struct oci_rdma_pair rdma = { (char *)(uintptr_t) "mlx5_1",
				      { .has_hca_handles = true,
					.hca_handles = 3,
					.has_hca_objects = true,
					.hca_objects = 10 } };
	struct oci_throttle_device throttle = { .major = 8, .minor = 16, .rate = 600 };
	struct oci_block_io io = { .weight = 1000, .throttle_read_bps_device = { &throttle, 1 } };
	struct oci_resources resources = { .hugepage_limits = { &pages, 1 },
					   .rdma = { &rdma, 1 },
					   .block_io = &io };

	(void)state;
	apply_well(&resources);
	assert_file("p/box/hugetlb.2MB.max", "0");
	assert_file("p/box/hugetlb.2MB.rsvd.max", "0");
	assert_file("p/box/rdma.max", "mlx5_1 hca_handle=3 hca_object=10");
	assert_file("p/box/io.weight", "10000");
	assert_file("p/box/io.max", "8:16 rbps=600");
}

static void a_page_size_that_the_machine_lacks(void **state)
{
	struct oci_hugepage_limit pages = { .page_size = (char *)(uintptr_t) "3KB", .limit = 1 };
	struct oci_resources resources = { .hugepage_limits = { &pages, 1 } };

	(void)state;
	assert_int_equal(apply(&resources), -EINVAL);
	assert_string_equal(f.err.pointer, "/linux/resources/hugepageLimits/0/pageSize");
	assert_string_equal(f.err.message, "this machine has no huge pages of 3KB");
}

static int unified(const char *key, const char *value)
{
	struct oci_string_pair pair = { (char *)(uintptr_t)key, (char *)(uintptr_t)value };
	struct oci_resources resources = { .unified = { &pair, 1 } };
	int rc;

	assert_int_equal(set_up(NULL), 0);
	rc = apply(&resources);
	cgroup_free(f.cgroup);
	f.cgroup = NULL;
	return strcmp(f.err.pointer, "/linux/resources/devices") == 0 ? 0 : rc;
}

static void unified_files(void **state)
{
	(void)state;
	assert_int_equal(unified("memory.high", "1000"), 0);
	assert_file("p/box/memory.high", "1000");
	assert_int_equal(unified("cgroup.max.depth", "3"), 0);
	assert_file("p/box/cgroup.max.depth", "3");
	assert_int_equal(unified("io.max", "8:0 rbps=1\n\n8:16 rbps=2\n"),
			 0); /* a write per line */
	assert_file("p/box/io.max", "8:16 rbps=2");
	assert_int_equal(unified("memory.nosuch", "1"), -ENOENT);
	assert_string_equal(f.err.pointer, "/linux/resources/unified/memory.nosuch");
	assert_int_equal(unified("nosuch.max", "1"), -ENODEV);
}

static void unified_keys_that_are_none(void **state)
{
	static const char *const keys[] = {
		"../x.y",  "a/b.c",         "memory",       "",           ".max",
		"memory.", "cgroup.freeze", "cgroup.procs", "cgroup.kill"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(unified(keys[i], "1"), -EINVAL);
	assert_int_equal(unified("a/b.c~", "1"), -EINVAL);
	assert_string_equal(f.err.pointer, "/linux/resources/unified/a~1b.c~0");
	assert_int_equal(unified("memory.high", ""), -EINVAL);
	assert_false(exists("p")); /* refused before anything is made */
}

static void every_controller_is_enabled_in_every_ancestor(void **state)
{
	static const char all[] = "+cpuset +cpu +io +memory +hugetlb +pids +rdma +misc";

	(void)state;
	locate("/p/q/box");
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_file("cgroup.subtree_control", all);
	assert_file("p/cgroup.subtree_control", all);
	assert_file("p/q/cgroup.subtree_control", all);
	assert_file("p/q/box/cgroup.subtree_control", "");
}

static void what_is_enabled_is_not_written_again(void **state)
{
	owned_fd dir = open_mount();

	(void)state;
	put_file(dir, "cgroup.subtree_control", "cpuset cpu memory hugetlb pids rdma misc\n");
	locate("/box");
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_file("cgroup.subtree_control", "+ioset cpu memory hugetlb pids rdma misc\n");
}

static void a_missing_controller_is_named(void **state)
{
	struct oci_pids section = { .has_limit = true, .limit = 5 };
	struct oci_resources resources = { .pids = &section };
	owned_fd dir = open_mount();
	char expected[256];

	(void)state;
	put_file(dir, "cgroup.controllers", "cpu memory\n");
	assert_int_equal(apply(&resources), -ENODEV);
	(void)snprintf(
	    expected, sizeof(expected),
	    "the pids controller, which pids/limit needs, is not available: it is not in "
	    "%s/cgroup.controllers",
	    mount_point);
	assert_string_equal(f.err.message, expected);
	assert_string_equal(f.err.pointer, "/linux/resources/pids/limit");
}

static void memory_refused(int64_t limit, int64_t swap, const char *pointer)
{
	struct oci_memory section = { .limit = limit, .swap = swap };
	struct oci_resources resources = { .memory = &section };

	assert_int_equal(apply(&resources), -EINVAL);
	assert_string_equal(f.err.pointer, pointer);
	assert_false(exists("p"));
	cgroup_free(f.cgroup);
	f.cgroup = NULL;
}

static void memory_that_makes_no_sense(void **state)
{
	(void)state;
	memory_refused(-2, 0, "/linux/resources/memory/limit");
	memory_refused(4096, -2, "/linux/resources/memory/swap");
	memory_refused(0, 4096, "/linux/resources/memory/swap");
	memory_refused(-1, 4096, "/linux/resources/memory/swap");
	memory_refused(8192, 4096, "/linux/resources/memory/swap");
}

static void a_list_of_cpus_that_is_none(void **state)
{
	struct oci_cpu section = { .cpus = (char *)(uintptr_t) "0\n1" };
	struct oci_resources resources = { .cpu = &section };

	(void)state;
	assert_int_equal(apply(&resources), -EINVAL);
	assert_string_equal(f.err.pointer, "/linux/resources/cpu/cpus");
	assert_file("p/box/cpuset.cpus", "");
}

static void what_v2_cannot_do_is_a_warning(void **state)
{
	struct oci_memory section = {
		.has_swappiness = true, .swappiness = 10, .kernel = 5, .disable_oom_killer = true
	};
	struct oci_cpu cpu_section = { .realtime_runtime = 5 };
	struct oci_network network = { .class_id = 7 };
	struct oci_resources resources = { .memory = &section,
					   .cpu = &cpu_section,
					   .network = &network };
	size_t warnings = 0;

	(void)state;
	apply_well(&resources);
	for (const struct log_warning *w = f.log.first; w; w = w->next)
		warnings++;
	assert_string_equal(f.log.first->pointer, "/linux/resources/memory/kernel");
	assert_int_equal(warnings, 5);
}

static void without_permission_the_default_is_no_cgroup(void **state)
{
	struct oci_pids section = { .has_limit = true, .limit = 5 };
	struct oci_resources resources = { .pids = &section };
	char name[PATH_MAX];

	(void)state;
	mkdir_errno = EACCES;
	locate(NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_true(cgroup_is_none(f.cgroup));
	assert_string_equal(cgroup_path(f.cgroup, ""), "/self/here"); /* it stays with the caller */
	assert_int_equal(cgroup_clone_fd(f.cgroup), FD_NONE);
	assert_null(cgroup_entrance(f.cgroup, 0, name));
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	cgroup_free(f.cgroup);
	/* But not if a limit is asked for, or a path. */
	locate(NULL);
	assert_int_equal(cgroup_create(f.cgroup, &resources, &f.err), -ENODEV);
	assert_string_equal(f.err.pointer, "/linux/resources/pids/limit");
	cgroup_free(f.cgroup);
	locate("/p/box");
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), -EACCES);
	assert_string_equal(f.err.pointer, "/linux/cgroupsPath");
	assert_non_null(strstr(f.err.hint, "Delegate"));
}

static void an_occupied_cgroup_is_refused(void **state)
{
	owned_fd dir = open_mount();

	(void)state;
	locate("/box");
	assert_int_equal(mkdirat(dir, "box", 0755), 0);
	put_file(dir, "box/cgroup.procs", "12\n345\n");
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), -EBUSY);
	assert_non_null(
	    strstr(f.err.message, "container's cgroup is not empty: 2 process(es) found"));
}

static void oom_kills(void **state)
{
	uint64_t count = 0;

	(void)state;
	locate("/box");
	assert_true(cgroup_oom_kills(f.cgroup, &count) < 0);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(cgroup_oom_kills(f.cgroup, &count), 0);
	assert_int_equal(count, 3);
}

static void nothing_leads_out_of_the_hierarchy(void **state)
{
	owned_fd dir = open_mount();
	char outside[64], path[64];

	(void)state;
	(void)snprintf(outside, sizeof(outside), "%s-outside", mount_point);
	(void)snprintf(path, sizeof(path), "/link/%s", strrchr(outside, '/') + 1);
	assert_int_equal(symlinkat("/tmp", dir, "link"), 0);
	locate(path);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), -ELOOP);
	assert_int_not_equal(access(outside, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory),
		TEST(no_limit_of_memory),
		TEST(no_swap),
		TEST(usage_is_checked_if_asked),
		TEST(cpu),
		TEST(cpu_without_quota),
		TEST(no_burst_and_not_idle),
		TEST(pids),
		TEST(pages_rdma_and_io),
		TEST(a_page_size_that_the_machine_lacks),
		TEST(unified_files),
		TEST(unified_keys_that_are_none),
		TEST(every_controller_is_enabled_in_every_ancestor),
		TEST(what_is_enabled_is_not_written_again),
		TEST(a_missing_controller_is_named),
		TEST(memory_that_makes_no_sense),
		TEST(a_list_of_cpus_that_is_none),
		TEST(what_v2_cannot_do_is_a_warning),
		TEST(without_permission_the_default_is_no_cgroup),
		TEST(an_occupied_cgroup_is_refused),
		TEST(oom_kills),
		TEST(nothing_leads_out_of_the_hierarchy),
	};
	char command[PATH_MAX];
	int failed;

	if (!mkdtemp(mount_point))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(command, sizeof(command), "rm -rf %s", mount_point);
	return system(command) == 0 ? failed : 1;
}
