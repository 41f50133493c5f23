/*
 * test_cgroup_later.h - for tests of what a later tare does with the cgroup of a container:
 * processes that count the signals they get, in a cgroup that was opened by its record.
 */
#ifndef TEST_CGROUP_LATER_H
#define TEST_CGROUP_LATER_H

#include "cgroup_machine.h"

#include <poll.h>
#include <sys/eventfd.h>

static struct arena arena;

static inline void put(const char *path, const char *text)
{
	owned_fd fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static inline int later_clean(void **state)
{
	arena_free(&arena);
	arena = (struct arena)ARENA_INIT;
	return machine_clean(state);
}

static inline void succeeds(int rc, const struct fixture *f)
{
	if (rc != 0)
		fail_msg("%s", f->err.message);
}

static inline bool has_freezer(struct fixture *f, enum host_cgroup_mode mode)
{
	return mode == HOST_CGROUP_V2 || host_cgroups_find(&f->host, "freezer");
}

/* A container that has its cgroup, of which a later tare knows. */
static inline void begin_later(struct fixture *f, enum host_cgroup_mode mode, const char *path)
{
	struct oci_record_cgroup_list list;

	begin(f, mode, path);
	if (!has_freezer(f, mode)) {
		print_message("the freezer is not on v1 here\n");
		skip();
	}
	succeeds(cgroup_create(f->cgroup, NULL, &f->err), f);
	succeeds(cgroup_record(f->cgroup, &arena, &list, &f->err), f);
	cgroup_free(f->cgroup);
	unfinished = NULL;
	succeeds(cgroup_open(&list, &f->cgroup, &f->err), f);
	unfinished = f->cgroup;
}

static inline void finish(struct fixture *f)
{
	succeeds(cgroup_kill(f->cgroup, &f->err), f);
	while (wait(NULL) > 0)
		;
	succeeds(cgroup_remove(f->cgroup, &f->err), f);
	assert_gone(f);
	end(f);
}

static int counter; /* an eventfd */

static inline void count_one(int signal)
{
	(void)signal;
	(void)!write(counter, &(uint64_t){ 1 }, sizeof(uint64_t));
}

/* A process that counts its SIGUSR1s. Its handler is set before this returns. */
static inline pid_t start_counting(struct fixture *f)
{
	uint64_t ready;
	pid_t pid = fork_into(f);

	if (pid == 0) {
		(void)signal(SIGUSR1, count_one);
		count_one(0);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(counter, &ready, sizeof(ready)), sizeof(ready));
	succeeds(cgroup_add(f->cgroup, pid, &f->err), f);
	return pid;
}

static inline void await_count(uint64_t wanted)
{
	uint64_t value, total = 0;

	while (total < wanted) {
		assert_int_equal(read(counter, &value, sizeof(value)), sizeof(value));
		total += value;
	}
	assert_int_equal(total, wanted);
}

static inline bool nobody_counted(void)
{
	struct pollfd wait = { .fd = counter, .events = POLLIN };

	return poll(&wait, 1, 50) == 0;
}

static inline void assert_state(const struct fixture *f, bool frozen)
{
	if (f->host.mode == HOST_CGROUP_V2)
		assert_file(f, "", "cgroup.freeze", frozen ? "1" : "0");
	else
		assert_file(f, "freezer", "freezer.state", frozen ? "FROZEN" : "THAWED");
	assert_int_equal(cgroup_is_frozen(f->cgroup), frozen);
}

static inline int later_run(const struct CMUnitTest *tests, size_t count)
{
	counter = eventfd(0, EFD_CLOEXEC);
	return counter < 0 ? 1 : machine_run(tests, count);
}

#endif
