/*
 * test_mount_options.c - every option of a mount: who has to act on it, and that later ones win.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/mount_options.h"

#include <linux/mount.h>

/* Propagation flags of mount(2), as a program has them. */
enum {
	SHARED = 1 << 20,
	SLAVE = 1 << 19,
	PRIVATE = 1 << 18,
	UNBINDABLE = 1 << 17,
	REC = 1 << 14,
};

#define ATIME MOUNT_ATTR__ATIME

/* What one option alone means; what is not named is 0. */
static const struct row {
	const char *option;
	uint64_t set, clear, set_all, clear_all, propagation;
	const char *flag;
	int bind; /* 1: bind, 2: rbind */
} rows[] = {
	{ .option = "defaults" },
	{ .option = "bind", .bind = 1 },
	{ .option = "rbind", .bind = 2 },
	{ .option = "ro", .set = MOUNT_ATTR_RDONLY },
	{ .option = "rw", .clear = MOUNT_ATTR_RDONLY },
	{ .option = "nosuid", .set = MOUNT_ATTR_NOSUID },
	{ .option = "suid", .clear = MOUNT_ATTR_NOSUID },
	{ .option = "nodev", .set = MOUNT_ATTR_NODEV },
	{ .option = "dev", .clear = MOUNT_ATTR_NODEV },
	{ .option = "noexec", .set = MOUNT_ATTR_NOEXEC },
	{ .option = "exec", .clear = MOUNT_ATTR_NOEXEC },
	{ .option = "nosymfollow", .set = MOUNT_ATTR_NOSYMFOLLOW },
	{ .option = "symfollow", .clear = MOUNT_ATTR_NOSYMFOLLOW },
	{ .option = "nodiratime", .set = MOUNT_ATTR_NODIRATIME },
	{ .option = "diratime", .clear = MOUNT_ATTR_NODIRATIME },
	{ .option = "relatime", .clear = ATIME },
	{ .option = "norelatime", .clear = ATIME },
	{ .option = "atime", .clear = ATIME },
	{ .option = "nostrictatime", .clear = ATIME },
	{ .option = "noatime", .set = MOUNT_ATTR_NOATIME, .clear = ATIME },
	{ .option = "strictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = ATIME },
	{ .option = "rro", .set_all = MOUNT_ATTR_RDONLY },
	{ .option = "rrw", .clear_all = MOUNT_ATTR_RDONLY },
	{ .option = "rnosuid", .set_all = MOUNT_ATTR_NOSUID },
	{ .option = "rsuid", .clear_all = MOUNT_ATTR_NOSUID },
	{ .option = "rnodev", .set_all = MOUNT_ATTR_NODEV },
	{ .option = "rdev", .clear_all = MOUNT_ATTR_NODEV },
	{ .option = "rnoexec", .set_all = MOUNT_ATTR_NOEXEC },
	{ .option = "rexec", .clear_all = MOUNT_ATTR_NOEXEC },
	{ .option = "rnosymfollow", .set_all = MOUNT_ATTR_NOSYMFOLLOW },
	{ .option = "rsymfollow", .clear_all = MOUNT_ATTR_NOSYMFOLLOW },
	{ .option = "rnodiratime", .set_all = MOUNT_ATTR_NODIRATIME },
	{ .option = "rdiratime", .clear_all = MOUNT_ATTR_NODIRATIME },
	{ .option = "rrelatime", .clear_all = ATIME },
	{ .option = "rnorelatime", .clear_all = ATIME },
	{ .option = "ratime", .clear_all = ATIME },
	{ .option = "rnostrictatime", .clear_all = ATIME },
	{ .option = "rnoatime", .set_all = MOUNT_ATTR_NOATIME, .clear_all = ATIME },
	{ .option = "rstrictatime", .set_all = MOUNT_ATTR_STRICTATIME, .clear_all = ATIME },
	{ .option = "private", .propagation = PRIVATE },
	{ .option = "rprivate", .propagation = PRIVATE | REC },
	{ .option = "shared", .propagation = SHARED },
	{ .option = "rshared", .propagation = SHARED | REC },
	{ .option = "slave", .propagation = SLAVE },
	{ .option = "rslave", .propagation = SLAVE | REC },
	{ .option = "unbindable", .propagation = UNBINDABLE },
	{ .option = "runbindable", .propagation = UNBINDABLE | REC },
	{ .option = "sync", .flag = "sync" },
	{ .option = "async" },
	{ .option = "dirsync", .flag = "dirsync" },
	{ .option = "lazytime", .flag = "lazytime" },
	{ .option = "nolazytime" },
	{ .option = "iversion" }, /* has no name for fsconfig: see below */
	{ .option = "noiversion" },
	{ .option = "mand", .flag = "mand" },
	{ .option = "nomand" },
	{ .option = "rsync", .flag = "sync" },
	{ .option = "rasync" },
	{ .option = "rdirsync", .flag = "dirsync" },
	{ .option = "rmand", .flag = "mand" },
	{ .option = "rnomand" },
	{ .option = "tmpcopyup" }, /* what these do: see special_options() */
	{ .option = "src-nofollow" },
	{ .option = "dest-nofollow" },
	{ .option = "copy-symlink" },
	{ .option = "idmap" },
	{ .option = "ridmap" },
	{ .option = "remount" },
	{ .option = "silent" },
	{ .option = "loud" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), MOST = 8 };

static struct arena arena;

/* Options separated by blanks. */
static struct mount_options read_options(const char *text)
{
	struct mount_options out;
	struct oci_strings list = { 0 };
	char *words = arena_strdup(&arena, text);

	list.items = arena_array(&arena, MOST, sizeof(*list.items));
	assert_non_null(list.items);
	for (char *word; (word = strsep(&words, " "));) {
		assert_true(list.count < MOST);
		if (*word)
			list.items[list.count++] = word;
	}
	assert_true(mount_options_read(&list, &arena, &out));
	return out;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct mount_options out = read_options(row->option);

	assert_int_equal(out.set, row->set);
	assert_int_equal(out.clear, row->clear);
	assert_int_equal(out.set_all, row->set_all);
	assert_int_equal(out.clear_all, row->clear_all);
	assert_int_equal(out.propagation, row->propagation);
	assert_int_equal(out.attr, row->set | row->set_all);
	assert_int_equal(out.bind, row->bind != 0);
	assert_int_equal(out.recursive, row->bind == 2);
	assert_int_equal(out.data_count, 0);
	assert_int_equal(out.flag_count, row->flag != NULL);
	if (row->flag)
		assert_string_equal(out.flags[0], row->flag);
}

static void special_options(void **state)
{
	struct mount_options out = read_options("ro");

	(void)state;
	assert_false(out.copy_up || out.link_source || out.link_target || out.copy_link);
	assert_null(out.idmap);
	out = read_options("tmpcopyup src-nofollow dest-nofollow copy-symlink");
	assert_true(out.copy_up && out.link_source && out.link_target && out.copy_link);
	out = read_options("ridmap idmap");
	assert_string_equal(out.idmap, "");
	assert_false(out.idmap_recursive);
	out = read_options("ridmap=uids=0-1-2;gids=0-1-2");
	assert_string_equal(out.idmap, "uids=0-1-2;gids=0-1-2");
	assert_true(out.idmap_recursive);
	assert_int_equal(out.data_count, 0);
	/* only these two take a value: others are for the filesystem */
	out = read_options("tmpcopyup=yes");
	assert_false(out.copy_up);
	assert_int_equal(out.data_count, 2);
}

/* `features` lists what tare knows: exactly the rows above. */
static void every_known_option_has_a_row(void **state)
{
	size_t count = 0;

	(void)state;
	for (const char *name; (name = mount_options_known(count)); count++) {
		size_t found = 0;

		for (size_t i = 0; i < ROWS; i++)
			found += strcmp(rows[i].option, name) == 0;
		if (found != 1)
			fail_msg("%s has %zu rows in this test", name, found);
	}
	assert_int_equal(count, ROWS);
	assert_null(mount_options_known(count + 1000));
}

static void no_options_at_all(void **state)
{
	struct mount_options out = read_options("");

	(void)state;
	assert_int_equal(out.set | out.clear | out.set_all | out.clear_all | out.attr, 0);
	assert_int_equal(out.propagation | out.flag_count | out.data_count, 0);
	assert_false(out.bind);
}

static void later_flags_win(void **state)
{
	struct mount_options out = read_options("ro nosuid rw");

	(void)state;
	assert_int_equal(out.set, MOUNT_ATTR_NOSUID);
	assert_int_equal(out.clear, MOUNT_ATTR_RDONLY);
	out = read_options("rw suid ro");
	assert_int_equal(out.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.clear, MOUNT_ATTR_NOSUID);
	out = read_options("rro rrw");
	assert_int_equal(out.set_all, 0);
	assert_int_equal(out.clear_all, MOUNT_ATTR_RDONLY);
	out = read_options("rrw rro");
	assert_int_equal(out.set_all, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.clear_all, 0);
}

/* A bind gets the flags of the tree first, then those of the top. */
static void later_flags_win_between_tree_and_top(void **state)
{
	struct mount_options out = read_options("rw rro");

	(void)state;
	assert_int_equal(out.set_all, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.clear, 0);
	assert_int_equal(out.attr, MOUNT_ATTR_RDONLY);
	out = read_options("ro rrw");
	assert_int_equal(out.clear_all, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.set, 0);
	assert_int_equal(out.attr, 0);
	out = read_options("rro rw"); /* all but the top */
	assert_int_equal(out.set_all, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.clear, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.attr, 0);
	out = read_options("rrw ro");
	assert_int_equal(out.clear_all, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(out.attr, MOUNT_ATTR_RDONLY);
}

/* The kernel takes one of the group, and wants the whole group cleared for it. */
static void one_of_the_atime_group(void **state)
{
	struct mount_options out = read_options("noatime strictatime");

	(void)state;
	assert_int_equal(out.set, MOUNT_ATTR_STRICTATIME);
	assert_int_equal(out.clear, ATIME);
	out = read_options("strictatime noatime relatime");
	assert_int_equal(out.set, 0);
	assert_int_equal(out.clear, ATIME);
	out = read_options("rnoatime rstrictatime nodiratime");
	assert_int_equal(out.set_all, MOUNT_ATTR_STRICTATIME);
	assert_int_equal(out.clear_all, ATIME);
	assert_int_equal(out.set, MOUNT_ATTR_NODIRATIME);
}

static void one_of_the_atime_group_for_tree_and_top(void **state)
{
	struct mount_options out = read_options("noatime rstrictatime");

	(void)state;
	assert_int_equal(out.attr, MOUNT_ATTR_STRICTATIME);
	assert_int_equal(out.set, 0);
	assert_int_equal(out.clear, 0);
	out = read_options("rstrictatime noatime");
	assert_int_equal(out.attr, MOUNT_ATTR_NOATIME);
	assert_int_equal(out.set, MOUNT_ATTR_NOATIME);
	assert_int_equal(out.clear, ATIME);
	out = read_options("rnoatime relatime");
	assert_int_equal(out.attr, 0);
	out = read_options("noatime rrelatime ro");
	assert_int_equal(out.attr, MOUNT_ATTR_RDONLY);
}

static void later_propagation_wins(void **state)
{
	(void)state;
	assert_int_equal(read_options("shared rprivate").propagation, PRIVATE | REC);
	assert_int_equal(read_options("rprivate shared").propagation, SHARED);
}

static void later_bind_wins(void **state)
{
	(void)state;
	assert_true(read_options("bind rbind").recursive);
	assert_false(read_options("rbind bind").recursive);
	assert_true(read_options("rbind bind").bind);
}

static void flags_of_the_filesystem(void **state)
{
	struct mount_options out = read_options("mand sync ro lazytime");

	(void)state;
	assert_int_equal(out.flag_count, 3);
	assert_int_equal(out.set, MOUNT_ATTR_RDONLY);
	assert_int_equal(read_options("sync sync").flag_count, 1);
	assert_int_equal(read_options("sync async").flag_count, 0);
	assert_int_equal(read_options("async sync").flag_count, 1);
	assert_int_equal(read_options("lazytime nolazytime").flag_count, 0);
	assert_int_equal(read_options("iversion noiversion").super, 0);
	assert_false(read_options("iversion noiversion").old_call);
	assert_true(read_options("sync iversion").old_call);
	assert_int_equal(read_options("sync iversion").super, MS_SYNCHRONOUS | MS_I_VERSION);
	assert_int_equal(read_options("dirsync mand lazytime").super,
			 MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME);
	assert_int_equal(read_options("mand nomand").flag_count, 0);
	assert_string_equal(read_options("sync dirsync async").flags[0], "dirsync");
}

/* What nobody knows here goes to the filesystem as it is. */
static void unknown_options_are_data(void **state)
{
	struct mount_options out =
	    read_options("size=64k newinstance ro lowerdir=/a=b:/c upperdir=");

	(void)state;
	assert_int_equal(out.data_count, 8);
	assert_string_equal(out.data[0], "size");
	assert_string_equal(out.data[1], "64k");
	assert_string_equal(out.data[2], "newinstance");
	assert_null(out.data[3]);
	assert_string_equal(out.data[4], "lowerdir");
	assert_string_equal(out.data[5], "/a=b:/c");
	assert_string_equal(out.data[6], "upperdir");
	assert_string_equal(out.data[7], "");
	assert_int_equal(out.set, MOUNT_ATTR_RDONLY);
}

/* Names are whole and exact. */
static void similar_names_are_data(void **state)
{
	struct mount_options out = read_options("RO ro=1 rox r no bind=");

	(void)state;
	assert_int_equal(out.data_count, 12);
	assert_int_equal(out.set | out.clear | out.set_all | out.clear_all, 0);
	assert_false(out.bind);
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(every_known_option_has_a_row),
		cmocka_unit_test(special_options),
		cmocka_unit_test(no_options_at_all),
		cmocka_unit_test(later_flags_win),
		cmocka_unit_test(later_flags_win_between_tree_and_top),
		cmocka_unit_test(one_of_the_atime_group),
		cmocka_unit_test(one_of_the_atime_group_for_tree_and_top),
		cmocka_unit_test(later_propagation_wins),
		cmocka_unit_test(later_bind_wins),
		cmocka_unit_test(flags_of_the_filesystem),
		cmocka_unit_test(unknown_options_are_data),
		cmocka_unit_test(similar_names_are_data),
	};
	struct CMUnitTest tests[ROWS];
	int failed;

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ rows[i].option, test_row, NULL, NULL,
						(void *)(uintptr_t)&rows[i] };
	failed = cmocka_run_group_tests_name("one option", tests, NULL, free_arena);
	return failed + cmocka_run_group_tests_name("several", others, NULL, free_arena);
}
