/*
 * test_init_mount.c - the steps that mount filesystems, bind trees and finish mounts.
 */
#include "test_init.h"

#include <sys/statvfs.h>
#include <sys/xattr.h>

#define PRIVATE 0x40000u
#define SHARED  0x100000u
#define SLAVE   0x80000u
#define REC     0x4000u

static struct step_mount *mount_step(struct stage *s, const char *type, const char *target)
{
	struct step_mount *step = stage_step(s, STEP_MOUNT);

	step->type = stage_str(s, type);
	step->target = stage_str(s, target);
	stage_reset(s);
	return step;
}

static struct step_bind *bind_step(struct stage *s, const char *source, const char *target)
{
	struct step_bind *step = stage_step(s, STEP_BIND);
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", s->directory, source);
	step->source = stage_str(s, path);
	step->target = stage_str(s, target);
	stage_reset(s);
	return step;
}

/* What the kernel says of the mount at a path of the stage: a line of mountinfo. */
static void mount_line(struct stage *s, const char *path, char *line, size_t size)
{
	char wanted[256], point[256];
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char next[1024];

	CHECK(file != NULL);
	(void)snprintf(wanted, sizeof(wanted), "%s/%s", s->directory, path);
	line[0] = '\0';
	while (fgets(next, sizeof(next), file)) {
		if (sscanf(next, "%*s %*s %*s %*s %255s", point) == 1 && strcmp(point, wanted) == 0)
			(void)snprintf(line, size, "%s", next);
	}
	(void)fclose(file);
}

static bool mount_has(struct stage *s, const char *path, const char *text)
{
	char line[1024];

	mount_line(s, path, line, sizeof(line));
	return strstr(line, text) != NULL;
}

static unsigned long mount_flags(struct stage *s, const char *path)
{
	char whole[256];
	struct statvfs st;

	(void)snprintf(whole, sizeof(whole), "%s/%s", s->directory, path);
	CHECK_INT(statvfs(whole, &st), 0);
	return st.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static void mounts_with_options_and_flags(struct stage *s)
{
	static const char *const options[] = { "source", "shm", "mode", "1777", "size", "64k" };
	struct step_mount *step = mount_step(s, "tmpfs", "/dev/shm");

	step->options = program_list(&s->program, options, 6);
	step->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK_INT(mount_flags(s, "dev/shm"), ST_NOSUID | ST_NODEV | ST_NOEXEC);
	CHECK(mount_has(s, "dev/shm", "noatime"));
	CHECK(mount_has(s, "dev/shm", "- tmpfs shm rw,size=64k"));
	CHECK_INT(stage_mode(s, "dev/shm") & 07777, 01777);
	CHECK_INT(step->mounted, -1);
}

/* Where no SELinux runs the attribute is as good as any other. */
static void labels_the_root(struct stage *s)
{
	static const char label[] = "system_u:object_r:container_file_t:s0";
	struct step_mount *step = mount_step(s, "tmpfs", "/a");
	char path[256], seen[sizeof(label)] = "";

	step->label = stage_str(s, label);
	CHECK_INT(step_run_mount(&s->init, step), 0);
	(void)snprintf(path, sizeof(path), "%s/a", s->directory);
	CHECK_INT(getxattr(path, "security.selinux", seen, sizeof(seen)), sizeof(label) - 1);
	CHECK(strcmp(seen, label) == 0);
	step = mount_step(s, "proc", "/b"); /* which knows no attributes */
	step->label = stage_str(s, label);
	CHECK_INT(step_run_mount(&s->init, step), -EOPNOTSUPP);
	CHECK_INT(s->init.part, PART_LABEL);
}

/* Without MOUNT_KEEP nothing stays open; with it the step holds the mount. */
static void keeps_what_is_needed_later(struct stage *s)
{
	struct step_mount *step = mount_step(s, "tmpfs", "/run");
	struct step_remount *remount;

	step->flags = MOUNT_KEEP;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(step->mounted >= 0 && stage_is_at(s, (int)step->mounted, "run"));
	CHECK_INT(stage_create(s, "run/before"), 0);
	remount = stage_step(s, STEP_REMOUNT);
	remount->mount = program_offset(&s->program, step);
	remount->set = MOUNT_ATTR_RDONLY;
	CHECK_INT(step_run_remount(&s->init, remount), 0);
	CHECK_INT(stage_create(s, "run/after"), -EROFS);
	CHECK_INT(stage_create(s, "beside"), 0);
}

static void says_what_the_kernel_said(struct stage *s)
{
	static const char *const unknown[] = { "nosuchoption", "1" };
	static const char *const wrong[] = { "size", "many" };
	struct step_mount *step = mount_step(s, "tmpfs", "/a");

	step->options = program_list(&s->program, unknown, 2);
	CHECK_INT(step_run_mount(&s->init, step), -EINVAL);
	CHECK_INT(s->init.part, PART_SET_OPTION);
	CHECK(strstr(s->init.text, "nosuchoption"));
	step = mount_step(s, "tmpfs", "/a");
	step->options = program_list(&s->program, wrong, 2);
	CHECK_INT(step_run_mount(&s->init, step), -EINVAL);
	CHECK_INT(s->init.part, PART_SET_OPTION);
	CHECK(strstr(s->init.text, "size"));
	step = mount_step(s, "nosuchfs", "/a");
	CHECK_INT(step_run_mount(&s->init, step), -ENODEV);
	CHECK_INT(s->init.part, PART_OPEN_FILESYSTEM);
	CHECK_INT(stage_mode(s, "a"), 0); /* no mount point is left behind */
}

static void passes_flags_without_value(struct stage *s)
{
	static const char *const options[] = { "source", "here", "sync", NULL };
	static const char *const unknown[] = { "nosuchflag", NULL };
	struct step_mount *step = mount_step(s, "tmpfs", "/a");

	step->options = program_list(&s->program, options, 4);
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(mount_has(s, "a", "- tmpfs here rw,sync"));
	step = mount_step(s, "tmpfs", "/b");
	step->options = program_list(&s->program, unknown, 2);
	CHECK_INT(step_run_mount(&s->init, step), -EINVAL);
	CHECK_INT(s->init.part, PART_SET_OPTION);
	CHECK(strstr(s->init.text, "nosuchflag"));
}

static void sets_the_propagation(struct stage *s)
{
	struct step_mount *step = mount_step(s, "tmpfs", "/shared");

	step->propagation = SHARED;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(mount_has(s, "shared", "shared:"));
	step = mount_step(s, "tmpfs", "/private");
	step->propagation = PRIVATE;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(!mount_has(s, "private", "shared:"));
}

/* CVE-2019-19921: an image whose /proc is a link must not have it mounted elsewhere. */
static void refuses_a_proc_that_is_a_link(struct stage *s)
{
	struct step_mount *step = mount_step(s, "proc", "/proc");

	stage_mkdir(s, "evil");
	stage_link(s, "evil", "proc");
	step->flags = MOUNT_TOP_DIRECTORY | MOUNT_KEEP | MOUNT_IS_PROC;
	CHECK_INT(step_run_mount(&s->init, step), -ENOTDIR);
	CHECK_INT(s->init.part, PART_NOT_A_DIRECTORY);
	CHECK(!mount_has(s, "evil", "proc"));
	CHECK_INT(s->init.proc, NO_FD);
}

static void remembers_its_procfs(struct stage *s)
{
	struct step_mount *step = mount_step(s, "proc", "/proc");

	step->flags = MOUNT_TOP_DIRECTORY | MOUNT_KEEP | MOUNT_IS_PROC;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(s->init.proc >= 0 && s->init.proc == step->mounted);
	CHECK(stage_is_at(s, s->init.proc, "proc"));
	CHECK_INT(S_TYPE(stage_mode(s, "proc/self")), S_LNK);
}

/* Other targets may be reached through links: within the root filesystem. */
static void follows_links_inside(struct stage *s)
{
	stage_mkdir(s, "var");
	stage_link(s, "/run", "var/run");
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/var/run/lock")), 0);
	CHECK(mount_has(s, "run/lock", "tmpfs"));
}

/* Nobody would see a mount on the root itself: it lies below the tree that is attached there. */
static void refuses_links_to_the_root(struct stage *s)
{
	stage_mkdir(s, "src");
	stage_link(s, "/", "data");
	stage_link(s, "../../..", "up");
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/data")), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_ROOT);
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "src", "/up/")), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_ROOT);
	/* a mount elsewhere whose root has the same inode number is not the root */
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/other")), 0);
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "src", "/other")), 0);
}

static void mount_proc(struct stage *s)
{
	struct step_mount *step = mount_step(s, "proc", "/proc");

	step->flags = MOUNT_TOP_DIRECTORY | MOUNT_NAMES_PROC;
	CHECK_INT(step_run_mount(&s->init, step), 0);
}

/* CVE-2019-16884: a volume whose destination the image redirects to hide /proc/self/attr. */
static void refuses_links_into_proc(struct stage *s)
{
	struct step_mount *old;

	mount_proc(s);
	stage_mkdir(s, "src");
	stage_file(s, "file", "", 0644);
	stage_link(s, "/proc/sys", "data");
	stage_link(s, "/proc/uptime", "uptime");
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "src", "/data/kernel")), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_PROC);
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "file", "/uptime")), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_PROC);
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/data")), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_PROC);
	old = mount_step(s, "tmpfs", "/data");
	old->flags = MOUNT_OLD_CALL;
	old->options = program_list(&s->program, (const char *const[]){ "x", "mode=700" }, 2);
	CHECK_INT(step_run_mount(&s->init, old), -ELOOP);
	CHECK_INT(s->init.part, PART_IS_PROC);
}

/* What the config itself names in /proc, and check_spec() let pass (lxcfs does this). */
static void allows_files_of_proc_that_are_named(struct stage *s)
{
	struct step_bind *step;
	char text[16];

	mount_proc(s);
	stage_file(s, "file", "1.00 2.00", 0644);
	step = bind_step(s, "file", "/proc/uptime");
	step->flags = MOUNT_NAMES_PROC;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	stage_read(s, "proc/uptime", text, sizeof(text));
	CHECK_TEXT(text, "1.00 2.00");
}

/* An overlay whose options are longer than fsconfig takes goes by mount(2). */
static void mounts_by_the_old_call(struct stage *s)
{
	static const char *const options[] = { "a source", "mode=700,size=64k" };
	struct step_mount *step = mount_step(s, "tmpfs", "/old");

	step->flags = MOUNT_OLD_CALL | MOUNT_KEEP;
	step->options = program_list(&s->program, options, 2);
	step->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY;
	step->propagation = SHARED;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(mount_has(s, "old", "shared:"));
	CHECK(mount_has(s, "old", "- tmpfs a\\040source rw,size=64k,mode=700"));
	CHECK_INT(mount_flags(s, "old"), ST_NOSUID | ST_RDONLY);
	CHECK(step->mounted >= 0 && stage_is_at(s, (int)step->mounted, "old"));
}

/* The atime flags are a group: the new mount's own one has to go first. */
static void old_call_takes_each_atime(struct stage *s)
{
	static const char *const options[] = { "none", "" };
	static const struct {
		uint64_t attr;
		const char *flags;
	} rows[] = { { MOUNT_ATTR_NOATIME, " rw,noatime - " },
		     { MOUNT_ATTR_STRICTATIME, " rw - " },
		     { MOUNT_ATTR_RELATIME | MOUNT_ATTR_NODIRATIME,
		       " rw,nodiratime,relatime - " } };
	struct step_mount *step;
	char target[2] = "a", path[4];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++, target[0]++) {
		(void)snprintf(path, sizeof(path), "/%s", target);
		step = mount_step(s, "tmpfs", path);
		step->flags = MOUNT_OLD_CALL;
		step->options = program_list(&s->program, options, 2);
		step->attr = rows[i].attr;
		CHECK_INT(step_run_mount(&s->init, step), 0);
		CHECK(mount_has(s, target, rows[i].flags));
	}
}

static int mounts_at(const char *point)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char next[1024], at[256];
	int count = 0;

	CHECK(file != NULL);
	while (fgets(next, sizeof(next), file))
		count += sscanf(next, "%*s %*s %*s %*s %255s", at) == 1 && strcmp(at, point) == 0;
	(void)fclose(file);
	return count;
}

/* Its place for mount(2) is gone again, also when that failed. */
static void old_call_leaves_no_scratch(struct stage *s)
{
	static const char *const options[] = { "none", "" };
	struct step_mount *step = mount_step(s, "tmpfs", "/fine");

	step->flags = MOUNT_OLD_CALL;
	step->super = 16; /* MS_SYNCHRONOUS */
	step->options = program_list(&s->program, options, 2);
	CHECK_INT(step_run_mount(&s->init, step), 0);
	CHECK(mount_has(s, "fine", "- tmpfs none rw,sync"));
	step = mount_step(s, "no-such-fs", "/bad");
	step->flags = MOUNT_OLD_CALL;
	step->options = program_list(&s->program, options, 2);
	CHECK_INT(step_run_mount(&s->init, step), -ENODEV);
	CHECK(stage_is_directory(s, "fine"));
	CHECK_INT(mounts_at(s->directory), 1); /* the stage itself, with nothing over it */
	CHECK_INT(stage_mode(s, "bad"), 0);
}

static void old_call_fails_with_its_part(struct stage *s)
{
	static const char *const options[] = { "none", "nosuch=1" };
	struct step_mount *step = mount_step(s, "tmpfs", "/old");

	step->flags = MOUNT_OLD_CALL;
	step->options = program_list(&s->program, options, 2);
	CHECK_INT(step_run_mount(&s->init, step), -EINVAL);
	CHECK_INT(s->init.part, PART_CREATE_FILESYSTEM);
}

/* ---- binds */

static void binds_a_directory(struct stage *s)
{
	struct step_bind *step;

	stage_mkdir(s, "src");
	stage_file(s, "src/file", "content", 0644);
	step = bind_step(s, "src", "/dst/deep");
	step->set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK(stage_mode(s, "dst/deep/file") != 0);
	CHECK_INT(stage_create(s, "dst/deep/new"), -EROFS);
	CHECK_INT(stage_create(s, "src/new"), 0);
	CHECK_INT(mount_flags(s, "dst/deep"), ST_RDONLY | ST_NOEXEC);
	CHECK_INT(step->mounted, -1);
}

static void binds_a_file_on_a_missing_one(struct stage *s)
{
	char text[32];

	stage_file(s, "hosts", "of the host", 0644);
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "hosts", "/etc/hosts")), 0);
	CHECK_INT(S_TYPE(stage_mode(s, "etc/hosts")), S_REG);
	stage_read(s, "etc/hosts", text, sizeof(text));
	CHECK_TEXT(text, "of the host");
}

static void refuses_a_file_on_a_directory(struct stage *s)
{
	stage_file(s, "file", "", 0644);
	stage_mkdir(s, "dir");
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "file", "/dir")), -EINVAL);
	CHECK_INT(s->init.part, PART_ATTACH);
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "missing", "/dir")), -ENOENT);
	CHECK_INT(s->init.part, PART_OPEN_SOURCE);
}

/* A tree that tare cloned outside is used instead of the path. */
static void uses_the_tree_it_is_given(struct stage *s)
{
	struct step_bind *step;
	char path[256];

	stage_mkdir(s, "given");
	stage_mkdir(s, "named");
	stage_file(s, "given/this", "", 0644);
	step = bind_step(s, "named", "/dst");
	(void)snprintf(path, sizeof(path), "%s/given", s->directory);
	step->tree = mount_clone_path(path, 0);
	CHECK(step->tree >= 0);
	step->flags = MOUNT_KEEP;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK(stage_mode(s, "dst/this") != 0);
	CHECK(step->mounted >= 0 && stage_is_at(s, (int)step->mounted, "dst"));
	CHECK_INT(mount_kept(&s->init, program_offset(&s->program, step)), step->mounted);
}

/* A tree with a mount below, to be bound. */
static struct step_bind *bind_with_submount(struct stage *s)
{
	stage_mkdir(s, "src");
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/src/sub")), 0);
	return bind_step(s, "src", "/dst");
}

static void flags_of_the_top_and_of_all(struct stage *s)
{
	struct step_bind *step = bind_with_submount(s);

	step->set = MOUNT_ATTR_NOEXEC;
	step->set_all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
	step->clear = MOUNT_ATTR_NOSUID;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK_INT(mount_flags(s, "dst"), ST_RDONLY | ST_NOEXEC);
	CHECK_INT(mount_flags(s, "dst/sub"), ST_RDONLY | ST_NOSUID);
	CHECK_INT(mount_flags(s, "src/sub"), 0);
}

static void clears_flags_of_the_source(struct stage *s)
{
	struct step_mount *source = mount_step(s, "tmpfs", "/src");
	struct step_bind *step;

	source->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME;
	CHECK_INT(step_run_mount(&s->init, source), 0);
	step = bind_step(s, "src", "/dst");
	step->clear = MOUNT_ATTR_RDONLY | MOUNT_ATTR__ATIME;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK_INT(mount_flags(s, "dst"), ST_NODEV);
	CHECK(mount_has(s, "dst", "relatime"));
	CHECK_INT(mount_flags(s, "src"), ST_RDONLY | ST_NODEV);
}

/* Nothing mounted in the container comes out; what is mounted on the host comes in. */
static void cuts_a_shared_source_off(struct stage *s)
{
	struct step_mount *source = mount_step(s, "tmpfs", "/src");
	struct step_bind *step;

	source->propagation = SHARED;
	CHECK_INT(step_run_mount(&s->init, source), 0);
	step = bind_step(s, "src", "/dst");
	step->flags = MOUNT_SLAVE_FIRST;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK(mount_has(s, "dst", "master:"));
	CHECK(!mount_has(s, "dst", "shared:"));
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/dst/in")), 0);
	CHECK(!mount_has(s, "src/in", "tmpfs"));
	CHECK_INT(step_run_mount(&s->init, mount_step(s, "tmpfs", "/src/out")), 0);
	CHECK(mount_has(s, "dst/out", "tmpfs"));
}

static void propagation_of_binds(struct stage *s)
{
	struct step_bind *step = bind_with_submount(s);

	step->propagation = SHARED | REC;
	step->flags = MOUNT_SLAVE_FIRST;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK(mount_has(s, "dst", "shared:"));
	CHECK(mount_has(s, "dst/sub", "shared:"));
	step = bind_step(s, "src", "/top");
	step->propagation = SHARED;
	step->flags = MOUNT_SLAVE_FIRST;
	CHECK_INT(step_run_bind(&s->init, step), 0);
	CHECK(mount_has(s, "top", "shared:"));
	CHECK(!mount_has(s, "top/sub", "shared:"));
}

static void binds_to_where_a_link_leads(struct stage *s)
{
	stage_mkdir(s, "src");
	stage_link(s, "../../../../outside", "link");
	CHECK_INT(step_run_bind(&s->init, bind_step(s, "src", "/link")), 0);
	CHECK(stage_is_directory(s, "outside"));
	CHECK(mount_has(s, "outside", "/src "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(mounts_with_options_and_flags),
		STAGE_TEST(labels_the_root),
		STAGE_TEST(keeps_what_is_needed_later),
		STAGE_TEST(says_what_the_kernel_said),
		STAGE_TEST(passes_flags_without_value),
		STAGE_TEST(sets_the_propagation),
		STAGE_TEST(refuses_a_proc_that_is_a_link),
		STAGE_TEST(remembers_its_procfs),
		STAGE_TEST(follows_links_inside),
		STAGE_TEST(refuses_links_to_the_root),
		STAGE_TEST(refuses_links_into_proc),
		STAGE_TEST(allows_files_of_proc_that_are_named),
		STAGE_TEST(mounts_by_the_old_call),
		STAGE_TEST(old_call_takes_each_atime),
		STAGE_TEST(old_call_leaves_no_scratch),
		STAGE_TEST(old_call_fails_with_its_part),
		STAGE_TEST(binds_a_directory),
		STAGE_TEST(binds_a_file_on_a_missing_one),
		STAGE_TEST(refuses_a_file_on_a_directory),
		STAGE_TEST(uses_the_tree_it_is_given),
		STAGE_TEST(flags_of_the_top_and_of_all),
		STAGE_TEST(clears_flags_of_the_source),
		STAGE_TEST(cuts_a_shared_source_off),
		STAGE_TEST(propagation_of_binds),
		STAGE_TEST(binds_to_where_a_link_leads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
