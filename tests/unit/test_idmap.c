/*
 * test_idmap.c - id maps: written by tare if it may, by newuidmap and newgidmap otherwise. The
 * program runs in a mount namespace of its own, where these tools can be replaced by scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "container/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAY_MAP (1ull << CAP_SETUID | 1ull << CAP_SETGID)

static char stage[] = "/tmp/tare-idmap-XXXXXX";
static pid_t target; /* in a new user namespace, waiting */
static struct error err;

/* ---- the stage */

static bool can_run(void)
{
	return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0;
}

static int start_target(void **state)
{
	int ends[2];
	char ready;

	(void)state;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	target = fork();
	if (target == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		    write(ends[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	if (read(ends[0], &ready, 1) != 1) {
		print_error("no user namespace can be made here\n");
		return -1;
	}
	(void)close(ends[0]);
	return 0;
}

static int stop_target(void **state)
{
	(void)state;
	(void)kill(target, SIGKILL);
	return waitpid(target, NULL, 0) == target ? 0 : -1;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	(void)fclose(file);
}

static char *in_stage(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", stage, name);
	return path;
}

/* What the target's file in /proc says, with single blanks. */
static void expect_file(const char *name, const char *want)
{
	char path[64], text[4096] = "", *to = text;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)target, name);
	read_file(path, text, sizeof(text));
	for (const char *from = text; *from; from++) {
		if (*from != ' ' || (to > text && to[-1] != ' ' && to[-1] != '\n'))
			*to++ = *from;
	}
	*to = '\0';
	assert_string_equal(text, want);
}

/* ---- maps */

static int write_maps(uint64_t capabilities, const struct oci_id_mapping_list *uids,
		      const struct oci_id_mapping_list *gids)
{
	struct host_facts facts = { .capabilities = capabilities };

	error_clear(&err);
	return idmap_write(target, &facts, uids, gids, &err);
}

#define MAP(...)                                                                                   \
	{                                                                                          \
		.items = (struct oci_id_mapping[]){ __VA_ARGS__ },                                 \
		.count = sizeof((struct oci_id_mapping[]){ __VA_ARGS__ }) /                        \
			 sizeof(struct oci_id_mapping),                                            \
	}
#define RANGE(inside, outside, length)                                                             \
	{                                                                                          \
		.container_id = inside, .host_id = outside, .size = length                         \
	}

static void writes_ranges(void **state)
{
	const struct oci_id_mapping_list uids = MAP(RANGE(0, 100000, 1000), RANGE(1000, 1000, 1));
	const struct oci_id_mapping_list gids = MAP(RANGE(0, 4294967294u, 1));

	(void)state;
	assert_int_equal(write_maps(MAY_MAP, &uids, &gids), 0);
	expect_file("uid_map", "0 100000 1000\n1000 1000 1\n");
	expect_file("gid_map", "0 4294967294 1\n");
	expect_file("setgroups", "allow\n");
}

static void writes_as_many_lines_as_the_kernel_takes(void **state)
{
	static struct oci_id_mapping items[341];
	struct oci_id_mapping_list many = { .items = items, .count = 340 };
	const struct oci_id_mapping_list one = MAP(RANGE(0, 0, 1));

	(void)state;
	for (uint32_t i = 0; i < 341; i++)
		items[i] = (struct oci_id_mapping)RANGE(10 * i, 10 * i, 2);
	many.count = 341;
	assert_int_equal(write_maps(MAY_MAP, &many, &one), -EINVAL);
	assert_string_equal(err.pointer, "/linux/uidMappings");
	assert_non_null(strstr(err.message, "340"));
	assert_int_equal(write_maps(MAY_MAP, &one, &many), -EINVAL);
	assert_string_equal(err.pointer, "/linux/gidMappings");
	many.count = 340;
	assert_int_equal(write_maps(MAY_MAP, &many, &one), 0);
}

static void says_what_the_kernel_refused(void **state)
{
	const struct oci_id_mapping_list overlap = MAP(RANGE(0, 1000, 10), RANGE(5, 2000, 10));
	const struct oci_id_mapping_list good = MAP(RANGE(0, 1000, 10));

	(void)state;
	assert_int_equal(write_maps(MAY_MAP, &overlap, &good), -EINVAL);
	assert_string_equal(err.pointer, "/linux/uidMappings");
	assert_non_null(strstr(err.message, "uid_map"));
	assert_non_null(strstr(err.hint, "overlap"));
}

/* user_namespaces(7): who maps only his own group has to give up setgroups(2) first. */
static void ones_own_id_needs_no_privilege(void **state)
{
	const struct oci_id_mapping_list own = MAP(RANGE(5, 0, 1)); /* facts: euid and egid 0 */

	(void)state;
	assert_int_equal(write_maps(0, &own, &own), 0);
	expect_file("uid_map", "5 0 1\n");
	expect_file("gid_map", "5 0 1\n");
	expect_file("setgroups", "deny\n");
}

/* ---- the tools */

/* /usr/bin is a directory with a shell and these two scripts. */
static void replace_tools(const char *uid_tool, const char *gid_tool)
{
	char text[512], command[256];

	assert_int_equal(mount("stage", stage, "tmpfs", 0, NULL), 0);
	(void)snprintf(command, sizeof(command), "cp /bin/sh %s/sh", stage);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a fixed command */
	(void)snprintf(text, sizeof(text), "#!/usr/bin/sh\n%s\n", uid_tool);
	write_file(in_stage("newuidmap"), text, 0755);
	(void)snprintf(text, sizeof(text), "#!/usr/bin/sh\n%s\n", gid_tool);
	write_file(in_stage("newgidmap"), text, 0755);
	assert_int_equal(mount(stage, "/usr/bin", NULL, MS_BIND, NULL), 0);
}

static void restore_tools(void)
{
	assert_int_equal(umount2("/usr/bin", MNT_DETACH), 0);
	assert_int_equal(umount2(stage, MNT_DETACH), 0);
}

static const struct oci_id_mapping_list ranges = MAP(RANGE(0, 1000, 1), RANGE(1, 100000, 65536));

/* The tools carry privileges: their arguments are exact, and the environment is nobody's. */
static void tools_get_the_ranges(void **state)
{
	char want[256], text[4096];

	(void)state;
	replace_tools("echo \"$0 $*\" >/usr/bin/uids; export >/usr/bin/environment; exit 1",
		      "echo \"$0 $*\" >/usr/bin/gids");
	assert_int_equal(setenv("LD_PRELOAD_OF_THE_CALLER", "x", 1), 0);
	assert_int_equal(write_maps(0, &ranges, &ranges), -EPERM);
	read_file(in_stage("uids"), text, sizeof(text));
	(void)snprintf(want, sizeof(want), "/usr/bin/newuidmap %d 0 1000 1 1 100000 65536\n",
		       (int)target);
	assert_string_equal(text, want);
	read_file(in_stage("gids"), text, sizeof(text));
	(void)snprintf(want, sizeof(want), "/usr/bin/newgidmap %d 0 1000 1 1 100000 65536\n",
		       (int)target);
	assert_string_equal(text, want);
	read_file(in_stage("environment"), text, sizeof(text));
	assert_null(strstr(text, "OF_THE_CALLER"));
	restore_tools();
	expect_file("uid_map", "");
}

static void tools_that_succeed_are_believed(void **state)
{
	(void)state;
	replace_tools("exit 0", "exit 0");
	assert_int_equal(write_maps(0, &ranges, &ranges), 0);
	restore_tools();
}

static void the_tools_own_words_are_passed_on(void **state)
{
	(void)state;
	replace_tools("echo range is not allowed >&2; exit 1", "exit 0");
	assert_int_equal(write_maps(0, &ranges, &ranges), -EPERM);
	restore_tools();
	assert_string_equal(err.message,
			    "/usr/bin/newuidmap refused the mapping: range is not allowed");
	assert_string_equal(err.pointer, "/linux/uidMappings");
	assert_non_null(strstr(err.hint, "/etc/subuid"));
}

static void silence_and_death_are_refusals(void **state)
{
	(void)state;
	replace_tools("exit 0", "kill -9 $$");
	assert_int_equal(write_maps(0, &ranges, &ranges), -EPERM);
	restore_tools();
	assert_string_equal(err.message, "/usr/bin/newgidmap refused the mapping: it said nothing");
	assert_string_equal(err.pointer, "/linux/gidMappings");
	assert_non_null(strstr(err.hint, "/etc/subgid"));
}

static void long_output_does_not_block(void **state)
{
	(void)state;
	replace_tools("exit 0",
		      "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done; exit 1");
	assert_int_equal(write_maps(0, &ranges, &ranges), -EPERM);
	restore_tools();
	assert_non_null(strstr(err.message, "0123456789"));
}

/* Whatever the caller's PATH says: a tool of that name elsewhere is not run. */
static void missing_tools_are_named(void **state)
{
	(void)state;
	assert_int_equal(mount("stage", stage, "tmpfs", 0, NULL), 0);
	write_file(in_stage("newgidmap"), "#!/bin/sh\nexit 0\n", 0755);
	assert_int_equal(setenv("PATH", stage, 1), 0);
	assert_int_equal(mount("none", "/usr/bin", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("none", "/bin", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("none", "/usr/local/bin", "tmpfs", 0, NULL), 0);
	assert_int_equal(write_maps(0, &ranges, &ranges), -ENOTSUP);
	(void)umount2("/usr/local/bin", MNT_DETACH);
	(void)umount2("/bin", MNT_DETACH);
	(void)umount2("/usr/bin", MNT_DETACH);
	(void)umount2(stage, MNT_DETACH);
	assert_non_null(strstr(err.message, "newgidmap, which is not installed"));
	assert_non_null(strstr(err.hint, "uidmap"));
}

static void a_target_that_is_gone(void **state)
{
	const struct oci_id_mapping_list own = MAP(RANGE(0, 1000, 10));

	(void)state;
	assert_int_equal(kill(target, SIGKILL), 0);
	assert_int_equal(waitpid(target, NULL, 0), target);
	assert_int_equal(write_maps(MAY_MAP, &own, &own), -ENOENT);
	assert_null(strstr(err.message, "No such file"));
	assert_int_equal(start_target(NULL), 0);
}

static void needs_root(void **state)
{
	(void)state;
	print_message("skipped: id maps are written as root, in a mount namespace of the test's\n");
	skip();
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, start_target, stop_target)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(writes_ranges),
		WITH(writes_as_many_lines_as_the_kernel_takes),
		WITH(says_what_the_kernel_refused),
		WITH(ones_own_id_needs_no_privilege),
		WITH(tools_get_the_ranges),
		WITH(tools_that_succeed_are_believed),
		WITH(the_tools_own_words_are_passed_on),
		WITH(silence_and_death_are_refusals),
		WITH(long_output_does_not_block),
		WITH(missing_tools_are_named),
		WITH(a_target_that_is_gone),
	};
	const struct CMUnitTest instead[] = { cmocka_unit_test(needs_root) };
	int failed;

	if (!mkdtemp(stage))
		return 1;
	failed = can_run() ? cmocka_run_group_tests(tests, NULL, NULL)
			   : cmocka_run_group_tests(instead, NULL, NULL);
	(void)rmdir(stage);
	return failed;
}
