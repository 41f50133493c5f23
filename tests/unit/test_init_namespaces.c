/*
 * test_init_namespaces.c - the steps that wait for the host, make, join and furnish namespaces.
 */
#include "test_init.h"

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <sys/utsname.h>
#include <time.h>

static void unshare_flags(struct stage *s, uint64_t flags)
{
	struct step_unshare *step = stage_step(s, STEP_UNSHARE);

	step->flags = flags;
	CHECK_INT(step_run_unshare(&s->init, step), 0);
}

/* The inode of one of our namespaces. */
static uint64_t namespace(const char *name)
{
	struct sys_stat stat;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	CHECK_INT(sys_stat(AT_FDCWD, path, 0, &stat), 0);
	return stat.ino;
}

static void makes_namespaces(struct stage *s)
{
	uint64_t ipc = namespace("ipc"), uts = namespace("uts"), net = namespace("net");

	unshare_flags(s, CLONE_NEWIPC | CLONE_NEWUTS);
	CHECK(namespace("ipc") != ipc);
	CHECK(namespace("uts") != uts);
	CHECK(namespace("net") == net);
}

static void sets_names_of_its_own(struct stage *s)
{
	struct step_hostname *hostname;
	struct step_domainname *domainname;
	struct utsname names;

	unshare_flags(s, CLONE_NEWUTS);
	hostname = stage_step(s, STEP_HOSTNAME);
	hostname->hostname = stage_str(s, "a-container");
	CHECK_INT(step_run_hostname(&s->init, hostname), 0);
	domainname = stage_step(s, STEP_DOMAINNAME);
	domainname->domainname = stage_str(s, "example.org");
	CHECK_INT(step_run_domainname(&s->init, domainname), 0);
	CHECK_INT(uname(&names), 0);
	CHECK_TEXT(names.nodename, "a-container");
	CHECK_TEXT(names.domainname, "example.org");
}

static void refuses_names_that_are_too_long(struct stage *s)
{
	char name[66];
	struct step_hostname *step;

	unshare_flags(s, CLONE_NEWUTS);
	memset(name, 'n', sizeof(name));
	name[65] = '\0';
	step = stage_step(s, STEP_HOSTNAME);
	step->hostname = stage_str(s, name);
	CHECK_INT(step_run_hostname(&s->init, step), -EINVAL);
}

static void brings_up_loopback(struct stage *s)
{
	char text[32];
	int fd;

	unshare_flags(s, CLONE_NEWNET);
	CHECK_INT(step_run_loopback(&s->init, stage_step(s, STEP_LOOPBACK)), 0);
	stage_mkdir(s, "sys");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "sys", "sys", "sysfs", 0, NULL), 0);
	fd = sys_openat(s->init.root, "sys/class/net/lo/flags", O_RDONLY | O_CLOEXEC, 0);
	CHECK(fd >= 0 && sys_read(fd, text, sizeof(text)) > 0);
	CHECK(strtol(text, NULL, 16) & 1); /* IFF_UP */
}

static void sets_the_clocks_of_a_time_namespace(struct stage *s)
{
	struct step_time *step = stage_step(s, STEP_TIME);
	struct timespec before, after;
	uint64_t old = namespace("time");

	step->offsets = stage_str(s, "monotonic 864000 0\nboottime 0 0\n");
	CHECK_INT(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	CHECK_INT(step_run_time(&s->init, step), 0);
	CHECK(namespace("time") != old);
	CHECK_INT(sys_call2(__NR_clock_gettime, CLOCK_MONOTONIC, &after), 0);
	CHECK(after.tv_sec - before.tv_sec >= 864000);
}

static void time_namespace_without_offsets(struct stage *s)
{
	struct step_time *step = stage_step(s, STEP_TIME);
	uint64_t old = namespace("time");

	step->offsets = stage_str(s, "");
	CHECK_INT(step_run_time(&s->init, step), 0);
	CHECK(namespace("time") != old);
}

static void refuses_wrong_offsets(struct stage *s)
{
	struct step_time *step = stage_step(s, STEP_TIME);

	step->offsets = stage_str(s, "monotonic soon 0\n");
	CHECK_INT(step_run_time(&s->init, step), -EINVAL);
	CHECK_INT(s->init.part, PART_WRITE);
}

static int open_namespace(const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	CHECK(fd >= 0);
	return fd;
}

static bool is_open(int64_t fd)
{
	return sys_call3(__NR_fcntl, fd, F_GETFD, 0) >= 0;
}

static void joins_by_descriptor(struct stage *s)
{
	struct step_join *step = stage_step(s, STEP_JOIN);
	uint64_t uts = namespace("uts");

	step->type = CLONE_NEWUTS;
	step->ns = open_namespace("uts");
	CHECK_INT(sys_call1(__NR_unshare, CLONE_NEWUTS), 0);
	CHECK(namespace("uts") != uts);
	CHECK_INT(step_run_join(&s->init, step), 0);
	CHECK(namespace("uts") == uts);
	CHECK(!is_open(step->ns));
}

static void refuses_another_type(struct stage *s)
{
	struct step_join *step = stage_step(s, STEP_JOIN);

	step->type = CLONE_NEWUTS;
	step->ns = open_namespace("ipc");
	CHECK_INT(step_run_join(&s->init, step), -EINVAL);
}

/* The namespace of a pid is needed later, for the procfs and the last clone. */
static void keeps_the_pid_namespace(struct stage *s)
{
	struct step_join *step = stage_step(s, STEP_JOIN);

	step->type = CLONE_NEWPID;
	step->ns = open_namespace("pid");
	CHECK_INT(step_run_join(&s->init, step), 0);
	CHECK_INT(s->init.pid_ns, step->ns);
	CHECK(is_open(step->ns));
}

/* A container as `exec` finds it: a process in namespaces of its own, which waits. */
static pid_t start_container(struct stage *s, int *pidfd)
{
	char ready;
	pid_t pid = fork();

	if (pid == 0) {
		(void)sys_prctl(PR_SET_PDEATHSIG, 9, 0);
		CHECK_INT(sys_call1(__NR_unshare, CLONE_NEWNS | CLONE_NEWUTS), 0);
		CHECK_INT(sethostname("inside", 6), 0);
		CHECK_INT(sys_call1(__NR_chdir, s->directory), 0);
		CHECK_INT(sys_call5(__NR_mount, "marker", "marker", "tmpfs", 0, NULL), 0);
		CHECK_INT(send(s->init.socket, "r", 1, 0), 1);
		for (;;)
			(void)pause();
	}
	CHECK_INT(recv(s->talk, &ready, 1, 0), 1);
	*pidfd = (int)sys_call2(__NR_pidfd_open, pid, 0);
	CHECK(*pidfd >= 0);
	return pid;
}

static void enters_a_container(struct stage *s)
{
	struct step_enter *step;
	struct utsname names;
	uint64_t ipc = namespace("ipc"), mnt = namespace("mnt");
	struct sys_stat before, after;
	char path[128];
	int pidfd;

	stage_mkdir(s, "marker");
	(void)snprintf(path, sizeof(path), "%s/marker", s->directory);
	CHECK_INT(sys_stat(AT_FDCWD, path, 0, &before), 0);
	(void)start_container(s, &pidfd);
	step = stage_step(s, STEP_ENTER);
	step->flags = CLONE_NEWNS | CLONE_NEWUTS;
	step->process = pidfd;
	CHECK_INT(step_run_enter(&s->init, step), 0);
	CHECK_INT(uname(&names), 0);
	CHECK_TEXT(names.nodename, "inside");
	CHECK(namespace("ipc") == ipc);
	CHECK(namespace("mnt") != mnt);
	/* the root for look-ups is that of the container: its mounts are seen from there */
	CHECK_INT(sys_stat(s->init.root, path + 1, 0, &after), 0);
	CHECK(after.mount != before.mount);
}

static void enters_nothing_that_is_gone(struct stage *s)
{
	struct step_enter *step;
	int pidfd;
	pid_t pid;

	stage_mkdir(s, "marker");
	pid = start_container(s, &pidfd);
	sys_call2(__NR_kill, pid, 9 /* SIGKILL */);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	step = stage_step(s, STEP_ENTER);
	step->flags = CLONE_NEWNS | CLONE_NEWUTS;
	step->process = pidfd;
	CHECK_INT(step_run_enter(&s->init, step), -ESRCH);
}

/* The kernel takes "0" for whoever writes it; the descriptor must not stay with the container. */
static void enters_a_cgroup(struct stage *s)
{
	struct step_cgroup *step = stage_step(s, STEP_CGROUP);
	char text[8] = "";
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	step->tasks = ends[1];
	CHECK_INT(step_run_cgroup(&s->init, step), 0);
	CHECK_INT(read(ends[0], text, sizeof(text)), 1);
	CHECK(strcmp(text, "0") == 0);
	CHECK_INT(read(ends[0], text, sizeof(text)), 0); /* closed */
	CHECK_INT(step_run_cgroup(&s->init, step), -EBADF);
}

static void makes_a_keyring(struct stage *s)
{
	struct step_keyring *step = stage_step(s, STEP_KEYRING);
	char text[128] = "";
	long id;

	step->keyring = stage_str(s, "_ses.some-container");
	CHECK_INT(step_run_keyring(&s->init, step), 0);
	id = sys_call3(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	if (id == -ENOSYS)
		stage_skip("this kernel has no keys");
	CHECK(sys_call4(__NR_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text) - 1) > 0);
	CHECK(strstr(text, ";_ses.some-container"));
	CHECK(strstr(text, ";3f130000;")); /* others do not find it */
	step->searchable = 1;
	step->keyring = stage_str(s, "_ses.another");
	CHECK_INT(step_run_keyring(&s->init, step), 0);
	id = sys_call3(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	memset(text, 0, sizeof(text));
	CHECK(sys_call4(__NR_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text) - 1) > 0);
	CHECK(strstr(text, ";3f1b0000;_ses.another"));
}

static void hides(struct stage *s)
{
	CHECK_INT(sys_prctl(PR_GET_DUMPABLE, 0, 0), 1);
	CHECK_INT(step_run_hide(&s->init, stage_step(s, STEP_HIDE)), 0);
	CHECK_INT(sys_prctl(PR_GET_DUMPABLE, 0, 0), 0);
}

/* ---- becoming the owner, in a user namespace as tare makes it */

static void write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK_INT(sys_write(fd, text, strlen(text)), strlen(text));
	sys_close(fd);
}

static uint64_t effective(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_INT(sys_call2(__NR_capget, &header, data), 0);
	CHECK(data[0].effective == data[0].permitted && data[1].effective == data[1].permitted);
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/*
 * In a namespace where only these ids are mapped; with all capabilities, but as an unmapped user.
 * The maps are written from outside, by a child that stays there.
 */
static void enter_user_namespace(struct stage *s, const char *map)
{
	int status = -1;
	char go;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK_INT(recv(s->init.socket, &go, 1, 0), 1);
		write_map(getppid(), "uid_map", map);
		write_map(getppid(), "gid_map", map);
		_exit(STAGE_PASSED);
	}
	if (sys_call1(__NR_unshare, CLONE_NEWUSER) < 0) {
		sys_call2(__NR_kill, pid, 9 /* SIGKILL */);
		stage_skip("no user namespace can be made here");
	}
	stage_go(s);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static void becomes_root(struct stage *s)
{
	enter_user_namespace(s, "0 100000 1000");
	CHECK_INT(step_run_become(&s->init, stage_step(s, STEP_BECOME)), 0);
	CHECK_INT(getuid(), 0);
	CHECK_INT(getgid(), 0);
	CHECK(effective() & 1ull << CAP_SYS_ADMIN);
}

/* What the change of user may take out of the effective set comes back. */
static void takes_its_effective_set_back(struct stage *s)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	struct step_become *step;
	uint64_t before;

	enter_user_namespace(s, "0 100000 1000");
	before = effective();
	CHECK_INT(sys_call2(__NR_capget, &header, data), 0);
	data[0].effective = 1u << CAP_SETUID | 1u << CAP_SETGID;
	data[1].effective = 0;
	CHECK_INT(sys_call2(__NR_capset, &header, data), 0);
	step = stage_step(s, STEP_BECOME);
	step->uid = step->gid = 5;
	CHECK_INT(step_run_become(&s->init, step), 0);
	CHECK(effective() == before);
}

static void becomes_the_user_where_root_is_not_mapped(struct stage *s)
{
	struct step_become *step;
	uint64_t before;

	enter_user_namespace(s, "7 100000 3");
	before = effective();
	step = stage_step(s, STEP_BECOME);
	CHECK_INT(step_run_become(&s->init, step), -EINVAL); /* 0 is nobody here */
	step->uid = 8;
	step->gid = 9;
	CHECK_INT(step_run_become(&s->init, step), 0);
	CHECK_INT(getuid(), 8);
	CHECK_INT(getgid(), 9);
	CHECK(effective() == before);
	CHECK(before & 1ull << CAP_SYS_ADMIN);
}

/* ---- waiting */

static struct step_await *await_step(struct stage *s)
{
	struct step_await *step = stage_step(s, STEP_AWAIT);

	step->milestone = MILESTONE_CLONED;
	return step;
}

/* tare knows of the clone by itself: nothing is said. */
static void waits_for_a_byte(struct stage *s)
{
	char byte;

	stage_go(s);
	CHECK_INT(step_run_await(&s->init, await_step(s)), 0);
	CHECK_INT(recv(s->talk, &byte, 1, MSG_DONTWAIT), -1);
}

static void says_that_it_waits(struct stage *s)
{
	struct step_await *step = await_step(s);
	int fd;

	step->milestone = MILESTONE_CLONED + 1;
	stage_go(s);
	CHECK_INT(step_run_await(&s->init, step), 0);
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_REACHED);
}

/* Runs the step in a child, since it may end the process; its status comes back. */
static int await_in_child(struct stage *s)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(s->talk); /* else the end would be ours, and never come */
		_exit(step_run_await(&s->init, await_step(s)) ? 7 : 8);
	}
	(void)close(s->talk);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return status;
}

static void leaves_when_tare_is_gone(struct stage *s)
{
	CHECK_INT(await_in_child(s), 1 << 8);
}

static void says_when_the_socket_is_broken(struct stage *s)
{
	s->init.socket = sys_openat(AT_FDCWD, "/", O_RDONLY | O_CLOEXEC, 0);
	CHECK_INT(step_run_await(&s->init, await_step(s)), -EISDIR);
	CHECK_INT(s->init.part, PART_HOST_GONE);
}

/* ---- the last clone */

static void appears_in_the_pid_namespace(struct stage *s)
{
	struct report report;
	int pidfd = NO_FD, status = -1;
	pid_t middle = fork();

	if (middle == 0) {
		CHECK_INT(sys_call1(__NR_unshare, CLONE_NEWPID), 0);
		CHECK_INT(step_run_enter_pid(&s->init, stage_step(s, STEP_ENTER_PID)), 0);
		_exit(getpid() == 1 ? 42 : 43); /* only the new process comes back from the step */
	}
	CHECK_INT(waitpid(middle, &status, 0), middle);
	CHECK_INT(status, 0);
	report = stage_hear(s, &pidfd);
	CHECK_INT(report.kind, REPORT_PID);
	CHECK(report.value > 0 && pidfd >= 0);
	/* it goes on only once it is known */
	CHECK_INT(waitpid((pid_t)report.value, &status, __WALL | WNOHANG), 0);
	CHECK_INT(write(s->talk, "g", 1), 1);
	/* it is our child, not that of the one that made it; without a signal at its end */
	CHECK_INT(waitpid((pid_t)report.value, &status, __WALL), report.value);
	CHECK_INT(status, 42 << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(makes_namespaces),
		STAGE_TEST(sets_names_of_its_own),
		STAGE_TEST(refuses_names_that_are_too_long),
		STAGE_TEST(brings_up_loopback),
		STAGE_TEST(sets_the_clocks_of_a_time_namespace),
		STAGE_TEST(time_namespace_without_offsets),
		STAGE_TEST(refuses_wrong_offsets),
		STAGE_TEST(joins_by_descriptor),
		STAGE_TEST(refuses_another_type),
		STAGE_TEST(keeps_the_pid_namespace),
		STAGE_TEST(enters_a_container),
		STAGE_TEST(enters_nothing_that_is_gone),
		STAGE_TEST(enters_a_cgroup),
		STAGE_TEST(makes_a_keyring),
		STAGE_TEST(hides),
		STAGE_TEST(becomes_root),
		STAGE_TEST(takes_its_effective_set_back),
		STAGE_TEST(becomes_the_user_where_root_is_not_mapped),
		STAGE_TEST(waits_for_a_byte),
		STAGE_TEST(says_that_it_waits),
		STAGE_TEST(leaves_when_tare_is_gone),
		STAGE_TEST(says_when_the_socket_is_broken),
		STAGE_TEST(appears_in_the_pid_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
