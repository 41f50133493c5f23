/*
 * test_cgroup_undo.c - what an update overwrote is put back: what to write for each form of file,
 * and on the kernel's own cgroupfs; device filters are replaced and come back, without a gap.
 */
#include "cgroup_machine.h"

#include "cgroup/trees.h"
#include "cgroup/undo.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"

static void fill(int dir, const char *file, const char *text)
{
	owned_fd fd = openat(dir, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* What the file held, what is written to it, what puts it back. */
static void each_form_of_file_has_its_way_back(void **state)
{
	static const char *const cases[][4] = {
		{ "pids.max", "max\n", "20", "max" },
		{ "cpuset.cpus", "\n", "0", "\n" },
		{ "cpuset.cpus", "0-3,7\n", "0", "0-3,7" },
		{ "cpu.max", "max 100000\n", "50000 100000", "max 100000" },
		{ "cpu.max", "50000 20000\n", "50000 100000", "50000 20000" },
		{ "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "1", "0" },
		{ "io.weight", "default 100\n8:0 7\n", "200", "100" },
		{ "io.weight", "default 100\n8:0 7\n8:01 9\n", "8:0 200", "8:0 7" },
		{ "io.weight", "default 100\n8:01 9\n", "8:0 200", "8:0 default" },
		{ "io.max", "8:16 rbps=1 wbps=max riops=2 wiops=max\n", "8:16 rbps=9",
		  "8:16 rbps=1 wbps=max riops=2 wiops=max" },
		{ "io.max", "", "8:16 rbps=9 wiops=3", "8:16 rbps=max wiops=max" },
		{ "blkio.throttle.read_bps_device", "8:0 5\n8:16 6\n", "8:16 9", "8:16 6" },
		{ "blkio.throttle.read_bps_device", "8:0 5\n", "8:16 9", "8:16 0" },
		{ "blkio.bfq.weight_device", "", "8:16 9", "8:16 default" },
		{ "net_prio.ifpriomap", "lo 0\neth0 4\n", "eth0 5", "eth0 4" },
		{ "rdma.max", "mlx5_0 hca_handle=max hca_object=4\n", "mlx5_0 hca_object=1",
		  "mlx5_0 hca_handle=max hca_object=4" },
	};
	char path[] = "/tmp/test_cgroup_undo.XXXXXX", text[256];
	struct undo undo = { .count = 0 };
	struct tree tree;
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(path));
	tree_init(&tree, true);
	tree.mount_point = tree.path = (char *)(uintptr_t) "";
	tree.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill(tree.dir, cases[i][0], cases[i][1]);
		assert_int_equal(undo_note(&undo, &tree, cases[i][0], cases[i][2]), 0);
		assert_int_equal(undo.count, 1);
		fill(tree.dir, cases[i][0], "");
		assert_int_equal(undo_all(&undo, &err), 0);
		assert_int_equal(undo.count, 0);
		owned_fd fd = openat(tree.dir, cases[i][0], O_RDONLY | O_CLOEXEC);
		ssize_t got = read(fd, text, sizeof(text) - 1);

		assert_true(got >= 0);
		text[got] = '\0';
		assert_string_equal(text, cases[i][3]);
		assert_int_equal(unlinkat(tree.dir, cases[i][0], 0), 0);
	}
	/* What is not there is not noted, and nothing is where nothing is asked for. */
	assert_int_equal(undo_note(&undo, &tree, "none", "1"), 0);
	assert_int_equal(undo.count, 0);
	assert_int_equal(undo_note(NULL, &tree, "none", "1"), 0);
	undo_free(&undo);
	tree_close(&tree);
	assert_int_equal(rmdir(path), 0);
}

struct setting {
	const char *controller, *file, *value;
};

static const struct setting settings[] = {
	{ "memory", "memory.limit_in_bytes", "104857600" },
	{ "memory", "memory.soft_limit_in_bytes", "52428800" },
	{ "memory", "memory.swappiness", "33" },
	{ "cpu", "cpu.shares", "333" },
	{ "cpu", "cpu.cfs_quota_us", "70000" },
	{ "cpu", "cpu.cfs_period_us", "90000" },
	{ "pids", "pids.max", "44" },
	{ "cpuset", "cpuset.cpus", "0" },
	{ "cpuset", "cpuset.mems", "0" },
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* A config that knows none of what somebody had set in the cgroup before. */
static void limits_that_others_had_set_come_back(void **state)
{
	struct oci_memory memory = {
		.has_limit = true,
		.limit = 32 << 20,
		.has_reservation = true,
		.reservation = 16 << 20,
		.has_swappiness = true,
		.swappiness = 60,
	};
	struct oci_cpu cpu = { .has_shares = true,
			       .shares = 500,
			       .has_quota = true,
			       .quota = 20000,
			       .has_period = true,
			       .period = 50000,
			       .cpus = (char *)(uintptr_t) "4000" };
	struct oci_pids pids = { .has_limit = true, .limit = 5 };
	struct oci_resources fails = { .memory = &memory, .cpu = &cpu };
	struct oci_resources works = { .memory = &memory, .pids = &pids };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V1, NULL);
	for (size_t i = 0; i < SETTINGS; i++)
		if (!host_cgroups_find(&f.host, settings[i].controller)) {
			print_message("the controller %s is not on v1 here\n",
				      settings[i].controller);
			skip();
		}
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	for (size_t i = 0; i < SETTINGS; i++)
		fill(AT_FDCWD, directory(&f, settings[i].controller, settings[i].file),
		     settings[i].value);
	assert_int_equal(cgroup_update(f.cgroup, &fails, &f.log, &f.err), -ERANGE);
	assert_string_equal(f.err.pointer, "/linux/resources/cpu/cpus");
	assert_file(&f, "memory", "memory.limit_in_bytes", "33554432");
	assert_int_equal(cgroup_revert(f.cgroup, &f.err), 0);
	for (size_t i = 0; i < SETTINGS; i++)
		assert_file(&f, settings[i].controller, settings[i].file, settings[i].value);
	assert_int_equal(cgroup_update(f.cgroup, &works, &f.log, &f.err), 0);
	assert_file(&f, "pids", "pids.max", "5");
	assert_int_equal(cgroup_revert(f.cgroup, &f.err), 0);
	for (size_t i = 0; i < SETTINGS; i++)
		assert_file(&f, settings[i].controller, settings[i].file, settings[i].value);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

/* c 1:11 (kmsg) is of no default; with a rule it may be read. */
static struct oci_resources device_rules(bool kmsg)
{
	static struct oci_device_rule rules[] = {
		{ .allow = false, .access = (char *)(uintptr_t) "rwm" },
		{ .allow = true,
		  .type = (char *)(uintptr_t) "c",
		  .has_major = true,
		  .major = 1,
		  .has_minor = true,
		  .minor = 11,
		  .access = (char *)(uintptr_t) "r" },
	};

	return (struct oci_resources){ .devices = { rules, kmsg ? 2 : 1 } };
}

static int open_kmsg(void)
{
	char node[PATH_MAX];
	int fd;

	(void)snprintf(node, sizeof(node), "%s/node", scratch);
	if (mknod(node, S_IFCHR | 0600, makedev(1, 11)) < 0 && errno != EEXIST)
		return 255;
	fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 ? errno : 0;
}

static int try_kmsg(struct fixture *f)
{
	int status;
	pid_t pid = fork_into(f);

	if (pid == 0)
		_exit(cgroup_add(f->cgroup, getpid(), &f->err) < 0 ? 254 : open_kmsg());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int own_filters(const struct fixture *f)
{
	int fds[BPF_FILTERS_MAX];
	int count = bpf_own_device_filters(cgroup_clone_fd(f->cgroup), fds);

	for (int i = 0; i < count; i++)
		close_fd(&fds[i]);
	return count;
}

static void update_devices(struct fixture *f, bool kmsg)
{
	const struct oci_resources resources = device_rules(kmsg);

	if (cgroup_update(f->cgroup, &resources, &f->log, &f->err) < 0)
		fail_msg("%s", f->err.message);
}

static void devices_are_replaced(enum host_cgroup_mode mode)
{
	struct fixture f;

	begin(&f, mode, NULL);
	if (mode != HOST_CGROUP_V2 && !host_cgroups_find(&f.host, "devices")) {
		print_message("the devices controller is not on v1 here\n");
		skip();
	}
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(cgroup_apply(f.cgroup, NULL, &f.log, &f.err), 0);
	assert_int_equal(try_kmsg(&f), EPERM);
	for (int round = 0; round < 3; round++) {
		update_devices(&f, true);
		assert_int_equal(try_kmsg(&f), 0);
		update_devices(&f, false);
		assert_int_equal(try_kmsg(&f), EPERM);
	}
	assert_int_equal(cgroup_revert(f.cgroup, &f.err), 0);
	assert_int_equal(try_kmsg(&f), 0);
	if (mode == HOST_CGROUP_V2)
		assert_int_equal(own_filters(&f), 1);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

static void v1_devices_are_replaced(void **state)
{
	(void)state;
	devices_are_replaced(HOST_CGROUP_V1);
}

static void v2_devices_are_replaced(void **state)
{
	(void)state;
	devices_are_replaced(HOST_CGROUP_V2);
}

/* Somebody else's program stays, and still has its say. */
static void a_filter_of_others_is_left_alone(void **state)
{
	static const struct bpf_insn deny_all[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	attr.insns = (uint64_t)(uintptr_t)deny_all;
	attr.insn_cnt = 2;
	attr.license = (uint64_t)(uintptr_t) "GPL";
	owned_fd fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	assert_true(fd >= 0);
	update_devices(&f, true);
	assert_int_equal(try_kmsg(&f), 0);
	assert_int_equal(bpf_attach_device_filter(cgroup_clone_fd(f.cgroup), fd), 0);
	update_devices(&f, true);
	update_devices(&f, true);
	assert_int_equal(own_filters(&f), 1);
	assert_int_equal(try_kmsg(&f), EPERM);
	assert_int_equal(bpf_detach_device_filter(cgroup_clone_fd(f.cgroup), fd), 0);
	assert_int_equal(try_kmsg(&f), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

/* Whoever asks all the time is never answered by nobody. */
static void filters_are_replaced_without_a_gap(void **state)
{
	struct fixture f;
	pid_t pid;
	int status;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	assert_int_equal(cgroup_apply(f.cgroup, NULL, &f.log, &f.err), 0);
	pid = fork_into(&f);
	if (pid == 0) {
		while (open_kmsg() == EPERM)
			;
		_exit(1);
	}
	for (int i = 0; i < 300; i++)
		update_devices(&f, false);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_file_has_its_way_back),
		MACHINE_TEST(limits_that_others_had_set_come_back),
		MACHINE_TEST(v1_devices_are_replaced),
		MACHINE_TEST(v2_devices_are_replaced),
		MACHINE_TEST(a_filter_of_others_is_left_alone),
		MACHINE_TEST(filters_are_replaced_without_a_gap),
	};

	return machine_run(tests, sizeof(tests) / sizeof(tests[0]));
}
