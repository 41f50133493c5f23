/*
 * test_init_root.c - the steps that attach the root filesystem, change the root and close it.
 */
#include "test_init.h"

#define PRIVATE 0x40000u
#define SHARED  0x100000u
#define SLAVE   0x80000u
#define REC     0x4000u

/* The optional fields of the topmost mount at `point`, as mountinfo has them: "shared:1 ". */
static void propagation_of(const char *point, char *text, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], at[256];
	const char *fields;

	CHECK(file != NULL);
	(void)snprintf(text, size, "no mount");
	while (fgets(line, sizeof(line), file)) {
		int skip = 0;

		if (sscanf(line, "%*s %*s %*s %*s %255s %*s %n", at, &skip) != 1 || skip == 0 ||
		    strcmp(at, point) != 0)
			continue;
		fields = line + skip;
		(void)snprintf(text, size, "%.*s", (int)(strstr(fields, "- ") - fields), fields);
	}
	(void)fclose(file);
}

static bool mount_is(const char *point, const char *kind)
{
	char text[256];

	propagation_of(point, text, sizeof(text));
	return *kind ? strstr(text, kind) != NULL : *text == '\0';
}

static void set_root_propagation(struct stage *s, uint64_t flags)
{
	struct step_propagate *step = stage_step(s, STEP_PROPAGATE);

	step->flags = flags;
	CHECK_INT(step_run_propagate(&s->init, step), 0);
}

static void propagation_of_the_namespace(struct stage *s)
{
	set_root_propagation(s, SHARED | REC);
	CHECK(mount_is("/", "shared:"));
	CHECK(mount_is(s->directory, "shared:"));
	set_root_propagation(s, SLAVE | REC);
	CHECK(!mount_is("/", "shared:"));
	CHECK(!mount_is(s->directory, "shared:"));
}

/* An image in the stage's tmpfs, with a shared mount below it. */
static void make_image(struct stage *s)
{
	stage_mkdir(s, "image");
	stage_mkdir(s, "image/below");
	stage_file(s, "image/marker", "of the image", 0644);
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "sub", "image/below", "tmpfs", 0, NULL), 0);
	CHECK_INT(sys_call5(__NR_mount, NULL, "image/below", NULL, SHARED, NULL), 0);
	stage_file(s, "image/below/marker", "x", 0644);
	CHECK_INT(sys_call1(__NR_chdir, "/"), 0);
}

static struct step_root *root_step(struct stage *s, const char *at)
{
	struct step_root *step = stage_step(s, STEP_ROOT);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/image", s->directory);
	step->path = stage_str(s, path);
	step->at = stage_str(s, at ? at : path);
	stage_reset(s);
	return step;
}

/* The root of the image, as the program will see it. */
static void check_inside(struct stage *s)
{
	char cwd[64];

	CHECK(sys_call2(__NR_getcwd, cwd, sizeof(cwd)) > 0);
	CHECK_TEXT(cwd, "/");
	CHECK_INT(sys_call4(__NR_faccessat2, AT_FDCWD, "/marker", 0, 0), 0);
	CHECK_INT(sys_call4(__NR_faccessat2, AT_FDCWD, "/below/marker", 0, 0), 0);
	CHECK_INT(sys_call4(__NR_faccessat2, AT_FDCWD, "/../../marker", 0, 0), 0);
	CHECK_INT(sys_call4(__NR_faccessat2, AT_FDCWD, s->directory, 0, 0), -ENOENT);
}

static void run_pivot(struct stage *s, enum pivot_how how, bool shared)
{
	struct step_pivot *step = stage_step(s, STEP_PIVOT);

	step->how = how;
	step->shared = shared;
	CHECK_INT(step_run_pivot(&s->init, step), 0);
}

static void attaches_the_tree_and_pivots(struct stage *s)
{
	make_image(s);
	CHECK_INT(step_run_root(&s->init, root_step(s, "/")), 0);
	CHECK(s->init.root >= 0);
	CHECK(stage_mode(s, "marker") != 0);
	CHECK(stage_mode(s, "below/marker") != 0);
	run_pivot(s, PIVOT_ROOT, false);
	check_inside(s);
}

/* Mounts of the host are not to be seen afterwards, only those of the image. */
static void leaves_no_mount_of_the_host(struct stage *s)
{
	char line[1024];
	int count = 0;
	FILE *file;

	make_image(s);
	stage_mkdir(s, "image/proc");
	CHECK_INT(step_run_root(&s->init, root_step(s, "/")), 0);
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "proc", "proc", "proc", 0, NULL), 0);
	run_pivot(s, PIVOT_ROOT, false);
	file = fopen("/proc/self/mountinfo", "re");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		count++;
	(void)fclose(file);
	CHECK_INT(count, 3); /* "/", "/below", "/proc" */
}

static void enters_by_chroot_without_pivot(struct stage *s)
{
	make_image(s);
	CHECK_INT(step_run_root(&s->init, root_step(s, "/")), 0);
	run_pivot(s, PIVOT_MOVE, false);
	check_inside(s);
}

static void enters_by_chroot_without_a_namespace(struct stage *s)
{
	make_image(s);
	CHECK_INT(step_run_root(&s->init, root_step(s, NULL)), 0);
	run_pivot(s, PIVOT_CHROOT, false);
	check_inside(s);
}

/* The unmount of the old root must not reach the host that shares it. */
static void pivots_out_of_a_shared_root(struct stage *s)
{
	struct step_root *step;

	make_image(s);
	set_root_propagation(s, SHARED | REC);
	step = root_step(s, "/");
	step->detach_parent = true;
	CHECK_INT(step_run_root(&s->init, step), 0);
	run_pivot(s, PIVOT_ROOT, true);
	check_inside(s);
}

static void nothing_mounted_in_it_comes_out(struct stage *s)
{
	char below[128];

	make_image(s);
	(void)snprintf(below, sizeof(below), "%s/image/below", s->directory);
	CHECK(mount_is(below, "shared:"));
	CHECK_INT(step_run_root(&s->init, root_step(s, NULL)), 0);
	CHECK(mount_is(below, "master:"));
	CHECK(!mount_is(below, "shared:"));
	(void)snprintf(below, sizeof(below), "%s/image", s->directory);
	CHECK(mount_is(below, ""));
}

static void uses_the_tree_it_is_given(struct stage *s)
{
	struct step_root *step;
	char path[128];

	make_image(s);
	step = root_step(s, "/");
	step->path = stage_str(s, "/nowhere");
	(void)snprintf(path, sizeof(path), "%s/image", s->directory);
	step->tree = mount_clone_path(path, AT_RECURSIVE);
	CHECK(step->tree >= 0);
	CHECK_INT(step_run_root(&s->init, step), 0);
	run_pivot(s, PIVOT_ROOT, false);
	check_inside(s);
}

static void says_what_is_missing(struct stage *s)
{
	struct step_root *step = root_step(s, "/");

	CHECK_INT(step_run_root(&s->init, step), -ENOENT);
	CHECK_INT(s->init.part, PART_OPEN_SOURCE);
	make_image(s);
	step = root_step(s, "/nowhere/at/all");
	CHECK_INT(step_run_root(&s->init, step), -ENOENT);
	CHECK_INT(s->init.part, PART_RESOLVE);
}

/* Modes of what is created are meant as written, whatever umask tare was called with. */
static void clears_the_umask(struct stage *s)
{
	make_image(s);
	sys_call1(__NR_umask, 077);
	CHECK_INT(step_run_root(&s->init, root_step(s, NULL)), 0);
	CHECK_INT(sys_call1(__NR_umask, 0), 0);
}

static void closes_the_root_only(struct stage *s)
{
	make_image(s);
	CHECK_INT(step_run_root(&s->init, root_step(s, "/")), 0);
	CHECK_INT(step_run_root_readonly(&s->init, stage_step(s, STEP_ROOT_READONLY)), 0);
	CHECK_INT(stage_create(s, "new"), -EROFS);
	CHECK_INT(stage_create(s, "below/new"), 0);
}

static void propagation_of_the_new_root(struct stage *s)
{
	struct step_root_propagate *step;

	make_image(s);
	stage_mkdir(s, "image/proc");
	CHECK_INT(step_run_root(&s->init, root_step(s, "/")), 0);
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "proc", "proc", "proc", 0, NULL), 0);
	run_pivot(s, PIVOT_ROOT, false);
	CHECK(mount_is("/", ""));
	step = stage_step(s, STEP_ROOT_PROPAGATE);
	step->flags = SHARED;
	CHECK_INT(step_run_root_propagate(&s->init, step), 0);
	CHECK(mount_is("/", "shared:"));
	CHECK(!mount_is("/proc", "shared:"));
	step->flags = SHARED | REC;
	CHECK_INT(step_run_root_propagate(&s->init, step), 0);
	CHECK(mount_is("/proc", "shared:"));
	step->flags = PRIVATE | REC;
	CHECK_INT(step_run_root_propagate(&s->init, step), 0);
	CHECK(mount_is("/", ""));
	CHECK(mount_is("/proc", ""));
}

static void makes_the_working_directory(struct stage *s)
{
	struct step_make_cwd *step = stage_step(s, STEP_MAKE_CWD);

	stage_link(s, "/real", "link");
	step->path = stage_str(s, "/link/work/dir");
	CHECK_INT(step_run_make_cwd(&s->init, step), 0);
	CHECK(stage_is_directory(s, "real/work/dir"));
	CHECK_INT(step_run_make_cwd(&s->init, step), 0);
	stage_file(s, "file", "", 0644);
	step = stage_step(s, STEP_MAKE_CWD);
	step->path = stage_str(s, "/file/work");
	CHECK_INT(step_run_make_cwd(&s->init, step), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(propagation_of_the_namespace),
		STAGE_TEST(attaches_the_tree_and_pivots),
		STAGE_TEST(leaves_no_mount_of_the_host),
		STAGE_TEST(enters_by_chroot_without_pivot),
		STAGE_TEST(enters_by_chroot_without_a_namespace),
		STAGE_TEST(pivots_out_of_a_shared_root),
		STAGE_TEST(nothing_mounted_in_it_comes_out),
		STAGE_TEST(uses_the_tree_it_is_given),
		STAGE_TEST(says_what_is_missing),
		STAGE_TEST(clears_the_umask),
		STAGE_TEST(closes_the_root_only),
		STAGE_TEST(propagation_of_the_new_root),
		STAGE_TEST(makes_the_working_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
