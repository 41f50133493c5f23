/*
 * test_program.c - the builder of programs: references, lists, iteration, the limit of its size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/print.h"
#include "compile/program.h"

#include <errno.h>

enum { LIMIT = 128 * 1024 * 1024 };

static int make(void **state)
{
	struct program *program = calloc(1, sizeof(*program));
	struct error err;

	*state = program;
	return program ? program_init(program, &err) : -1;
}

static int destroy(void **state)
{
	program_free(*state);
	free(*state);
	return 0;
}

static void finish(struct program *program, bool trace)
{
	struct error err;

	assert_int_equal(program_finish(program, trace, &err), 0);
}

static const struct program_header *header_of(const struct program *program)
{
	return (const void *)program->base;
}

static void empty(void **state)
{
	struct program *program = *state;

	finish(program, false);
	assert_null(program_first(program));
	assert_int_equal(header_of(program)->magic, PROGRAM_MAGIC);
	assert_int_equal(header_of(program)->version, PROGRAM_VERSION);
	assert_int_equal(header_of(program)->step_count, 0);
	assert_int_equal(header_of(program)->size, sizeof(struct program_header));
}

/* Descriptors are missing until the host opens them: 0 would be a terminal. */
static void fields_start_unset(void **state)
{
	struct program *program = *state;

	for (uint32_t kind = STEP_NONE + 1; kind < STEP_COUNT; kind++) {
		const struct step *step = program_add(program, kind, NULL);
		const struct program_field *field = program_fields(kind);
		const uint64_t *value = (const void *)(step + 1);

		assert_int_equal(step->kind, kind);
		assert_int_equal(step->index, kind - 1);
		assert_int_equal(step->origin, 0);
		for (; field->name; field++, value++)
			assert_int_equal(*value, field->kind == FIELD_FD ? UINT64_MAX : 0);
		assert_int_equal((const char *)value - (const char *)step, step->size);
	}
}

static void steps_follow_one_another(void **state)
{
	struct program *program = *state;
	struct step *steps[101];
	const struct step *s;
	size_t i = 0;

	for (i = 0; i < 100; i++) {
		struct step_hostname *step = program_add(program, STEP_HOSTNAME, "/hostname");

		/* of every length, so that alignment is not by chance */
		step->hostname = program_data(program, "0123456789abcdef", i % 17);
		steps[i] = &step->head;
		if (i % 3 == 0)
			steps[++i] = program_add(program, STEP_HIDE, NULL);
	}
	finish(program, false);
	i = 0;
	for (s = program_first(program); s; s = program_next(program, s), i++) {
		assert_ptr_equal(s, steps[i]);
		assert_int_equal(s->index, i);
		assert_int_equal(s->size % 8, 0);
		assert_int_equal(program_offset(program, s) % 8, 0);
	}
	assert_int_equal(i, header_of(program)->step_count);
}

static void strings(void **state)
{
	struct program *program = *state;
	struct step_bind *step = program_add(program, STEP_BIND, "/mounts/0");

	step->source = program_str(program, "/a source");
	step->target = program_str(program, "");
	assert_int_equal(step->source.length, 9);
	assert_string_equal(program_text(program, step->source), "/a source");
	assert_string_equal(program_text(program, step->target), "");
	assert_int_not_equal(step->target.offset, 0); /* an empty text is one, and no missing one */
	step->target = program_str(program, NULL);
	assert_int_equal(step->target.offset, 0);
	assert_string_equal(program_text(program, step->target), "");
	assert_string_equal(program_origin(program, &step->head), "/mounts/0");
}

static void origins(void **state)
{
	struct program *program = *state;
	const struct step *of_the_runtime = program_add(program, STEP_HIDE, NULL);
	const struct step *of_the_document = program_add(program, STEP_HIDE, "");

	assert_string_equal(program_origin(program, of_the_runtime), "");
	assert_string_equal(program_origin(program, of_the_document), "");
}

static void data_of_any_bytes(void **state)
{
	static const unsigned char bytes[] = { 0, 1, 0xff, 0, 7 };
	struct program *program = *state;
	struct step_groups *step = program_add(program, STEP_GROUPS, NULL);

	step->gids = program_data(program, bytes, sizeof(bytes));
	assert_int_equal(step->gids.length, sizeof(bytes));
	assert_memory_equal(program->base + step->gids.offset, bytes, sizeof(bytes));
	step->gids = program_data(program, NULL, 0);
	assert_int_equal(step->gids.length, 0);
	assert_int_not_equal(step->gids.offset, 0);
}

static void lists(void **state)
{
	static const char *const items[] = { "key", "value", "flag", NULL, "" };
	struct program *program = *state;
	struct step_mount *step = program_add(program, STEP_MOUNT, NULL);
	uint64_t behind;

	step->options = program_list(program, items, 5);
	assert_int_equal(step->options.length, 5);
	assert_string_equal(program_entry(program, step->options, 0), "key");
	assert_string_equal(program_entry(program, step->options, 1), "value");
	assert_string_equal(program_entry(program, step->options, 2), "flag");
	assert_null(program_entry(program, step->options, 3));
	assert_string_equal(program_entry(program, step->options, 4), "");
	/* execve() wants a NULL behind the last: tare-init makes pointers of the entries in place
	 */
	memcpy(&behind, program->base + step->options.offset + 5 * sizeof(behind), sizeof(behind));
	assert_int_equal(behind, 0);
	assert_int_equal(step->options.offset % 8, 0);
}

static void an_empty_list(void **state)
{
	struct program *program = *state;
	struct step_exec *step = program_add(program, STEP_EXEC, NULL);
	uint64_t first;

	step->env = program_list(program, NULL, 0);
	assert_int_equal(step->env.length, 0);
	assert_int_not_equal(step->env.offset, 0);
	memcpy(&first, program->base + step->env.offset, sizeof(first));
	assert_int_equal(first, 0);
}

static void references_to_steps(void **state)
{
	struct program *program = *state;
	struct step_mount *mount;
	struct step_mask *mask;

	(void)program_add(program, STEP_HIDE, NULL);
	mount = program_add(program, STEP_MOUNT, NULL);
	mask = program_add(program, STEP_MASK, NULL);
	mask->base = program_offset(program, mount);
	assert_int_not_equal(mask->base, 0); /* 0 means none: the header lies there */
	assert_ptr_equal(program->base + mask->base, mount);
}

static void room_for_times(void **state)
{
	struct program *program = *state;
	const struct program_header *header = header_of(program);

	for (int i = 0; i < 3; i++)
		(void)program_add(program, STEP_HIDE, NULL);
	finish(program, true);
	assert_int_equal(header->times, header->steps_end);
	assert_int_equal(header->size, header->steps_end + 3 * sizeof(struct program_time));
	assert_int_equal(header->times % 8, 0);
}

static void no_room_for_times_without_trace(void **state)
{
	struct program *program = *state;

	(void)program_add(program, STEP_HIDE, NULL);
	finish(program, false);
	assert_int_equal(header_of(program)->times, 0);
	assert_int_equal(header_of(program)->size, header_of(program)->steps_end);
}

/* Too much for one block: an error at the end, and until then nobody writes outside of it. */
static void expect_overflow(struct program *program)
{
	struct step_hostname *step;
	struct error err;

	assert_true(program->overflow);
	assert_true(program->used <= LIMIT);
	step = program_add(program, STEP_HOSTNAME, "/hostname");
	step->hostname = program_str(program, "more");
	(void)program_add(program, STEP_HIDE, "/hidden");
	assert_int_equal(program_finish(program, true, &err), -E2BIG);
	assert_int_equal(err.errnum, E2BIG);
	assert_non_null(strstr(err.message, "128 MiB"));
}

static void too_many_steps(void **state)
{
	struct program *program = *state;
	char *origin = calloc(1, 1024 * 1024 + 1);

	assert_non_null(origin);
	memset(origin, 'o', 1024 * 1024);
	for (int i = 0; i < 200; i++)
		(void)program_add(program, STEP_HIDE, origin);
	free(origin);
	expect_overflow(program);
}

static void too_large_a_list(void **state)
{
	struct program *program = *state;
	const size_t count = 20 * 1000 * 1000;
	const char **items = calloc(count, sizeof(*items));
	struct step_exec *step = program_add(program, STEP_EXEC, NULL);

	assert_non_null(items);
	step->argv = program_list(program, items, count);
	assert_int_equal(step->argv.offset, 0);
	assert_int_equal(step->argv.length, 0);
	free(items);
	expect_overflow(program);
}

static void a_list_whose_strings_do_not_fit(void **state)
{
	enum { COUNT = 40, LENGTH = 4 * 1024 * 1024 };
	struct program *program = *state;
	char *text = calloc(1, LENGTH + 1);
	const char *items[COUNT];
	struct step_exec *step = program_add(program, STEP_EXEC, NULL);

	assert_non_null(text);
	memset(text, 't', LENGTH);
	for (size_t i = 0; i < COUNT; i++)
		items[i] = text;
	step->argv = program_list(program, items, COUNT);
	free(text);
	expect_overflow(program);
}

static void sizes_that_wrap_around(void **state)
{
	struct program *program = *state;
	struct step_groups *step = program_add(program, STEP_GROUPS, NULL);

	step->gids = program_list(program, NULL, SIZE_MAX / sizeof(uint64_t));
	assert_int_equal(step->gids.offset, 0);
	expect_overflow(program);
}

/* A block that is full to the last byte is still right; with times it is not. */
static void exactly_full(void **state)
{
	struct program *program = *state;
	struct step_groups *step = program_add(program, STEP_GROUPS, NULL);
	const size_t size = LIMIT - program->used - 1;
	char *bytes = calloc(1, size);
	struct error err;

	assert_non_null(bytes);
	step->gids = program_data(program, bytes, size);
	free(bytes);
	assert_int_equal(step->gids.length, size);
	assert_int_equal(program->used, LIMIT);
	assert_int_equal(program_finish(program, false, &err), 0);
	assert_int_equal(program_finish(program, true, &err), -E2BIG);
}

static void names_of_steps(void **state)
{
	(void)state;
	assert_string_equal(program_step_name(STEP_DEVICE_BIND), "device_bind");
	assert_string_equal(program_step_title(STEP_MOUNT), "mount a filesystem");
	for (uint32_t kind = STEP_NONE + 1; kind < STEP_COUNT; kind++) {
		assert_string_not_equal(program_step_name(kind), "unknown");
		assert_true(program_step_title(kind)[0] >= 'a' &&
			    program_step_title(kind)[0] <= 'z');
	}
	assert_string_equal(program_step_name(STEP_NONE), "unknown");
	assert_string_equal(program_step_name(STEP_COUNT), "unknown");
	assert_string_equal(program_step_title(UINT32_MAX), "unknown step");
}

/* ---- as text */

static void check_text(const struct program *program, const char *want)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print_steps(program, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, want);
	free(text);
}

/* What the config says goes to a terminal: no control character may. */
static void text_is_safe_to_print(void **state)
{
	struct program *program = *state;
	struct step_sysctl *step = program_add(program, STEP_SYSCTL, "/linux/sysctl/x");

	step->key = program_str(program, "\x1b]0;title\x07\r\x7f");
	step->value = program_str(program, "a\"b\\c\nd");
	finish(program, false);
	check_text(program, "   1  sysctl         key=\"\\u001b]0;title\\u0007\\u000d\\u007f\" "
			    "value=\"a\\\"b\\\\c\\nd\"  <- /linux/sysctl/x\n");
}

static void text_of_references(void **state)
{
	struct program *program = *state;
	struct step_mount *mount = program_add(program, STEP_MOUNT, NULL);
	struct step_mask *mask;

	mount->options = program_list(program, (const char *const[]){ "a", NULL }, 2);
	mask = program_add(program, STEP_MASK, NULL);
	mask->base = program_offset(program, mount);
	finish(program, false);
	check_text(program, "   1  mount          options=[\"a\" -]\n"
			    "   2  mask           base=#1\n");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(empty),
		WITH(fields_start_unset),
		WITH(steps_follow_one_another),
		WITH(strings),
		WITH(origins),
		WITH(data_of_any_bytes),
		WITH(lists),
		WITH(an_empty_list),
		WITH(references_to_steps),
		WITH(room_for_times),
		WITH(no_room_for_times_without_trace),
		WITH(too_many_steps),
		WITH(too_large_a_list),
		WITH(a_list_whose_strings_do_not_fit),
		WITH(sizes_that_wrap_around),
		WITH(exactly_full),
		cmocka_unit_test(names_of_steps),
		WITH(text_is_safe_to_print),
		WITH(text_of_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
