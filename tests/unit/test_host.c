/*
 * test_host.c - what tare knows of this machine: compared with what the kernel says elsewhere; and
 * the names of capabilities.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host/capabilities.h"
#include "host/host.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* The value behind `name` in a file of lines "name value", in this base. */
static unsigned long long read_value(const char *file, const char *name, int base)
{
	char line[256];
	FILE *in = fopen(file, "re");
	unsigned long long value = 0;
	bool found = false;

	assert_non_null(in);
	while (!found && fgets(line, sizeof(line), in)) {
		found = strncmp(line, name, strlen(name)) == 0;
		if (found)
			value = strtoull(line + strlen(name), NULL, base);
	}
	(void)fclose(in);
	assert_true(found);
	return value;
}

static void facts_are_those_of_the_kernel(void **state)
{
	struct host_facts facts;
	struct utsname name;
	struct error err;
	unsigned major, minor;

	(void)state;
	assert_int_equal(host_read(&facts, &err), 0);
	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	assert_int_equal(facts.kernel_major, major);
	assert_int_equal(facts.kernel_minor, minor);
	assert_int_equal(facts.euid, geteuid());
	assert_int_equal(facts.egid, getegid());
	assert_int_equal(facts.last_capability,
			 read_value("/proc/sys/kernel/cap_last_cap", "", 10));
	assert_int_equal(facts.capabilities, read_value("/proc/self/status", "CapPrm:", 16));
	host_free(&facts);
	assert_null(facts.cgroups.v1);
	assert_null(facts.cgroups.v2_mount_point);
}

/* ---- in children, which change what they are: bits of what they found come back as a status */

enum { FAILED = 1, NESTED = 2, PRIVILEGED = 4, MAY_MAP = 8, SKIPPED = 77 };

static int found(void)
{
	struct host_facts facts;
	struct error err;

	if (host_read(&facts, &err) < 0)
		return FAILED;
	return (facts.in_user_namespace ? NESTED : 0) | (facts.privileged ? PRIVILEGED : 0) |
	       (host_may_map_ids(&facts) ? MAY_MAP : 0);
}

static int in_child(int (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root\n");
	skip();
}

/* As uid 65534 with no capability at all. */
static int as_nobody(void)
{
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return FAILED;
	return found();
}

static void nobody_has_no_privileges(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(in_child(as_nobody) & ~NESTED, 0);
}

/* All capabilities, but over a user namespace that owns nothing yet. */
static int in_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? SKIPPED : found();
}

/* With a mount namespace of its own trees can be cloned again. */
static int in_user_and_mount_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? SKIPPED : found();
}

static void privileges_are_over_our_mount_namespace(void **state)
{
	int status = in_child(in_user_namespace);

	(void)state;
	if (status == SKIPPED) {
		print_message("skipped: no user namespace can be made here\n");
		skip();
	}
	assert_int_equal(status, NESTED | MAY_MAP);
	assert_int_equal(in_child(in_user_and_mount_namespace), NESTED | MAY_MAP | PRIVILEGED);
}

/* The kernel can pretend to be a 2.6; anything below the floor is refused. */
static int on_an_old_kernel(void)
{
	struct host_facts facts;
	struct error err;

	if (personality(PER_LINUX | UNAME26) < 0)
		return SKIPPED;
	if (host_read(&facts, &err) != -ENOTSUP || err.errnum != ENOTSUP)
		return FAILED;
	return strstr(err.message, "5.14") && strstr(err.message, "2.6.") ? 0 : FAILED;
}

static void old_kernels_are_refused(void **state)
{
	(void)state;
	assert_int_equal(in_child(on_an_old_kernel), 0);
}

static void who_may_map_ids(void **state)
{
	struct host_facts facts = { 0 };

	(void)state;
	assert_false(host_may_map_ids(&facts));
	facts.capabilities = 1ull << CAP_SETUID;
	assert_false(host_may_map_ids(&facts));
	facts.capabilities = 1ull << CAP_SETGID | 1ull << CAP_SYS_ADMIN;
	assert_false(host_may_map_ids(&facts));
	facts.capabilities = 1ull << CAP_SETUID | 1ull << CAP_SETGID;
	assert_true(host_may_map_ids(&facts));
}

/* ---- names of capabilities */

static void names_are_exact(void **state)
{
	static const char *const wrong[] = {
		"",
		"CHOWN",
		"cap_chown",
		"Cap_Chown",
		"CAP_CHOWn",
		"CAP_",
		"CAP_0",
		"0",
		"CAP_NOSUCH",
		"CAP_CHOWN ",
		" CAP_CHOWN",
		"CAP_CHOWN\n",
		"CAP_CAP_CHOWN",
		"ALL",
		"CAP_ALL",
		"CAP_CHOWN,CAP_KILL",
	};

	(void)state;
	assert_int_equal(capabilities_number("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(capabilities_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(capabilities_number("CAP_CHECKPOINT_RESTORE"), 40);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (capabilities_number(wrong[i]) != -1)
			fail_msg("\"%s\" is taken for %d", wrong[i], capabilities_number(wrong[i]));
	}
}

static void names_and_numbers_agree(void **state)
{
	char name[64];

	(void)state;
	for (int number = 0; number <= 40; number++) {
		capabilities_name(number, name, sizeof(name));
		assert_int_equal(capabilities_number(name), number);
	}
	capabilities_name(63, name, sizeof(name));
	assert_string_equal(name, "CAP_63");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_those_of_the_kernel),
		cmocka_unit_test(nobody_has_no_privileges),
		cmocka_unit_test(privileges_are_over_our_mount_namespace),
		cmocka_unit_test(old_kernels_are_refused),
		cmocka_unit_test(who_may_map_ids),
		cmocka_unit_test(names_are_exact),
		cmocka_unit_test(names_and_numbers_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
