/*
 * test_seccomp_ranges.c - the layout in ranges answers as libseccomp's own filter does: random
 * profiles, every system call number, and arguments near all that the filter compares with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/seccomp_ranges.h"
#include "seccomp_interpreter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NUMBERS = 520, PROFILES = 60, X32 = 0x40000000 };

static const uint32_t actions[] = { SCMP_ACT_ALLOW,        SCMP_ACT_ERRNO(1), SCMP_ACT_ERRNO(38),
				    SCMP_ACT_KILL_PROCESS, SCMP_ACT_LOG,      SCMP_ACT_TRAP };

static uint32_t any_action(void)
{
	return actions[(size_t)random() % (sizeof(actions) / sizeof(actions[0]))];
}

static struct sock_filter *export(scmp_filter_ctx ctx, size_t *count)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	const int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t size;

	assert_true(fd >= 0);
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	size = pread(fd, insns, sizeof(insns), 0);
	close(fd);
	assert_true(size > 0 && size < (ssize_t)sizeof(insns));
	*count = (size_t)size / sizeof(insns[0]);
	return insns;
}

/* Runs of neighbours with one action, as profiles have them, and some conditions. */
static scmp_filter_ctx random_filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(any_action());
	const uint32_t usual = any_action();
	int number = (int)(random() % 5);

	assert_non_null(ctx);
	if (random() % 2)
		(void)seccomp_arch_add(ctx, SCMP_ARCH_X86);
	if (random() % 2)
		(void)seccomp_arch_add(ctx, SCMP_ARCH_X32);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, random() % 2 ? 2 : 1);
	for (; number < 450; number += random() % 8 ? 1 : 1 + (int)(random() % 20)) {
		const unsigned index = (unsigned)(random() % 6);
		const uint64_t value = (uint64_t)random() << (random() % 2 ? 8 : 0);

		if (random() % 20)
			(void)seccomp_rule_add(ctx, random() % 20 ? usual : any_action(), number,
					       0);
		else
			(void)seccomp_rule_add(
			    ctx, usual, number, 1,
			    SCMP_CMP64(index, SCMP_CMP_MASKED_EQ, 0xffff, value));
	}
	return ctx;
}

static uint64_t any_argument(const struct sock_filter *insns, size_t count)
{
	const uint64_t near = insns[(size_t)random() % count].k + (uint64_t)(random() % 3) - 1;

	return random() % 3 ? near : near << 32 | (uint32_t)random();
}

static void compare(const struct seccomp_filter *ours, const struct sock_filter *theirs,
		    size_t count)
{
	static const uint32_t archs[] = {
		AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64, 0, 1,
		UINT32_MAX
	};
	static const uint32_t bases[] = { 0,           X32,         0x7ffffe00u,
					  0x80000000u, 0xc0000000u, UINT32_MAX - NUMBERS };

	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]) * 6 * NUMBERS; i++) {
		struct seccomp_data data = {
			.arch = archs[i / NUMBERS / 6],
			.nr = (int)(bases[i / NUMBERS % 6] + i % NUMBERS),
		};
		uint32_t want;

		for (size_t a = 0; a < 6; a++)
			data.args[a] = any_argument(theirs, count);
		want = interpreter_run(theirs, count, &data, 0);
		if (interpreter_run(ours->insns, ours->count, &data, 0) != want)
			fail_msg("arch %#x nr %#x: not %#x", data.arch, (unsigned)data.nr, want);
	}
}

static void same_answers(void **state)
{
	size_t shorter = 0;

	(void)state;
	srandom(20261127);
	for (int i = 0; i < PROFILES; i++) {
		struct arena arena = { 0 };
		struct seccomp_filter filter = { 0 };
		scmp_filter_ctx ctx = random_filter();
		const struct sock_filter *theirs = export(ctx, &filter.count);
		const size_t count = filter.count;

		filter.insns = theirs;
		assert_int_equal(seccomp_ranges(&arena, &filter), 0);
		assert_true(filter.count <= count);
		shorter += filter.count < count;
		compare(&filter, theirs, count);
		seccomp_release(ctx);
		arena_free(&arena);
	}
	assert_true(shorter > PROFILES / 2);
}

/* What cannot be laid out stays as it is. */
static void others_stay(void **state)
{
	static const struct sock_filter filters[][4] = {
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1), /* odd ranges */
		  BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		  BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 2, 0, 1), /* architectures by order */
		  BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		  BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), BPF_STMT(BPF_MISC | BPF_TAX, 0),
		  BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 0,
			   1), /* other answers for every architecture */
		  BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct arena arena = { 0 };
		struct seccomp_filter filter = { .insns = filters[i], .count = 4 };

		assert_int_equal(seccomp_ranges(&arena, &filter), 0);
		assert_ptr_equal(filter.insns, filters[i]);
		assert_int_equal(filter.count, 4);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_answers),
		cmocka_unit_test(others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
