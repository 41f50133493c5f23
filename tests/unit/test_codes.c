/* The table of error codes: its names, that rules and steps are in it, and how codes are found. */
#include "base/codes.h"
#include "base/codes_refine.h"
#include "base/error.h"
#include "check/check.h"
#include "cli/colour.h"
#include "compile/program.h"
#include "container/hints.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const ids[] = {
	"NONE",
#define CODE(id, name, title, text, advice) #id,
#include "base/codes_config.def"
#include "base/codes_run.def"
#undef CODE
};

static void names_are_those_of_the_ids(void **state)
{
	(void)state;
	for (size_t i = CODE_NONE + 1; i < CODE_COUNT; i++) {
		const char *name = codes_at((enum error_code)i)->name;

		assert_int_equal(strlen(name), strlen(ids[i]));
		for (size_t c = 0; name[c]; c++)
			assert_int_equal(
			    name[c], ids[i][c] == '_' ? '-' : tolower((unsigned char)ids[i][c]));
		assert_int_equal(codes_find(name), i);
	}
	assert_int_equal(codes_find("no-such-code"), CODE_NONE);
	assert_int_equal(codes_find(""), CODE_NONE);
	assert_string_equal(codes_at(CODE_NONE)->name, "");
	assert_string_equal(codes_at(CODE_COUNT)->name, "");
}

/* What people read: sentences, and nothing that an engine takes for something else. */
static void texts_are_sentences(void **state)
{
	(void)state;
	for (size_t i = CODE_NONE + 1; i < CODE_COUNT; i++) {
		const struct code *code = codes_at((enum error_code)i);

		assert_true(strlen(code->title) > 10 && strlen(code->title) < 80);
		assert_true(code->title[strlen(code->title) - 1] != '.');
		assert_true(code->text[strlen(code->text) - 1] == '.');
		assert_true(code->advice[strlen(code->advice) - 1] == '.');
		assert_null(strstr(code->text, "  "));
		assert_null(strstr(code->advice, "  "));
	}
}

static void each_rule_has_a_code(void **state)
{
	const char *section = NULL, *name = NULL;

	(void)state;
	for (size_t i = 0; (name = check_rule(i, &section)) != NULL; i++) {
		if (codes_find(name) == CODE_NONE)
			fail_msg("no row in src/base/codes_config.def for the rule %s", name);
	}
}

static enum error_code of(enum error_code family, int errnum, const char *syscall,
			  const char *pointer)
{
	const struct codes_failure failure = { family, errnum, syscall, pointer };

	return codes_refine(&failure);
}

static void the_most_precise_code_counts(void **state)
{
	(void)state;
	assert_int_equal(of(CODE_CGROUP, EACCES, "mkdir", ""), CODE_CGROUP_PERMISSION);
	assert_int_equal(of(CODE_CGROUP, EACCES, "write", ""), CODE_CGROUP);
	assert_int_equal(of(CODE_CGROUP, EINVAL, "write", "/linux/resources/memory/limit"),
			 CODE_CGROUP_VALUE);
	assert_int_equal(of(CODE_CGROUP, EINVAL, "write", "/linux/resourcesX"), CODE_CGROUP);
	assert_int_equal(of(CODE_STATE, ENOENT, "", ""), CODE_CONTAINER_MISSING);
	assert_int_equal(of(CODE_STATE, ENOSPC, "write", ""), CODE_NO_SPACE);
	assert_int_equal(of(CODE_SYSTEM, EMFILE, "open", ""), CODE_TOO_MANY_FILES);
	assert_int_equal(of(CODE_SYSTEM, EINVAL, "open", ""), CODE_SYSTEM);
}

static void errors_carry_codes(void **state)
{
	struct error err;

	(void)state;
	error_clear(&err);
	assert_int_equal(err.code, CODE_NONE);
	(void)error_set_as(&err, (struct error_kind){ CODE_STATE, EEXIST }, NULL, "x");
	assert_int_equal(err.code, CODE_CONTAINER_EXISTS);
	error_refine(&err, CODE_NONE);
	assert_int_equal(err.code, CODE_CONTAINER_EXISTS);
	error_refine(&err, CODE_STATE_DAMAGED);
	assert_int_equal(err.code, CODE_STATE_DAMAGED);
	(void)error_sys_as(&err, (struct error_kind){ CODE_CGROUP, EPERM }, "bpf", NULL, "x");
	assert_int_equal(err.code, CODE_DEVICE_FILTER);
	error_refine(NULL, CODE_STATE);
	assert_int_equal(error_set_as(NULL, (struct error_kind){ CODE_STATE, EEXIST }, NULL, "x"),
			 -EEXIST);
}

static enum error_code of_step(uint32_t kind, uint32_t part, int errnum)
{
	struct report report = { .part = part, .errnum = errnum };
	struct hint_step step = { kind, &report, "" };
	struct error err;

	error_clear(&err);
	hints_add_step(&step, &err);
	return err.code;
}

static void each_step_has_a_code(void **state)
{
	(void)state;
	for (uint32_t kind = STEP_NONE + 1; kind < STEP_COUNT; kind++)
		assert_int_not_equal(of_step(kind, PART_NONE, EIO), CODE_NONE);
	assert_int_equal(of_step(STEP_MOUNT, PART_SET_OPTION, EINVAL), CODE_MOUNT_OPTION_REFUSED);
	assert_int_equal(of_step(STEP_MOUNT, PART_ATTACH, EIO), CODE_MOUNT);
	assert_int_equal(of_step(STEP_SYSCTL, PART_NOT_A_DIRECTORY, ENOTDIR), CODE_PATH_UNSAFE);
	assert_int_equal(of_step(STEP_FIND, PART_NOT_FOUND, ENOENT), CODE_PROGRAM_NOT_FOUND);
	assert_int_equal(of_step(STEP_EXEC, PART_NONE, EACCES), CODE_PROGRAM_NOT_EXECUTABLE);
	assert_int_equal(of_step(UINT32_MAX, PART_NONE, EIO), CODE_SETUP);
}

static void expect_painted(const char *plain, const char *expected)
{
	struct buffer text, out;

	buffer_clear(&text);
	assert_true(buffer_add(&text, plain));
	assert_true(colour_paint(&text, &out));
	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, strlen(expected));
}

static void labels_are_painted(void **state)
{
	(void)state;
	expect_painted("tare: run failed: a: b\n  hint:   c: d\n  other: e\n  see:    f\n",
		       "\033[1;31mtare:\033[0m run failed: a: b\n"
		       "\033[1m  hint:\033[0m   c: d\n  other: e\n\033[1m  see:\033[0m    f\n");
	expect_painted("tare: warning: x\n", "\033[1;33mtare:\033[0m warning: x\n");
	expect_painted("no label", "no label");
	expect_painted("", "");
}

static void what_does_not_fit_stays_plain(void **state)
{
	struct buffer text, out;

	(void)state;
	buffer_clear(&text);
	memset(text.data, 'x', BUFFER_SIZE - 1);
	memcpy(text.data, "tare: ", 6);
	text.data[BUFFER_SIZE - 1] = '\0';
	text.len = BUFFER_SIZE - 1;
	assert_false(colour_paint(&text, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_ids),
		cmocka_unit_test(texts_are_sentences),
		cmocka_unit_test(each_rule_has_a_code),
		cmocka_unit_test(the_most_precise_code_counts),
		cmocka_unit_test(errors_carry_codes),
		cmocka_unit_test(each_step_has_a_code),
		cmocka_unit_test(labels_are_painted),
		cmocka_unit_test(what_does_not_fit_stays_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
