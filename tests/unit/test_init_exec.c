/*
 * test_init_exec.c - the steps around the program itself: the working directory, where it is found,
 * HOME, and execve.
 */
#include "test_init.h"

enum { NOBODY = 65534 };

/* Everything here looks at paths as the container does: from its root. */
static void enter(struct stage *s)
{
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call1(__NR_chroot, "."), 0);
	CHECK_INT(sys_call1(__NR_chdir, "/"), 0);
}

static void become_nobody(void)
{
	CHECK_INT(sys_call3(__NR_setresgid, NOBODY, NOBODY, NOBODY), 0);
	CHECK_INT(sys_call3(__NR_setresuid, NOBODY, NOBODY, NOBODY), 0);
}

/* ---- the working directory */

static struct step_chdir *chdir_step(struct stage *s, const char *path, bool last)
{
	struct step_chdir *step = stage_step(s, STEP_CHDIR);

	step->path = stage_str(s, path);
	step->last = last;
	stage_reset(s);
	return step;
}

static void check_cwd(const char *want)
{
	char cwd[256];

	CHECK(sys_call2(__NR_getcwd, cwd, sizeof(cwd)) > 0);
	CHECK_TEXT(cwd, want);
}

static void enters_the_directory_once(struct stage *s)
{
	stage_mkdir(s, "work");
	stage_link(s, "/work", "link");
	enter(s);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/link", false)), 0);
	check_cwd("/work");
	CHECK(s->init.in_cwd);
	/* entered already: the second attempt only verifies */
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/nowhere", true)), 0);
	check_cwd("/work");
}

static void says_why_it_cannot_enter(struct stage *s)
{
	stage_file(s, "file", "", 0644);
	enter(s);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/missing", false)), -ENOENT);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/file", false)), -ENOTDIR);
	CHECK(!s->init.in_cwd);
}

/* Refused to root (a root-squashed NFS looks like this): the user is asked before it is an error.
 */
static void tries_again_as_the_user(struct stage *s)
{
	stage_mkdir(s, "private");
	CHECK_INT(sys_call4(__NR_fchmodat, s->init.root, "private", 0700, 0), 0);
	enter(s);
	become_nobody();
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/private", false)), 0);
	CHECK(!s->init.in_cwd);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/private", true)), -EACCES);
}

/* CVE-2024-21626: a directory outside, reached through a descriptor that leaked. */
static void refuses_a_directory_outside(struct stage *s)
{
	int outside = sys_openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
	char path[64];

	stage_mkdir(s, "proc");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "proc", "proc", "proc", 0, NULL), 0);
	enter(s);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", outside);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, path, false)), -EXDEV);
	CHECK_INT(s->init.part, PART_OUTSIDE);
}

/* Somebody removed the directory meanwhile. */
static void refuses_a_directory_that_is_gone(struct stage *s)
{
	stage_mkdir(s, "work");
	enter(s);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/work", false)), 0);
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "work", AT_REMOVEDIR), 0);
	CHECK_INT(step_run_chdir(&s->init, chdir_step(s, "/work", true)), -ENOENT);
	CHECK_INT(s->init.part, PART_OUTSIDE);
}

/* ---- find */

static int find(struct stage *s, const char *const *candidates, size_t count)
{
	struct step_find *step = stage_step(s, STEP_FIND);

	step->name = stage_str(s, "tool");
	step->candidates = program_list(&s->program, candidates, count);
	s->init.program = NULL;
	stage_reset(s);
	return step_run_find(&s->init, step);
}

#define FIND(s, ...)                                                                               \
	find(s, (const char *const[]){ __VA_ARGS__ },                                              \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void bin(struct stage *s)
{
	stage_mkdir(s, "bin");
	stage_file(s, "bin/good", "", 0755);
	stage_file(s, "bin/plain", "", 0644);
	stage_mkdir(s, "bin/directory");
	stage_link(s, "good", "bin/link");
	stage_link(s, "self", "bin/self");
	stage_link(s, "nothing", "bin/dangling");
	enter(s);
}

static void finds_the_first_that_can_be_executed(struct stage *s)
{
	bin(s);
	CHECK_INT(FIND(s, "/missing/tool", "/bin/good/tool", "/bin/good", "/bin/link"), 0);
	CHECK_TEXT(s->init.program, "/bin/good");
	CHECK_INT(FIND(s, "/bin/link"), 0);
	CHECK_TEXT(s->init.program, "/bin/link");
	CHECK_INT(FIND(s, "bin/good"), 0);
	/* one that may not be executed does not end the search */
	CHECK_INT(FIND(s, "/bin/plain", "/bin/directory", "/bin/good"), 0);
	CHECK_TEXT(s->init.program, "/bin/good");
}

static void finds_nothing(struct stage *s)
{
	bin(s);
	CHECK_INT(FIND(s, "/missing/tool", "/bin/dangling", "/bin/good/tool"), -ENOENT);
	CHECK_INT(s->init.part, PART_NOT_FOUND);
	CHECK(s->init.program == NULL);
	CHECK_INT(find(s, NULL, 0), -ENOENT);
	CHECK_INT(s->init.part, PART_NOT_FOUND);
}

static void remembers_what_may_not_be_executed(struct stage *s)
{
	bin(s);
	CHECK_INT(FIND(s, "/bin/plain", "/missing/tool"), -EACCES);
	CHECK_INT(s->init.part, PART_NOT_EXECUTABLE);
	CHECK_INT(FIND(s, "/bin/directory"), -EISDIR);
	CHECK_INT(s->init.part, PART_NOT_EXECUTABLE);
	CHECK_INT(FIND(s, "/bin/self"), -ELOOP);
	CHECK_INT(s->init.part, PART_NOT_EXECUTABLE);
	CHECK_INT(sys_call4(__NR_mknodat, s->init.root, "bin/fifo", S_FIFO | 0777, 0), 0);
	CHECK_INT(FIND(s, "/bin/fifo"), -EACCES);
}

static void judges_as_the_user(struct stage *s)
{
	stage_mkdir(s, "locked");
	stage_file(s, "locked/tool", "", 0755);
	stage_file(s, "roots", "", 0700);
	CHECK_INT(sys_call4(__NR_fchmodat, s->init.root, "locked", 0700, 0), 0);
	enter(s);
	CHECK_INT(FIND(s, "/locked/tool"), 0);
	CHECK_INT(FIND(s, "/roots"), 0);
	become_nobody();
	CHECK_INT(FIND(s, "/locked/tool"), -EACCES);
	CHECK_INT(FIND(s, "/roots"), -EACCES);
}

static void a_noexec_mount_counts(struct stage *s)
{
	enum { NOEXEC = 8 };

	stage_mkdir(s, "mnt");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "x", "mnt", "tmpfs", NOEXEC, NULL), 0);
	stage_file(s, "mnt/tool", "", 0755);
	enter(s);
	CHECK_INT(FIND(s, "/mnt/tool"), -EACCES);
	CHECK_INT(s->init.part, PART_NOT_EXECUTABLE);
}

/* ---- execve */

static void replaces_itself(struct stage *s)
{
	static const char *const argv[] = { "sh", "-c", "[ \"$HERE/$1\" = yes/arg ]", "x", "arg" };
	static const char *const env[] = { "HERE=yes" };
	struct step_exec *step = stage_step(s, STEP_EXEC);

	s->init.program = "/bin/sh"; /* of the host: the stage's root is not entered */
	step->argv = program_list(&s->program, argv, 5);
	step->env = program_list(&s->program, env, 1);
	(void)step_run_exec(&s->init, step);
	stage_fail(__FILE__, __LINE__, "execve came back");
}

static void comes_back_when_it_cannot(struct stage *s)
{
	static const char *const argv[] = { "tool" };
	struct step_exec *step;

	stage_file(s, "tool", "neither ELF nor #!", 0755);
	enter(s);
	s->init.program = "/tool";
	step = stage_step(s, STEP_EXEC);
	step->argv = program_list(&s->program, argv, 1);
	step->env = program_list(&s->program, argv, 0);
	CHECK_INT(step_run_exec(&s->init, step), -ENOEXEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(enters_the_directory_once),
		STAGE_TEST(says_why_it_cannot_enter),
		STAGE_TEST(tries_again_as_the_user),
		STAGE_TEST(refuses_a_directory_outside),
		STAGE_TEST(refuses_a_directory_that_is_gone),
		STAGE_TEST(finds_the_first_that_can_be_executed),
		STAGE_TEST(finds_nothing),
		STAGE_TEST(remembers_what_may_not_be_executed),
		STAGE_TEST(judges_as_the_user),
		STAGE_TEST(a_noexec_mount_counts),
		STAGE_TEST(replaces_itself),
		STAGE_TEST(comes_back_when_it_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
