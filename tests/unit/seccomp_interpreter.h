/*
 * seccomp_interpreter.h - runs a seccomp filter on a struct seccomp_data, as the kernel would.
 *
 * Knows the instructions that filters are made of; anything else, a jump out of the program or an
 * end without a return fails the test.
 */
#ifndef TESTS_SECCOMP_INTERPRETER_H
#define TESTS_SECCOMP_INTERPRETER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t interpreter_jump(const struct sock_filter *insn, uint32_t acc)
{
	uint32_t k = insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return k;
	case BPF_JEQ:
		return acc == k ? insn->jt : insn->jf;
	case BPF_JGT:
		return acc > k ? insn->jt : insn->jf;
	case BPF_JGE:
		return acc >= k ? insn->jt : insn->jf;
	case BPF_JSET:
		return acc & k ? insn->jt : insn->jf;
	default:
		fail_msg("unknown jump %#x", insn->code);
		return 0;
	}
}

/*
 * The value returned, or `fallthrough` when the program is left at exactly its end (a prologue).
 */
static uint32_t interpreter_run(const struct sock_filter *insns, size_t count,
				const struct seccomp_data *data, uint32_t fallthrough)
{
	uint32_t acc = 0;
	size_t pc = 0;

	for (; pc < count; pc++) {
		const struct sock_filter *insn = &insns[pc];

		if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
			assert_true(insn->k % 4 == 0 && insn->k <= sizeof(*data) - sizeof(acc));
			memcpy(&acc, (const char *)data + insn->k, sizeof(acc));
		} else if (insn->code == (BPF_ALU | BPF_AND | BPF_K)) {
			acc &= insn->k;
		} else if (insn->code == (BPF_RET | BPF_K)) {
			return insn->k;
		} else {
			assert_int_equal(BPF_CLASS(insn->code), BPF_JMP);
			pc += interpreter_jump(insn, acc);
		}
	}
	assert_int_equal(pc, count);
	return fallthrough;
}

#endif
