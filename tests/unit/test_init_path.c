/*
 * test_init_path.c - how tare-init gets from a path of the config to a file of the container, in
 * root filesystems made to lead it astray.
 */
#include "test_init.h"

/* Opens or makes a directory; the part is left for the caller to look at. */
static int make(struct stage *s, const char *path)
{
	stage_reset(s);
	return path_open_or_make(&s->init, s->init.root, path, true);
}

static void check_made(struct stage *s, const char *path, const char *real)
{
	int fd = make(s, path);

	CHECK(fd >= 0);
	CHECK(stage_is_directory(s, real));
	CHECK(stage_is_at(s, fd, real));
	sys_close(fd);
}

static void opens_what_exists(struct stage *s)
{
	int fd;

	stage_mkdir(s, "etc");
	stage_file(s, "etc/passwd", "x", 0644);
	fd = path_open_in_root(s->init.root, "/etc/passwd", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc/passwd"));
	fd = path_open_in_root(s->init.root, "/", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "."));
	CHECK_INT(path_open_in_root(s->init.root, "/etc/group", 0), -ENOENT);
	CHECK_INT(path_open_in_root(s->init.root, "/etc/passwd/x", 0), -ENOTDIR);
	CHECK_INT(path_open_in_root(s->init.root, "/etc/passwd", O_DIRECTORY), -ENOTDIR);
}

static void stays_in_the_root(struct stage *s)
{
	int fd;

	stage_mkdir(s, "etc");
	stage_mkdir(s, "inside");
	stage_link(s, "/etc", "absolute");
	stage_link(s, "../../../../etc", "inside/up");
	stage_link(s, "/inside/up", "twice");
	fd = path_open_in_root(s->init.root, "../../../etc", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc"));
	fd = path_open_in_root(s->init.root, "/absolute", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc"));
	fd = path_open_in_root(s->init.root, "/inside/up/", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc"));
	fd = path_open_in_root(s->init.root, "/twice/../inside", 0);
	CHECK(fd >= 0 && stage_is_at(s, fd, "inside"));
}

/* /proc/self/root is a door, not a link: it leads to wherever the process is. */
static void refuses_magic_links(struct stage *s)
{
	stage_mkdir(s, "proc");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "proc", "proc", "proc", 0, NULL), 0);
	CHECK_INT(path_open_in_root(s->init.root, "/proc/self/root/etc", 0), -ELOOP);
	CHECK_INT(make(s, "/proc/self/cwd/made"), -ELOOP);
	CHECK_INT(s->init.part, PART_RESOLVE);
}

static void makes_directories(struct stage *s)
{
	check_made(s, "/a", "a");
	CHECK_INT(stage_mode(s, "a") & 07777, 0755);
	check_made(s, "/a/b/c/d", "a/b/c/d");
	check_made(s, "e//f///", "e/f");
	check_made(s, "/", ".");
	check_made(s, ".", ".");
	check_made(s, "/a/b/../x", "a/x");
	check_made(s, "/new/../y", "y");
	CHECK(stage_is_directory(s, "new"));
	check_made(s, "/../../z", "z");
}

static void makes_files(struct stage *s)
{
	int fd = path_open_or_make(&s->init, s->init.root, "/etc/app/hosts", false);

	CHECK(fd >= 0 && stage_is_at(s, fd, "etc/app/hosts"));
	CHECK_INT(S_TYPE(stage_mode(s, "etc/app/hosts")), S_REG);
	CHECK(stage_is_directory(s, "etc/app"));
	/* what is there stays as it is, a file or not */
	fd = path_open_or_make(&s->init, s->init.root, "/etc", false);
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc"));
	fd = make(s, "/etc/app/hosts");
	CHECK(fd >= 0 && stage_is_at(s, fd, "etc/app/hosts"));
}

static void makes_what_dangling_links_mean(struct stage *s)
{
	stage_mkdir(s, "dir");
	stage_link(s, "/data/volume", "absolute");
	stage_link(s, "../../../../tmp/up", "dir/up");
	stage_link(s, "sibling", "dir/relative");
	stage_link(s, "absolute", "second");
	check_made(s, "/dir/up", "tmp/up");
	check_made(s, "/dir/relative/x", "dir/sibling/x");
	check_made(s, "/second/deep/er", "data/volume/deep/er");
	check_made(s, "/absolute", "data/volume");
	/* nothing of it outside: the directory above holds what it held */
	CHECK(S_TYPE(stage_mode(s, "absolute")) == S_LNK);
	CHECK_INT(sys_call3(__NR_faccessat, AT_FDCWD, "/data/volume", 0), -ENOENT);
}

static void makes_a_file_behind_a_dangling_link(struct stage *s)
{
	int fd;

	stage_mkdir(s, "etc");
	stage_link(s, "../run/resolv.conf", "etc/resolv.conf");
	fd = path_open_or_make(&s->init, s->init.root, "/etc/resolv.conf", false);
	CHECK(fd >= 0 && stage_is_at(s, fd, "run/resolv.conf"));
	CHECK_INT(S_TYPE(stage_mode(s, "run/resolv.conf")), S_REG);
}

static void gives_up_on_loops(struct stage *s)
{
	stage_link(s, "b", "a");
	stage_link(s, "a", "b");
	stage_link(s, "self/x", "self");
	CHECK_INT(make(s, "/a"), -ELOOP);
	CHECK_INT(s->init.part, PART_RESOLVE);
	CHECK_INT(make(s, "/a/below"), -ELOOP);
	CHECK_INT(make(s, "/self"), -ELOOP);
}

/* link0 -> link1 -> ... -> end: the kernel follows 40, tare-init no more than that either. */
static void make_chain(struct stage *s, const char *prefix, int count, const char *end)
{
	char name[32], content[32];

	for (int i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%s%d", prefix, i);
		(void)snprintf(content, sizeof(content), "%s%d", prefix, i + 1);
		stage_link(s, i + 1 < count ? content : end, name);
	}
}

/*
 * 40 links are the limit. A walk that the kernel begins anew, as somebody mounted meanwhile, goes
 * on counting where it was: half of that is what can be relied on.
 */
static void follows_chains_as_far_as_the_kernel(struct stage *s)
{
	stage_mkdir(s, "end");
	make_chain(s, "good", 20, "end");
	make_chain(s, "long", 41, "end");
	make_chain(s, "gone", 20, "missing/dir");
	check_made(s, "/good0", "end");
	CHECK_INT(make(s, "/long0"), -ELOOP);
	check_made(s, "/gone0", "missing/dir");
}

static void refuses_a_file_in_the_middle(struct stage *s)
{
	stage_file(s, "file", "", 0644);
	stage_link(s, "file/below", "link");
	CHECK_INT(make(s, "/file/below"), -ENOTDIR);
	CHECK_INT(s->init.part, PART_RESOLVE);
	CHECK_INT(make(s, "/file/below/more"), -ENOTDIR);
	CHECK_INT(make(s, "/link/more"), -ENOTDIR);
	CHECK_INT(make(s, "/file/"), -ENOTDIR);
}

static void says_what_could_not_be_made(struct stage *s)
{
	stage_mkdir(s, "dir");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "full", "dir", "tmpfs", 1 /* MS_RDONLY */, NULL), 0);
	CHECK_INT(make(s, "/dir/new"), -EROFS);
	CHECK_INT(s->init.part, PART_MAKE_DIRECTORY);
	stage_reset(s);
	CHECK_INT(path_open_or_make(&s->init, s->init.root, "/dir/new", false), -EROFS);
	CHECK_INT(s->init.part, PART_MAKE_FILE);
}

static void refuses_what_is_too_long(struct stage *s)
{
	char path[8192] = "/", name[300];

	memset(name, 'n', 256);
	name[256] = '\0';
	strcat(path, name);
	CHECK_INT(make(s, path), -ENAMETOOLONG);
	path[256] = '\0'; /* 255 characters: the longest name there is */
	check_made(s, path, path + 1);
	memset(path, 'x', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += 100)
		path[i] = '/';
	path[4096] = '\0';
	CHECK_INT(make(s, path), -ENAMETOOLONG);
	CHECK_INT(s->init.part, PART_RESOLVE);
	path[4095] = '\0';
	CHECK(make(s, path) >= 0);
}

/* A link that grows the path beyond all bounds must end in an error, not in another path. */
static void bounds_links_that_grow(struct stage *s)
{
	char content[4096], path[4096];

	memset(content, 'y', sizeof(content));
	for (size_t i = 0; i < sizeof(content); i += 200)
		content[i] = '/';
	content[4000] = '\0';
	stage_link(s, content, "grows");
	memset(path, 'z', sizeof(path));
	memcpy(path, "/grows/", 7);
	path[207] = '\0';
	CHECK_INT(make(s, path), -ENAMETOOLONG);
}

static void top_directory_is_a_real_one(struct stage *s)
{
	int fd = path_open_top_directory(&s->init, s->init.root, "/proc");

	CHECK(fd >= 0 && stage_is_at(s, fd, "proc"));
	CHECK(stage_is_directory(s, "proc"));
	fd = path_open_top_directory(&s->init, s->init.root, "/proc");
	CHECK(fd >= 0 && stage_is_at(s, fd, "proc"));
}

static void refuse_top(struct stage *s, const char *path, int rc)
{
	stage_reset(s);
	CHECK_INT(path_open_top_directory(&s->init, s->init.root, path), rc);
	CHECK_INT(s->init.part, PART_NOT_A_DIRECTORY);
}

static void top_directory_is_no_symlink(struct stage *s)
{
	stage_mkdir(s, "tmp");
	stage_link(s, "tmp", "proc");
	stage_link(s, "missing", "sys");
	stage_file(s, "dev", "", 0644);
	refuse_top(s, "/proc", -ENOTDIR);
	refuse_top(s, "/sys", -ENOTDIR);
	refuse_top(s, "/dev", -ENOTDIR);
	CHECK_INT(stage_mode(s, "missing"), 0);
}

static void parent_and_name(struct stage *s)
{
	const char *name = NULL;
	int fd = path_open_parent(&s->init, s->init.root, "/dev/net/tun", &name);

	CHECK(fd >= 0 && stage_is_at(s, fd, "dev/net"));
	CHECK_TEXT(name, "tun");
	CHECK_INT(stage_mode(s, "dev/net/tun"), 0);
	fd = path_open_parent(&s->init, s->init.root, "/top", &name);
	CHECK(fd >= 0 && stage_is_at(s, fd, "."));
	CHECK_TEXT(name, "top");
	fd = path_open_parent(&s->init, s->init.root, "bare", &name);
	CHECK(fd >= 0 && stage_is_at(s, fd, "."));
	CHECK_TEXT(name, "bare");
	stage_link(s, "/elsewhere", "dev/link");
	fd = path_open_parent(&s->init, s->init.root, "/dev/link/x", &name);
	CHECK(fd >= 0 && stage_is_at(s, fd, "elsewhere"));
	CHECK_INT(path_open_parent(&s->init, s->init.root, "/dev/", &name), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(opens_what_exists),
		STAGE_TEST(stays_in_the_root),
		STAGE_TEST(refuses_magic_links),
		STAGE_TEST(makes_directories),
		STAGE_TEST(makes_files),
		STAGE_TEST(makes_what_dangling_links_mean),
		STAGE_TEST(makes_a_file_behind_a_dangling_link),
		STAGE_TEST(gives_up_on_loops),
		STAGE_TEST(follows_chains_as_far_as_the_kernel),
		STAGE_TEST(refuses_a_file_in_the_middle),
		STAGE_TEST(says_what_could_not_be_made),
		STAGE_TEST(refuses_what_is_too_long),
		STAGE_TEST(bounds_links_that_grow),
		STAGE_TEST(top_directory_is_a_real_one),
		STAGE_TEST(top_directory_is_no_symlink),
		STAGE_TEST(parent_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
