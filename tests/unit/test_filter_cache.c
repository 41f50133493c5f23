/* test_filter_cache.c - compiled seccomp filters: what is found again, and what never is. */
#include "container/filter_cache.h"

#include "base/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct sock_filter insns[] = {
	{ 0x20, 0, 0, 4 },
	{ 0x15, 0, 1, 0xc000003e },
	{ 0x06, 0, 0, 0x7fff0000 },
	{ 0x06, 0, 0, 0 },
};

static const struct seccomp_filter filter = {
	.insns = insns, .count = 4, .flags = 4, .wants_listener = true
};

struct place {
	char path[32];
	int root;
	struct arena arena;
	struct seccomp_cache cache;
};

static struct oci_text text(const char *data)
{
	return (struct oci_text){ data, strlen(data) };
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->path, "/tmp/tare-filters-XXXXXX");
	assert_non_null(mkdtemp(p->path));
	p->root = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->root >= 0);
	p->cache = filter_cache(&p->root);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", p->path);
	assert_int_equal(system(command), 0);
	close_fd(&p->root);
	arena_free(&p->arena);
	free(p);
	return 0;
}

static bool load(struct place *p, const char *key, struct seccomp_filter *out)
{
	memset(out, 0, sizeof(*out));
	return p->cache.load(p->cache.context, text(key), &p->arena, out);
}

static bool is_there(struct place *p, const char *key)
{
	struct seccomp_filter out;

	return load(p, key, &out);
}

static void store(struct place *p, const char *key)
{
	p->cache.store(p->cache.context, text(key), &filter);
}

/* The only file of the cache, as a path. */
static void entry_path(struct place *p, char *out, size_t size)
{
	char command[96];
	FILE *list;

	(void)snprintf(command, sizeof(command), "find %s/.seccomp -type f", p->path);
	list = popen(command, "re");
	assert_non_null(list);
	assert_non_null(fgets(out, (int)size, list));
	assert_int_equal(pclose(list), 0);
	out[strcspn(out, "\n")] = '\0';
}

static void finds_what_was_stored(void **state)
{
	struct place *p = *state;
	struct seccomp_filter out;

	assert_false(is_there(p, "{\"a\":1}"));
	store(p, "{\"a\":1}");
	assert_true(load(p, "{\"a\":1}", &out));
	assert_int_equal(out.count, 4);
	assert_int_equal(out.flags, 4);
	assert_true(out.wants_listener);
	assert_memory_equal(out.insns, insns, sizeof(insns));
	assert_false(is_there(p, "{\"a\":2}"));
	assert_false(is_there(p, "{\"a\":1} "));
}

/* A hash only names the file: another profile under that name is not believed. */
static void compares_the_whole_profile(void **state)
{
	struct place *p = *state;
	char first[96], second[96];

	store(p, "first");
	entry_path(p, first, sizeof(first));
	assert_int_equal(rename(first, "/tmp/tare-filter-moved"), 0);
	store(p, "other");
	entry_path(p, second, sizeof(second));
	assert_int_equal(rename("/tmp/tare-filter-moved", second), 0);
	assert_false(is_there(p, "other"));
	store(p, "other");
	assert_true(is_there(p, "other"));
}

static void flip(const char *path, off_t at)
{
	owned_fd fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* Whichever byte of what decides is another one: nothing is loaded, and the next store mends it. */
static void believes_no_damaged_entry(void **state)
{
	struct place *p = *state;
	struct stat stat;
	char path[96];

	store(p, "profile");
	entry_path(p, path, sizeof(path));
	assert_int_equal(lstat(path, &stat), 0);
	for (off_t at = 0; at < stat.st_size; at++) {
		struct seccomp_filter out;

		flip(path, at);
		if (load(p, "profile", &out))
			fail_msg("byte %ld is not looked at", (long)at);
		flip(path, at);
	}
	assert_true(is_there(p, "profile"));
	assert_int_equal(truncate(path, stat.st_size - 1), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(truncate(path, 3), 0);
	assert_false(is_there(p, "profile"));
	store(p, "profile");
	assert_true(is_there(p, "profile"));
}

static void believes_nothing_of_others(void **state)
{
	struct place *p = *state;
	char path[96], dir[64];

	if (geteuid() != 0)
		skip();
	store(p, "profile");
	entry_path(p, path, sizeof(path));
	(void)snprintf(dir, sizeof(dir), "%s/.seccomp", p->path);
	assert_int_equal(chmod(path, 0620), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chown(path, 12345, 0), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(chown(path, 0, 0), 0);
	assert_true(is_there(p, "profile"));
	assert_int_equal(chmod(dir, 0702), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(chown(dir, 12345, 0), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(chown(dir, 0, 0), 0);
	assert_int_equal(rename(path, "/tmp/tare-filter-moved"), 0);
	assert_int_equal(symlink("/tmp/tare-filter-moved", path), 0);
	assert_false(is_there(p, "profile"));
	assert_int_equal(unlink("/tmp/tare-filter-moved"), 0);
}

static void stays_within_bounds(void **state)
{
	struct place *p = *state;
	char key[16], command[96];

	for (int i = 0; i < FILTER_CACHE_ENTRIES + 10; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		store(p, key);
	}
	assert_true(is_there(p, key));
	assert_false(is_there(p, "0"));
	(void)snprintf(command, sizeof(command), "[ $(ls -A %s/.seccomp | wc -l) = %d ]", p->path,
		       FILTER_CACHE_ENTRIES);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_what_was_stored, set_up, tear_down),
		cmocka_unit_test_setup_teardown(compares_the_whole_profile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(believes_no_damaged_entry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(believes_nothing_of_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stays_within_bounds, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
