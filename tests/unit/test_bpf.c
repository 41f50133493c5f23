/*
 * test_bpf.c - loading a device filter. Attaching one, and what it does then, is in
 * test_cgroup_native.c. Skipped where bpf is not allowed.
 */
#include "sys/bpf.h"
#include "base/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct bpf_insn allow_all[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static char log_text[4096];

static int load(const struct bpf_insn *program, size_t count)
{
	int fd = bpf_load_device_filter(program, count, log_text, sizeof(log_text));

	if (fd == -EPERM) {
		print_message("bpf is not allowed here\n");
		skip();
	}
	return fd;
}

static void a_program_is_loaded_and_not_inherited(void **state)
{
	owned_fd fd = FD_NONE;

	(void)state;
	fd = load(allow_all, 2);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_string_equal(log_text, "");
}

static void a_bad_program_is_explained(void **state)
{
	(void)state;
	assert_int_equal(load(allow_all + 1, 1), -EACCES); /* returns a register never set */
	assert_non_null(strstr(log_text, "R0"));
}

static void what_is_no_cgroup_takes_no_program(void **state)
{
	owned_fd fd = FD_NONE;
	owned_fd directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	fd = load(allow_all, 2);
	assert_true(bpf_attach_device_filter(directory, fd) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_loaded_and_not_inherited),
		cmocka_unit_test(a_bad_program_is_explained),
		cmocka_unit_test(what_is_no_cgroup_takes_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
