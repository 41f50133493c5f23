/*
 * test_explain.c - what a person reads when a step fails inside the container: the sentence, the
 * property, and the hint; each row of the table of hints has a case here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "container/explain.h"

#include <errno.h>

static struct program program;
static struct error err;

static int set_up(void **state)
{
	(void)state;
	return program_init(&program, &err);
}

static int tear_down(void **state)
{
	(void)state;
	program_free(&program);
	return 0;
}

static struct program_ref str(const char *text)
{
	return program_str(&program, text);
}

static struct step_mount *mount_step(void)
{
	struct step_mount *step = program_add(&program, STEP_MOUNT, "/mounts/3");

	step->type = str("tmpfs");
	step->target = str("/dev/shm");
	return step;
}

static struct step_find *find_step(const char *name)
{
	struct step_find *step = program_add(&program, STEP_FIND, "/process/args/0");

	step->name = str(name);
	return step;
}

static struct step_exec *exec_step(const char *name)
{
	struct step_exec *step = program_add(&program, STEP_EXEC, "/process/args/0");

	step->argv = program_list(&program, &name, 1);
	return step;
}

/* The report of a failed step; `text` is what the kernel said, or "". */
static void explain(const void *step, enum report_part part, int errnum, const char *text)
{
	struct report report = { .kind = REPORT_FAILED,
				 .step = (uint32_t)program_offset(&program, step),
				 .errnum = errnum,
				 .part = part };
	struct error ignored;
	int rc;

	(void)snprintf(report.text, sizeof(report.text), "%s", text);
	assert_int_equal(program_finish(&program, false, &ignored), 0);
	error_clear(&err);
	rc = explain_report(&program, &report, &err);
	assert_true(err.errnum > 0);
	assert_int_equal(rc, -err.errnum);
	assert_null(strchr(err.message, '\n'));
}

#define SAYS(step, part, errnum, text, wanted)                                                     \
	do {                                                                                       \
		explain(step, part, errnum, text);                                                 \
		assert_string_equal(err.message, wanted);                                          \
	} while (0)

static void names_step_property_and_cause(void **state)
{
	(void)state;
	SAYS(mount_step(), PART_NONE, EBUSY, "",
	     "cannot mount tmpfs on /dev/shm: Device or resource busy (EBUSY)");
	assert_string_equal(err.pointer, "/mounts/3");
	assert_string_equal(err.step, "mount a filesystem");
	assert_int_equal(err.errnum, EBUSY);
	assert_string_equal(err.hint, "");
}

static void names_the_part_and_the_kernels_words(void **state)
{
	(void)state;
	SAYS(mount_step(), PART_RESOLVE, EACCES, "",
	     "cannot mount tmpfs on /dev/shm: cannot resolve the path inside the root "
	     "filesystem: access was refused (EACCES)");
	SAYS(mount_step(), PART_SET_OPTION, EINVAL, "tmpfs: Bad value for 'size'",
	     "cannot mount tmpfs on /dev/shm: cannot set the filesystem option "
	     "(tmpfs: Bad value for 'size'): Invalid argument (EINVAL)");
}

/* What a step is about, where it is about something. */
static void names_the_object(void **state)
{
	struct step_bind *bind = program_add(&program, STEP_BIND, NULL);
	struct step_join *join;
	struct step_remount *remount;

	(void)state;
	bind->source = str("/srv/data");
	bind->target = str("/data");
	SAYS(bind, PART_OPEN_SOURCE, ENOENT, "",
	     "cannot bind /srv/data on /data: cannot open the source: it does not exist "
	     "(ENOENT)");
	join = program_add(&program, STEP_JOIN, NULL);
	join->path = str("/proc/1/ns/pid");
	SAYS(join, PART_NONE, EIO, "",
	     "cannot join the namespace /proc/1/ns/pid: Input/output error (EIO)");
	remount = program_add(&program, STEP_REMOUNT, NULL);
	remount->target = str("/tmp");
	SAYS(remount, PART_NONE, EIO, "",
	     "cannot finish the mount on /tmp: Input/output error (EIO)");
}

static void names_one_object_where_there_are_two_strings(void **state)
{
	struct step_sysctl *sysctl = program_add(&program, STEP_SYSCTL, NULL);
	struct step_symlink *symlink;
	struct step_time *time;
	struct step_device_bind *device;

	(void)state;
	sysctl->key = str("kernel/shmmni");
	sysctl->value = str("1234");
	SAYS(sysctl, PART_WRITE, EIO, "",
	     "cannot set the kernel parameter kernel/shmmni: cannot write the value: "
	     "Input/output error (EIO)");
	symlink = program_add(&program, STEP_SYMLINK, NULL);
	symlink->target = str("/dev/fd");
	symlink->content = str("/proc/self/fd");
	SAYS(symlink, PART_NONE, EIO, "",
	     "cannot make the symbolic link /dev/fd: Input/output error (EIO)");
	time = program_add(&program, STEP_TIME, NULL);
	time->offsets = str("monotonic 1 0\nboottime 2 0\n");
	SAYS(time, PART_NONE, EIO, "", "cannot make a time namespace: Input/output error (EIO)");
	device = program_add(&program, STEP_DEVICE_BIND, NULL);
	device->source = str("/dev/fuse");
	device->target = str("/dev/./fuse");
	SAYS(device, PART_NONE, EIO, "",
	     "cannot bind the device /dev/fuse on /dev/./fuse: Input/output error (EIO)");
}

static void names_the_limit(void **state)
{
	struct step_rlimit *step = program_add(&program, STEP_RLIMIT, "/process/rlimits/0");

	(void)state;
	step->name = str("RLIMIT_NOFILE");
	step->soft = 10;
	step->hard = 20;
	explain(step, PART_NONE, EPERM, "");
	assert_non_null(strstr(err.message, "RLIMIT_NOFILE"));
	assert_non_null(strstr(err.message, "(EPERM)"));
	assert_string_equal(err.pointer, "/process/rlimits/0");
}

static void long_objects_leave_room_for_the_cause(void **state)
{
	struct step_bind *bind = program_add(&program, STEP_BIND, NULL);
	char path[4096];

	(void)state;
	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	bind->source = str(path);
	bind->target = str(path);
	explain(bind, PART_OPEN_SOURCE, ENOENT, "");
	assert_non_null(strstr(err.message, "it does not exist (ENOENT)"));
}

/* ---- the program that cannot be executed: words that engines look for (CALLERS.md, rule 8) */

static void program_is_not_found(void **state)
{
	(void)state;
	SAYS(find_step("tool"), PART_NOT_FOUND, ENOENT, "",
	     "exec: \"tool\": executable file not found in $PATH");
	assert_string_equal(err.pointer, "/process/args/0");
	SAYS(find_step("/bin/tool"), PART_NOT_FOUND, ENOENT, "",
	     "exec: \"/bin/tool\": stat /bin/tool: no such file or directory");
	SAYS(find_step("./tool"), PART_NOT_FOUND, ENOENT, "",
	     "exec: \"./tool\": stat ./tool: no such file or directory");
	assert_int_equal(err.errnum, ENOENT);
}

static void program_may_not_be_executed(void **state)
{
	(void)state;
	SAYS(find_step("tool"), PART_NOT_EXECUTABLE, EACCES, "",
	     "exec: \"tool\": permission denied");
	SAYS(find_step("/tool"), PART_NOT_EXECUTABLE, EPERM, "",
	     "exec: \"/tool\": permission denied");
	SAYS(find_step("/bin"), PART_NOT_EXECUTABLE, EISDIR, "", "exec: \"/bin\": is a directory");
	SAYS(find_step("/loop"), PART_NOT_EXECUTABLE, ELOOP, "",
	     "exec: \"/loop\": a symbolic link is in the way (ELOOP)");
	SAYS(exec_step("/tool"), PART_NONE, EACCES, "", "exec: \"/tool\": permission denied");
	SAYS(exec_step("/tool"), PART_NONE, ENOEXEC, "", "exec /tool: exec format error");
	SAYS(exec_step("/tool"), PART_NONE, ENOENT, "",
	     "exec: \"/tool\": stat /tool: no such file or directory");
	SAYS(exec_step("/tool"), PART_NONE, ENOMEM, "",
	     "exec: \"/tool\": Cannot allocate memory (ENOMEM)");
}

/* However long the name is, the engine gets the words it needs for its exit code. */
static void long_names_leave_the_words(void **state)
{
	char name[4096];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	explain(find_step(name), PART_NOT_FOUND, ENOENT, "");
	assert_non_null(strstr(err.message, "executable file not found in $PATH"));
	name[0] = '/';
	explain(find_step(name), PART_NOT_FOUND, ENOENT, "");
	assert_non_null(strstr(err.message, "no such file or directory"));
	explain(find_step(name), PART_NOT_EXECUTABLE, EACCES, "");
	assert_non_null(strstr(err.message, "permission denied"));
}

/* Of no other step are these words said, in the sentence or in the hint. */
static void only_the_program_gets_these_words(void **state)
{
	static const int errnums[] = { ENOENT, EACCES, EPERM };

	(void)state;
	for (uint32_t kind = STEP_NONE + 1; kind < STEP_COUNT; kind++) {
		if (kind == STEP_FIND || kind == STEP_EXEC)
			continue;
		for (uint32_t i = 0; i < 3 * PART_COUNT; i++) {
			explain(program_add(&program, (enum step_kind)kind, NULL), i / 3,
				errnums[i % 3], "");
			assert_null(strcasestr(err.message, "no such file"));
			assert_null(strcasestr(err.message, "permission denied"));
			assert_null(strcasestr(err.message, "not permitted"));
			assert_null(strcasestr(err.hint, "no such file"));
			assert_null(strcasestr(err.hint, "permission denied"));
			assert_null(strcasestr(err.hint, "not permitted"));
		}
	}
}

/* ---- hints */

static const struct hint {
	enum step_kind kind;
	enum report_part part;
	int errnum;
	const char *text; /* part of the hint; NULL: there is none */
} hints[] = {
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL, "does not know this option" },
	{ STEP_MOUNT, PART_SET_OPTION, ENOMEM, NULL },
	{ STEP_MOUNT, PART_OPEN_FILESYSTEM, ENODEV, "/proc/filesystems" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EPERM, "bind them instead" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EINVAL, "may not be mapped" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EIO, NULL },
	{ STEP_MOUNT, PART_NOT_A_DIRECTORY, ENOTDIR, "redirects /proc or /sys" },
	{ STEP_MASK, PART_NOT_A_DIRECTORY, ELOOP, "redirects /proc or /sys" },
	{ STEP_BIND, PART_ATTACH, EINVAL, "a file can be bound on a file only" },
	{ STEP_BIND, PART_ATTACH, ENOTDIR, "a file can be bound on a file only" },
	{ STEP_MOUNT, PART_ATTACH, EINVAL, NULL },
	{ STEP_BIND, PART_MAKE_FILE, EROFS, "create it in the image" },
	{ STEP_DEVICE, PART_MAKE_FILE, EROFS, NULL },
	{ STEP_BIND, PART_MAKE_DIRECTORY, EROFS, "create it in the image" },
	{ STEP_MOUNT, PART_MAKE_DIRECTORY, EROFS, "create it in the image" },
	{ STEP_MOUNT, PART_MAKE_DIRECTORY, ENOSPC, NULL },
	{ STEP_BIND, PART_RESOLVE, EAGAIN, "keeps renaming" },
	{ STEP_BIND, PART_RESOLVE, ENOENT, NULL },
	{ STEP_RLIMIT, PART_NONE, EPERM, "CAP_SYS_RESOURCE" },
	{ STEP_RLIMIT, PART_NONE, EINVAL, NULL },
	{ STEP_KEYRING, PART_NONE, EDQUOT, "--no-new-keyring" },
	{ STEP_IDS, PART_NONE, EINVAL, "the id is not mapped" },
	{ STEP_IDS, PART_NONE, EPERM, NULL },
	{ STEP_GROUPS, PART_NONE, EPERM, "setgroups is denied" },
	{ STEP_GROUPS, PART_NONE, EINVAL, "a group is not mapped" },
	{ STEP_CHDIR, PART_OUTSIDE, EXDEV, "the working directory must lie inside the container" },
	{ STEP_CHDIR, PART_NONE, ENOENT, NULL },
	{ STEP_SYSCTL, PART_RESOLVE, ENOENT, "no such parameter" },
	{ STEP_SYSCTL, PART_WRITE, EINVAL, "does not take this value" },
	{ STEP_SECCOMP, PART_NONE, EINVAL, "this kernel does not know the filter's flags" },
	{ STEP_ENTER_PID, PART_CLONE, ENOMEM, "has ended" },
	{ STEP_ENTER_PID, PART_NONE, ENOMEM, NULL },
	{ STEP_DROP_CAPS, PART_NONE, EPERM, "has to allow capset" },
	{ STEP_JOIN, PART_NONE, EINVAL, "a namespace of the type that is named" },
	{ STEP_EXEC, PART_NONE, ENOENT, "the interpreter named in its first line" },
	{ STEP_EXEC, PART_NONE, ENOEXEC, "another architecture" },
	{ STEP_EXEC, PART_NONE, E2BIG, "too long together" },
	{ STEP_EXEC, PART_NONE, EACCES, NULL },
	{ STEP_FIND, PART_NOT_FOUND, ENOENT, NULL },
	{ STEP_CONSOLE, PART_RESOLVE, ENOENT, "a devpts at /dev/pts" },
};

static void test_hint(void **state)
{
	const struct hint *hint = *state;
	const void *step = hint->kind == STEP_EXEC ? (const void *)exec_step("tool")
						   : program_add(&program, hint->kind, NULL);

	explain(step, hint->part, hint->errnum, "");
	if (!hint->text)
		assert_string_equal(err.hint, "");
	else if (!strstr(err.hint, hint->text))
		fail_msg("the hint is \"%s\"", err.hint);
}

/* ---- what the helper says is input to judge */

static void finds_steps_by_their_offset(void **state)
{
	const struct step *first = program_add(&program, STEP_HIDE, "/first");
	const struct step_find *second = find_step("a");
	struct error ignored;

	(void)state;
	assert_int_equal(program_finish(&program, true, &ignored), 0);
	assert_ptr_equal(explain_step(&program, (uint32_t)program_offset(&program, first)), first);
	assert_ptr_equal(explain_step(&program, (uint32_t)program_offset(&program, second)),
			 &second->head);
	assert_null(explain_step(&program, 0));
	assert_null(explain_step(&program, (uint32_t)program_offset(&program, first) + 8));
	assert_null(explain_step(&program, program.used));
	assert_null(explain_step(&program, UINT32_MAX));
}

static void nonsense_is_an_error_too(void **state)
{
	struct report report = { .kind = REPORT_FAILED, .errnum = EIO, .step = 12345 };
	struct error ignored;
	const struct step *step = program_add(&program, STEP_HIDE, NULL);

	(void)state;
	assert_int_equal(program_finish(&program, false, &ignored), 0);
	assert_int_equal(explain_report(&program, &report, &err), -EBADMSG);
	report.step = (uint32_t)program_offset(&program, step);
	report.errnum = 0;
	assert_int_equal(explain_report(&program, &report, &err), -EBADMSG);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	enum { HINTS = sizeof(hints) / sizeof(hints[0]) };
	const struct CMUnitTest sentences[] = {
		WITH(names_step_property_and_cause),
		WITH(names_the_part_and_the_kernels_words),
		WITH(names_the_object),
		WITH(names_one_object_where_there_are_two_strings),
		WITH(names_the_limit),
		WITH(long_objects_leave_room_for_the_cause),
		WITH(program_is_not_found),
		WITH(program_may_not_be_executed),
		WITH(long_names_leave_the_words),
		WITH(only_the_program_gets_these_words),
		WITH(finds_steps_by_their_offset),
		WITH(nonsense_is_an_error_too),
	};
	static char names[HINTS][64];
	struct CMUnitTest rows[HINTS];

	for (size_t i = 0; i < HINTS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%s/%d/%s",
			       program_step_name(hints[i].kind), (int)hints[i].part,
			       error_name(hints[i].errnum));
		rows[i] = (struct CMUnitTest){ names[i], test_hint, set_up, tear_down,
					       (void *)(uintptr_t)&hints[i] };
	}
	return cmocka_run_group_tests_name("sentences", sentences, NULL, NULL) +
	       cmocka_run_group_tests_name("hints", rows, NULL, NULL);
}
