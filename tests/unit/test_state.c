/* test_state.c - the journal of a container: what is read back after saves, and after broken ones.
 */
#include "base/fd.h"
#include "container/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct box {
	char root[64];
	struct state state;
	struct arena arena;
	struct error err;
};

static int make_box(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	(void)snprintf(box->root, sizeof(box->root), "/tmp/tare-state-XXXXXX");
	if (!mkdtemp(box->root))
		return -1;
	*state = box;
	return state_create(&box->state, box->root, "box", &box->err);
}

static int remove_box(void **state)
{
	struct box *box = *state;
	int rc = state_remove(&box->state, &box->err);

	arena_free(&box->arena);
	if (rmdir(box->root) < 0)
		rc = -1;
	free(box);
	return rc;
}

static struct oci_record record_of(pid_t pid)
{
	return (struct oci_record){
		.has_version = true,
		.version = STATE_RECORD_VERSION,
		.oci_version = (char *)"1.3.0",
		.id = (char *)"box",
		.bundle = (char *)"/bundle",
		.created = (char *)"2026-01-01T00:00:00Z",
		.has_owner = true,
		.boot_id = (char *)"boot",
		.has_pid = true,
		.pid = pid,
	};
}

static void save(struct box *box, struct state *state, pid_t pid)
{
	const struct oci_record record = record_of(pid);

	assert_int_equal(state_save(state, &record, &box->err), 0);
}

static pid_t loaded(struct box *box)
{
	struct oci_record *record = NULL;

	assert_int_equal(state_load(&box->state, &box->arena, &record, &box->err), 0);
	return record->pid;
}

/* What is in the file, as if a writer had been killed in the middle of a line. */
static void append(const struct box *box, const char *text)
{
	owned_fd fd =
	    openat(box->state.dir, "record.json", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void the_last_record_counts(void **state)
{
	struct box *box = *state;

	for (pid_t pid = 1; pid <= 3; pid++) {
		save(box, &box->state, pid);
		assert_int_equal(loaded(box), pid);
	}
}

static void a_line_that_was_not_finished_does_not_count(void **state)
{
	struct box *box = *state;

	save(box, &box->state, 7);
	append(box, "{\"version\":1,\"ociVersion\":\"1.3");
	assert_int_equal(loaded(box), 7);
}

static void a_journal_without_a_whole_line_is_none(void **state)
{
	struct box *box = *state;
	struct oci_record *record = NULL;

	append(box, "{\"version\":1");
	assert_int_equal(state_load(&box->state, &box->arena, &record, &box->err), -ENOENT);
	assert_null(record);
}

static void a_later_process_replaces_what_is_there(void **state)
{
	struct box *box = *state;
	struct state later;

	save(box, &box->state, 1);
	append(box, "half of a li");
	assert_int_equal(state_open(&later, box->root, "box", &box->err), 0);
	save(box, &later, 2);
	state_close(&later);
	assert_int_equal(loaded(box), 2);
}

static void a_damaged_record_is_told(void **state)
{
	struct box *box = *state;
	struct oci_record *record = NULL;

	append(box, "{\"version\":true}\n");
	assert_int_equal(state_load(&box->state, &box->arena, &record, &box->err), -EINVAL);
	assert_non_null(strstr(box->err.message, "damaged"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_box, remove_box)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_record_counts),
		TEST(a_line_that_was_not_finished_does_not_count),
		TEST(a_journal_without_a_whole_line_is_none),
		TEST(a_later_process_replaces_what_is_there),
		TEST(a_damaged_record_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
