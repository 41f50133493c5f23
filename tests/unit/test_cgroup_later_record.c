/*
 * test_cgroup_later_record.c - a container's cgroup as a later tare finds it: recorded as intended
 * and as made, opened again, removed or left alone, on the kernel's own cgroupfs; and damaged
 * records.
 */
#include "cgroup_machine.h"

#include "cgroup/trees.h"
#include "ocispec/read.h"
#include "ocispec/write.h"

static struct arena arena;

/* What a test that fails half-way would leave behind. */
static pid_t stranger;
static char leftovers[16][PATH_MAX];
static size_t leftover_count;

static int clean(void **state)
{
	int rc = machine_clean(state);

	arena_free(&arena);
	arena = (struct arena)ARENA_INIT;
	if (stranger > 0 && kill(stranger, SIGKILL) == 0)
		(void)waitpid(stranger, NULL, 0);
	stranger = 0;
	while (leftover_count > 0)
		(void)rmdir(leftovers[--leftover_count]);
	return rc;
}

#define RECORD_TEST(name) cmocka_unit_test_teardown(name, clean)

static struct oci_record_cgroup_list record(struct fixture *f)
{
	struct oci_record_cgroup_list list = { .count = 0 };

	assert_int_equal(cgroup_record(f->cgroup, &arena, &list, &f->err), 0);
	return list;
}

/* Another tare, which knows nothing but the record. */
static void become_later(struct fixture *f, const struct oci_record_cgroup_list *list)
{
	struct cgroup *later;

	if (cgroup_open(list, &later, &f->err) < 0)
		fail_msg("%s", f->err.message);
	cgroup_free(f->cgroup);
	f->cgroup = unfinished = later;
}

static void put(const struct fixture *f, const char *path, const char *file, const char *text)
{
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s%s/%s", f->host.v2_mount_point, path, file);
	owned_fd fd = open(name, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static bool exists(const struct fixture *f, const char *path)
{
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s%s", f->host.v2_mount_point, path);
	return access(name, F_OK) == 0;
}

static void make(const struct fixture *f, const char *path)
{
	char *name = leftovers[leftover_count];

	assert_true(leftover_count < sizeof(leftovers) / sizeof(leftovers[0]));
	(void)snprintf(name, PATH_MAX, "%s%s", f->host.v2_mount_point, path);
	assert_int_equal(mkdir(name, 0755), 0);
	leftover_count++;
}

static void take_away(const struct fixture *f, const char *path)
{
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s%s", f->host.v2_mount_point, path);
	assert_int_equal(rmdir(name), 0);
}

/* A process of somebody else's: its pid as text. */
static const char *fork_stranger(void)
{
	static char text[16];

	stranger = fork();
	if (stranger == 0) {
		for (;;)
			(void)pause();
	}
	assert_true(stranger > 0);
	(void)snprintf(text, sizeof(text), "%d", (int)stranger);
	return text;
}

/* ... in a v2 cgroup. */
static void start_stranger(const struct fixture *f, const char *path)
{
	put(f, path, "cgroup.procs", fork_stranger());
}

static void end_stranger(void)
{
	assert_int_equal(kill(stranger, SIGKILL), 0);
	assert_killed(stranger);
	stranger = 0;
}

/* Made by one tare, killed and removed by the next, in every hierarchy. */
static void later_life(enum host_cgroup_mode mode)
{
	struct oci_record_cgroup_list list;
	struct fixture f;
	char name[PATH_MAX];
	uint64_t count = 99;
	pid_t pid;

	begin(&f, mode, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	list = record(&f);
	assert_int_equal(list.count, f.host.v1_count + (f.host.v2_mount_point ? 1 : 0));
	for (size_t i = 0; i < list.count; i++) {
		assert_true(list.items[i].has_made && list.items[i].made);
		assert_true(list.items[i].has_kept);
	}
	pid = start_process(&f);
	become_later(&f, &list);
	assert_int_equal(cgroup_entrance(f.cgroup, 0, name) != NULL, f.host.v1_count > 0);
	assert_int_equal(cgroup_clone_fd(f.cgroup) >= 0, f.host.v2_mount_point != NULL);
	/* The controllers that a v2 tree has are asked of the kernel. */
	if (f.host.v2_mount_point)
		assert_non_null(trees_v2(f.cgroup)->controllers);
	if (host_cgroups_find(&f.host, "memory"))
		assert_int_equal(cgroup_oom_kills(f.cgroup, &count), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	become_later(&f, &list); /* deleted already: once more */
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

static void v1_is_found_again(void **state)
{
	(void)state;
	later_life(HOST_CGROUP_V1);
}

static void hybrid_is_found_again(void **state)
{
	(void)state;
	later_life(HOST_CGROUP_HYBRID);
}

static void v2_is_found_again(void **state)
{
	(void)state;
	later_life(HOST_CGROUP_V2);
}

static struct oci_record_cgroup_list through_file(struct oci_record_cgroup_list list)
{
	struct oci_record before = { .has_version = true,
				     .has_owner = true,
				     .oci_version = (char *)(uintptr_t) "1.3.0",
				     .id = id,
				     .bundle = (char *)(uintptr_t) "/b",
				     .created = (char *)(uintptr_t) "now",
				     .boot_id = (char *)(uintptr_t) "x",
				     .cgroups = list };
	struct oci_issues issues = { .count = 0 };
	struct oci_text text;
	void *after;

	assert_int_equal(oci_write(&arena, oci_record_type, &before, OCI_COMPACT, &text), 0);
	assert_int_equal(oci_read(&arena, oci_record_type, text, &after, &issues), 0);
	return ((struct oci_record *)after)->cgroups;
}

static void assert_same(const struct oci_record_cgroup_list *a,
			const struct oci_record_cgroup_list *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_string_equal(a->items[i].controllers, b->items[i].controllers);
		assert_string_equal(a->items[i].mount_point, b->items[i].mount_point);
		assert_string_equal(a->items[i].path, b->items[i].path);
		assert_int_equal(a->items[i].has_kept, b->items[i].has_kept);
		assert_int_equal(a->items[i].kept, b->items[i].kept);
		assert_int_equal(a->items[i].has_made, b->items[i].has_made);
		assert_int_equal(a->items[i].made, b->items[i].made);
		assert_int_equal(a->items[i].has_inode, b->items[i].has_inode);
		assert_int_equal(a->items[i].inode, b->items[i].inode);
	}
}

/* Written, read, opened and recorded again, it is the same: as an intention and as a fact. */
static void a_record_survives_the_state_file(void **state)
{
	struct oci_record_cgroup_list before, read, again;
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_HYBRID, NULL);
	before = record(&f);
	for (size_t i = 0; i < before.count; i++)
		assert_false(before.items[i].has_made);
	read = through_file(before);
	become_later(&f, &read);
	again = record(&f);
	assert_same(&before, &again);
	cgroup_free(f.cgroup);
	assert_int_equal(cgroup_locate(&f.host, NULL, id, &f.cgroup, &f.err), 0);
	unfinished = f.cgroup;
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	before = record(&f);
	read = through_file(before);
	become_later(&f, &read);
	again = record(&f);
	assert_same(&before, &again);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_gone(&f);
	assert_int_equal(record(&f).count, 0);
	end(&f);
}

static void an_intention_of_which_nothing_came_is_fine(void **state)
{
	struct oci_record_cgroup_list list;
	struct oci_pid_list pids;
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_HYBRID, NULL);
	list = record(&f);
	assert_gone(&f); /* a record makes nothing */
	become_later(&f, &list);
	assert_true(cgroup_is_none(f.cgroup));
	assert_false(cgroup_is_frozen(f.cgroup));
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &f.err), 0);
	assert_int_equal(pids.count, 0);
	assert_int_equal(cgroup_signal(f.cgroup, SIGTERM, &f.err), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	end(&f);
}

/* tare killed on its way down, at each directory of /KEPT/a/b/ID. */
static void an_intention_that_was_made_in_part_is_cleaned_up(void **state)
{
	const char *const parts[] = { "", "/a", "/a/b", "/a/b/leaf" };
	struct oci_record_cgroup_list list;
	char kept[64], path[128], part[128];
	struct fixture f;

	(void)state;
	(void)snprintf(kept, sizeof(kept), "/%s-kept", id);
	(void)snprintf(path, sizeof(path), "%s/a/b/leaf", kept);
	for (size_t made = 0; made < sizeof(parts) / sizeof(parts[0]); made++) {
		begin(&f, HOST_CGROUP_V2, path);
		make(&f, kept);
		list = record(&f);
		assert_int_equal(list.count, 1);
		assert_false(list.items[0].has_made);
		assert_int_equal(list.items[0].kept, strlen(kept));
		for (size_t i = 1; i <= made; i++) {
			(void)snprintf(part, sizeof(part), "%s%s", kept, parts[i]);
			make(&f, part);
		}
		become_later(&f, &list);
		/* Recorded again, it is what it was then. */
		assert_int_equal(record(&f).items[0].kept, strlen(kept));
		assert_true(record(&f).items[0].has_kept);
		assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
		(void)snprintf(part, sizeof(part), "%s/a", kept);
		assert_false(exists(&f, part));
		take_away(&f, kept);
		end(&f);
	}
}

/* It was there before, and empty: nothing tells that it is ours. */
static void an_intended_cgroup_that_existed_stays(void **state)
{
	struct oci_record_cgroup_list list;
	struct fixture f;
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-existing", id);
	begin(&f, HOST_CGROUP_V2, path);
	make(&f, path);
	list = record(&f);
	assert_false(list.items[0].has_kept);
	become_later(&f, &list);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	take_away(&f, path);
	end(&f);
}

/* Two containers, one path: who came second and was killed on the way harms nobody. */
static void an_intended_cgroup_of_another_is_left_alone(void **state)
{
	struct oci_record_cgroup_list list;
	struct oci_pid_list pids;
	struct fixture f;
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-theirs", id);
	begin(&f, HOST_CGROUP_V2, path);
	list = record(&f);
	assert_int_equal(list.items[0].kept, 0);
	assert_true(list.items[0].has_kept);
	make(&f, path);
	start_stranger(&f, path);
	become_later(&f, &list);
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &f.err), 0);
	assert_int_equal(pids.count, 0);
	assert_int_equal(cgroup_freeze(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_signal(f.cgroup, SIGTERM, &f.err), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_true(exists(&f, path));
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
	end_stranger();
	take_away(&f, path);
	end(&f);
}

/* An existing cgroup that the container was put into is emptied and stays. */
static void a_cgroup_that_existed_stays_later_too(void **state)
{
	struct oci_record_cgroup_list list;
	char path[64], child[96];
	struct fixture f;
	pid_t pid;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-existing", id);
	(void)snprintf(child, sizeof(child), "%s/child", path);
	begin(&f, HOST_CGROUP_V2, path);
	make(&f, path);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	list = record(&f);
	assert_true(list.items[0].has_made && !list.items[0].made);
	pid = start_process(&f);
	make(&f, child);
	become_later(&f, &list);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_false(exists(&f, child));
	take_away(&f, path);
	end(&f);
}

/* What others had below it before stays, with what is in there; what the container made goes. */
static void what_others_have_below_it_is_left_alone(void **state)
{
	struct oci_record_cgroup_list list;
	char path[64], theirs[96], deeper[128], ours[96];
	struct oci_pid_list pids;
	struct fixture f;
	pid_t pid;

	(void)state;
	(void)snprintf(path, sizeof(path), "/%s-existing", id);
	(void)snprintf(theirs, sizeof(theirs), "%s/theirs", path);
	(void)snprintf(deeper, sizeof(deeper), "%s/deeper", theirs);
	(void)snprintf(ours, sizeof(ours), "%s/ours", path);
	begin(&f, HOST_CGROUP_V2, path);
	make(&f, path);
	make(&f, theirs);
	make(&f, deeper);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	list = record(&f);
	list = through_file(list);
	assert_int_equal(list.items[0].others.count, 1);
	pid = start_process(&f);
	make(&f, ours);
	start_stranger(&f, deeper);
	become_later(&f, &list);
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &f.err), 0);
	assert_int_equal(pids.count, 1);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_killed(pid);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_false(exists(&f, ours));
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
	end_stranger();
	take_away(&f, deeper);
	take_away(&f, theirs);
	take_away(&f, path);
	end(&f);
}

static const char *name_in(const struct fixture *f, size_t i)
{
	static char name[PATH_MAX];
	const struct oci_record_cgroup_list list = record((struct fixture *)(uintptr_t)f);

	(void)snprintf(name, sizeof(name), "%s%s", list.items[i].mount_point, list.items[i].path);
	return name;
}

/* In each hierarchy: removed and made anew by somebody else, who has a process in it. */
static void taken_over(enum host_cgroup_mode mode)
{
	struct oci_record_cgroup_list list;
	struct oci_pid_list pids;
	const char *text;
	struct fixture f;

	begin(&f, mode, NULL);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	list = record(&f);
	list = through_file(list);
	text = fork_stranger();
	for (size_t i = 0; i < list.count; i++) {
		const char *name = name_in(&f, i);

		assert_int_equal(rmdir(name), 0);
		assert_int_equal(mkdir(name, 0755), 0);
		(void)snprintf(leftovers[leftover_count++], PATH_MAX, "%s", name);
		if (strstr(list.items[i].controllers, "cpuset"))
			continue; /* takes no process before it has processors */
		owned_fd dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		owned_fd fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	}
	become_later(&f, &list);
	assert_true(cgroup_is_none(f.cgroup));
	assert_int_equal(cgroup_pids(f.cgroup, &arena, &pids, &f.err), 0);
	assert_int_equal(pids.count, 0);
	assert_int_equal(cgroup_freeze(f.cgroup, &f.err), 0);
	assert_false(cgroup_is_frozen(f.cgroup));
	assert_int_equal(cgroup_signal(f.cgroup, SIGTERM, &f.err), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);
	end_stranger();
	while (leftover_count > 0) /* all of them are there */
		assert_int_equal(rmdir(leftovers[--leftover_count]), 0);
	end(&f);
}

static void v1_taken_over_is_left_alone(void **state)
{
	(void)state;
	taken_over(HOST_CGROUP_V1);
}

static void hybrid_taken_over_is_left_alone(void **state)
{
	(void)state;
	taken_over(HOST_CGROUP_HYBRID);
}

static void v2_taken_over_is_left_alone(void **state)
{
	(void)state;
	taken_over(HOST_CGROUP_V2);
}

/* A delete that was killed between the directory and its parent. */
static void parents_go_although_the_cgroup_has_gone(void **state)
{
	struct oci_record_cgroup_list list;
	char path[96], parent[64];
	struct fixture f;

	(void)state;
	(void)snprintf(parent, sizeof(parent), "/%s-parent", id);
	(void)snprintf(path, sizeof(path), "%s/leaf", parent);
	begin(&f, HOST_CGROUP_V2, path);
	assert_int_equal(cgroup_create(f.cgroup, NULL, &f.err), 0);
	list = record(&f);
	take_away(&f, path);
	become_later(&f, &list);
	assert_true(cgroup_is_none(f.cgroup));
	assert_int_equal(cgroup_freeze(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_thaw(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_kill(f.cgroup, &f.err), 0);
	assert_int_equal(cgroup_remove(f.cgroup, &f.err), 0);
	assert_false(exists(&f, parent));
	end(&f);
}

static int open_entry(struct oci_record_cgroup entry, struct error *err)
{
	const struct oci_record_cgroup_list list = { &entry, 1 };
	struct cgroup *cgroup;
	int rc;

	error_clear(err);
	rc = cgroup_open(&list, &cgroup, err);
	if (rc == 0)
		cgroup_free(cgroup);
	return rc;
}

static void damaged_records_are_refused(void **state)
{
	static const char *const bad_paths[] = { "",        "/",       "tare/x", "/tare//x",
						 "/a/../b", "/a/./b",  "/tare/", "/..",
						 "//",      "/tare/.." };
	struct oci_record_cgroup entry = { .controllers = (char *)(uintptr_t) "",
					   .has_made = true,
					   .made = true };
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	entry.mount_point = f.host.v2_mount_point;
	for (size_t i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++) {
		entry.path = (char *)(uintptr_t)bad_paths[i];
		assert_int_equal(open_entry(entry, &f.err), -EINVAL);
		assert_non_null(strstr(f.err.message, "is damaged"));
	}
	entry.path = (char *)(uintptr_t) "/not/there";
	assert_int_equal(open_entry(entry, &f.err), 0);
	entry.has_kept = true;
	entry.kept = 4;
	assert_int_equal(open_entry(entry, &f.err), 0);
	entry.kept = 3;
	assert_int_equal(open_entry(entry, &f.err), -EINVAL);
	entry.kept = 4000000000;
	assert_int_equal(open_entry(entry, &f.err), -EINVAL);
	entry.has_kept = false;
	entry.mount_point = (char *)(uintptr_t) "tmp";
	assert_int_equal(open_entry(entry, &f.err), -EINVAL);
	end(&f);
}

/* A mount point is taken for one only if the kernel says so. */
static void what_is_no_cgroup_filesystem_is_refused(void **state)
{
	struct oci_record_cgroup entry = { .controllers = (char *)(uintptr_t) "",
					   .path = (char *)(uintptr_t) "/victim",
					   .has_made = true,
					   .made = true };
	char victim[PATH_MAX];
	struct fixture f;

	(void)state;
	begin(&f, HOST_CGROUP_V2, NULL);
	(void)snprintf(victim, sizeof(victim), "%s/victim", scratch);
	assert_int_equal(mkdir(victim, 0755), 0);
	entry.mount_point = scratch;
	assert_int_equal(open_entry(entry, &f.err), -EMEDIUMTYPE);
	assert_int_equal(access(victim, F_OK), 0);
	entry.mount_point = f.host.v2_mount_point;
	entry.controllers = (char *)(uintptr_t) "freezer"; /* v2 is not v1 */
	assert_int_equal(open_entry(entry, &f.err), -EMEDIUMTYPE);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(v1_is_found_again),
		RECORD_TEST(hybrid_is_found_again),
		RECORD_TEST(v2_is_found_again),
		RECORD_TEST(a_record_survives_the_state_file),
		RECORD_TEST(an_intention_of_which_nothing_came_is_fine),
		RECORD_TEST(an_intention_that_was_made_in_part_is_cleaned_up),
		RECORD_TEST(an_intended_cgroup_that_existed_stays),
		RECORD_TEST(an_intended_cgroup_of_another_is_left_alone),
		RECORD_TEST(a_cgroup_that_existed_stays_later_too),
		RECORD_TEST(what_others_have_below_it_is_left_alone),
		RECORD_TEST(v1_taken_over_is_left_alone),
		RECORD_TEST(hybrid_taken_over_is_left_alone),
		RECORD_TEST(v2_taken_over_is_left_alone),
		RECORD_TEST(parents_go_although_the_cgroup_has_gone),
		RECORD_TEST(damaged_records_are_refused),
		RECORD_TEST(what_is_no_cgroup_filesystem_is_refused),
	};

	return machine_run(tests, sizeof(tests) / sizeof(tests[0]));
}
