/*
 * cgroup_machine.h - for tests of the cgroup layer on the kernel's own cgroupfs: a mount namespace
 * that shows the hierarchies of a v1, hybrid or v2 machine, as far as this machine has them. What
 * the machine itself has mounted is left as it is. Without privileges, or where there is no such
 * hierarchy, a test is skipped, with the reason.
 */
#ifndef CGROUP_MACHINE_H
#define CGROUP_MACHINE_H

#include "cgroup/cgroup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <cmocka.h>

static char scratch[] = "/tmp/test_cgroup_native.XXXXXX";
static char id[32];

struct fixture {
	struct host_cgroups host;
	struct cgroup *cgroup;
	struct error err;
	struct log log;
};

/* Mount each v1 hierarchy that the machine has below the scratch directory. */
static inline bool mount_v1(void)
{
	char line[PATH_MAX], point[PATH_MAX];
	FILE *file = fopen("/proc/self/cgroup", "re");
	unsigned mounted = 0;

	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':') + 1;
		char options[128];

		*strchr(controllers, ':') = '\0';
		if (controllers[0] == '\0')
			continue;
		(void)snprintf(options, sizeof(options), "%s%s",
			       strncmp(controllers, "name=", 5) == 0 ? "none," : "", controllers);
		(void)snprintf(point, sizeof(point), "%s/v1-%u", scratch, mounted);
		if (mkdir(point, 0755) == 0 && mount("cgroup", point, "cgroup", 0, options) == 0)
			mounted++;
	}
	if (file)
		(void)fclose(file);
	return mounted > 1;
}

static inline bool mount_v2(void)
{
	char point[PATH_MAX];

	(void)snprintf(point, sizeof(point), "%s/v2", scratch);
	return mkdir(point, 0755) == 0 && mount("cgroup2", point, "cgroup2", 0, NULL) == 0;
}

/*
 * tare leaves controllers enabled in the root, as it must: other containers may need them. The
 * test takes back what it caused.
 */
static char enabled_before[1024];

static inline void read_enabled(const struct host_cgroups *host, char text[1024])
{
	char path[PATH_MAX];
	ssize_t got;

	(void)snprintf(path, sizeof(path), "%s/cgroup.subtree_control", host->v2_mount_point);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	got = read(fd, text, 1023);
	text[got > 0 ? got : 0] = '\0';
}

static inline void restore_enabled(const struct host_cgroups *host)
{
	char now[1024], path[PATH_MAX], value[64], *rest = NULL;

	read_enabled(host, now);
	(void)snprintf(path, sizeof(path), "%s/cgroup.subtree_control", host->v2_mount_point);
	for (char *name = strtok_r(now, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest)) {
		owned_fd fd = FD_NONE;

		if (strstr(enabled_before, name))
			continue;
		fd = open(path, O_WRONLY | O_CLOEXEC);
		(void)snprintf(value, sizeof(value), "-%s", name);
		/* Busy: a container of somebody else's uses it by now. */
		assert_true(write(fd, value, strlen(value)) > 0 || errno == EBUSY);
	}
}

/* A mount namespace that shows these hierarchies only. */
static inline void enter_machine(enum host_cgroup_mode mode)
{
	struct host_cgroups host;
	struct error err;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("needs root: a private mount namespace\n");
		skip();
	}
	assert_int_equal(mount("tmpfs", scratch, "tmpfs", 0, NULL), 0);
	/* What the machine has mounted would be found too. */
	for (;;) {
		const char *point;

		assert_int_equal(host_cgroups_read(&host, &err), 0);
		point = host.v2_mount_point ? host.v2_mount_point
					    : (host.v1_count ? host.v1[0].mount_point : NULL);
		if (point)
			assert_int_equal(umount2(point, MNT_DETACH), 0);
		host_cgroups_free(&host);
		if (!point)
			break;
	}
	if ((mode != HOST_CGROUP_V2 && !mount_v1()) || (mode != HOST_CGROUP_V1 && !mount_v2())) {
		print_message("this machine has no hierarchies of this kind\n");
		skip();
	}
}

static struct cgroup *unfinished;

static inline void begin(struct fixture *f, enum host_cgroup_mode mode, const char *path)
{
	memset(f, 0, sizeof(*f));
	log_init(&f->log);
	enter_machine(mode);
	assert_int_equal(host_cgroups_read(&f->host, &f->err), 0);
	assert_int_equal(f->host.mode, mode);
	if (f->host.v2_mount_point)
		read_enabled(&f->host, enabled_before);
	assert_int_equal(cgroup_locate(&f->host, path, id, &f->cgroup, &f->err), 0);
	unfinished = f->cgroup;
}

static inline void end(struct fixture *f)
{
	if (f->host.v2_mount_point)
		restore_enabled(&f->host);
	cgroup_free(f->cgroup);
	unfinished = NULL;
	host_cgroups_free(&f->host);
	log_free(&f->log);
}

/* The container's directory in the hierarchy of a controller ("" is v2). */
static inline const char *directory(const struct fixture *f, const char *controller,
				    const char *file)
{
	static char path[PATH_MAX];
	const char *below = cgroup_path(f->cgroup, controller);
	const char *point = controller[0] ? host_cgroups_find(&f->host, controller)->mount_point
					  : f->host.v2_mount_point;

	(void)snprintf(path, sizeof(path), "%s%s%s%s", point, below, file ? "/" : "",
		       file ? file : "");
	return path;
}

static inline void assert_file(const struct fixture *f, const char *controller, const char *file,
			       const char *expected)
{
	char text[4096] = "";
	owned_fd fd = open(directory(f, controller, file), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, expected);
}

/* fork, but born in the v2 cgroup if there is one. */
static inline pid_t fork_into(struct fixture *f)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int fd = cgroup_clone_fd(f->cgroup);
	long pid;

	if (fd >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)fd;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	assert_true(pid >= 0);
	return (pid_t)pid;
}

/* A process in the container's cgroups that waits to be killed. */
static inline pid_t start_process(struct fixture *f)
{
	pid_t pid = fork_into(f);
	char name[PATH_MAX];

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	assert_int_equal(cgroup_entrance(f->cgroup, 0, name) != NULL, f->host.v1_count > 0);
	assert_int_equal(cgroup_add(f->cgroup, pid, &f->err), 0);
	return pid;
}

static inline void assert_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static inline void assert_gone(const struct fixture *f)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < f->host.v1_count; i++) {
		(void)snprintf(path, sizeof(path), "%s/tare-%s", f->host.v1[i].mount_point, id);
		assert_int_equal(stat(path, &st), -1);
		assert_int_equal(errno, ENOENT);
	}
	if (f->host.v2_mount_point) {
		(void)snprintf(path, sizeof(path), "%s/tare-%s", f->host.v2_mount_point, id);
		assert_int_equal(stat(path, &st), -1);
	}
}

/* A test that failed half-way leaves nothing behind either. */
static inline int machine_clean(void **state)
{
	(void)state;
	if (unfinished &&
	    (cgroup_kill(unfinished, NULL) < 0 || cgroup_remove(unfinished, NULL) < 0))
		return -1;
	cgroup_free(unfinished);
	unfinished = NULL;
	return 0;
}

#define MACHINE_TEST(name) cmocka_unit_test_teardown(name, machine_clean)

static inline int machine_run(const struct CMUnitTest *tests, size_t count)
{
	int failed;

	if (!mkdtemp(scratch))
		return 1;
	(void)snprintf(id, sizeof(id), "test-%d", (int)getpid());
	failed = _cmocka_run_group_tests("cgroups", tests, count, NULL, NULL);
	while (umount2(scratch, MNT_DETACH) == 0)
		;
	(void)rmdir(scratch);
	return failed;
}

#endif
