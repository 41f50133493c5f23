/*
 * seccomp_prologue.c - see seccomp_prologue.h.
 *
 * One section per architecture of the kernel (x86-64 and x32 share one): is it this architecture;
 * load the number; is it above the last; is it a call with conditions. A section ends by a jump to
 * the filter behind the prologue. Inside a section the accumulator holds the number.
 */
#include "compile/seccomp_prologue.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#define X32_BIT    0x40000000u
#define TO_FILTER  UINT32_MAX /* a distance that is known only at the end */
#define TO_NO      255        /* the same within the code of a rule: it does not match */
#define RET_ENOSYS (SECCOMP_RET_ERRNO | ENOSYS)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF  0
#define HIGH_HALF 4
#else
#define LOW_HALF  4
#define HIGH_HALF 0
#endif

struct build {
	struct seccomp_prologue *to;
	const struct seccomp_calls *calls;
	const struct seccomp_abis *abis;
	bool enosys;
};

/* Where the instruction is. When there is no room the last one serves for all: it never runs. */
static size_t emit(struct seccomp_prologue *to, struct sock_filter insn)
{
	to->full = to->full || to->count == BPF_MAXINSNS;
	if (to->full)
		return to->count - 1;
	to->insns[to->count] = insn;
	return to->count++;
}

static void emit_load(struct seccomp_prologue *to, size_t offset)
{
	emit(to, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static size_t emit_test(struct seccomp_prologue *to, uint16_t test, uint32_t value, uint8_t yes,
			uint8_t no)
{
	uint16_t code = (uint16_t)(BPF_JMP | BPF_K | test);

	return emit(to, (struct sock_filter)BPF_JUMP(code, value, yes, no));
}

static size_t emit_jump(struct seccomp_prologue *to, uint32_t distance)
{
	return emit(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, distance, 0, 0));
}

static void emit_return(struct seccomp_prologue *to, uint32_t action)
{
	emit(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Let an earlier jump arrive here. */
static void land(struct seccomp_prologue *to, size_t jump)
{
	to->insns[jump].k = (uint32_t)(to->count - jump - 1);
}

/* GT or GE; `yes` and `no` swapped make LE and LT of them. The distances count from the end. */
static void emit_order(struct seccomp_prologue *to, const struct oci_syscall_arg *arg, bool wide,
		       uint16_t test)
{
	bool less = arg->op == OCI_SECCOMP_OPERATOR_LT || arg->op == OCI_SECCOMP_OPERATOR_LE;
	size_t offset = offsetof(struct seccomp_data, args) + (size_t)8 * arg->index;
	uint32_t high = (uint32_t)(arg->value >> 32);

	if (wide) {
		emit_load(to, offset + HIGH_HALF);
		emit_test(to, BPF_JGT, high, less ? TO_NO : 3, 0);
		emit_test(to, BPF_JEQ, high, 0, less ? 2 : TO_NO);
	}
	emit_load(to, offset + LOW_HALF);
	emit_test(to, test, (uint32_t)arg->value, less ? TO_NO : 0, less ? 0 : TO_NO);
}

static void emit_not_equal(struct seccomp_prologue *to, const struct oci_syscall_arg *arg,
			   bool wide)
{
	size_t offset = offsetof(struct seccomp_data, args) + (size_t)8 * arg->index;

	if (wide) {
		emit_load(to, offset + HIGH_HALF);
		emit_test(to, BPF_JEQ, (uint32_t)(arg->value >> 32), 0, 2);
	}
	emit_load(to, offset + LOW_HALF);
	emit_test(to, BPF_JEQ, (uint32_t)arg->value, TO_NO, 0);
}

static void emit_half(struct seccomp_prologue *to, size_t offset, uint32_t mask, uint32_t value)
{
	emit_load(to, offset);
	if (mask != UINT32_MAX)
		emit(to, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
	emit_test(to, BPF_JEQ, value & mask, 0, TO_NO);
}

static void emit_equal(struct seccomp_prologue *to, const struct oci_syscall_arg *arg, bool wide)
{
	bool masked = arg->op == OCI_SECCOMP_OPERATOR_MASKED_EQ;
	size_t offset = offsetof(struct seccomp_data, args) + (size_t)8 * arg->index;
	uint64_t mask = masked ? arg->value : UINT64_MAX;
	uint64_t value = masked ? arg->value_two : arg->value;

	if (wide)
		emit_half(to, offset + HIGH_HALF, (uint32_t)(mask >> 32), (uint32_t)(value >> 32));
	emit_half(to, offset + LOW_HALF, (uint32_t)mask, (uint32_t)value);
}

static void emit_condition(struct seccomp_prologue *to, const struct oci_syscall_arg *arg,
			   bool wide)
{
	switch (arg->op) {
	case OCI_SECCOMP_OPERATOR_NE:
		emit_not_equal(to, arg, wide);
		break;
	case OCI_SECCOMP_OPERATOR_LT:
	case OCI_SECCOMP_OPERATOR_GE:
		emit_order(to, arg, wide, BPF_JGE);
		break;
	case OCI_SECCOMP_OPERATOR_LE:
	case OCI_SECCOMP_OPERATOR_GT:
		emit_order(to, arg, wide, BPF_JGT);
		break;
	case OCI_SECCOMP_OPERATOR_EQ:
	case OCI_SECCOMP_OPERATOR_MASKED_EQ:
		emit_equal(to, arg, wide);
		break;
	}
}

/* All of the conditions, then the action. Six conditions are short enough for 8 bit jumps. */
static void emit_alternative(struct seccomp_prologue *to, const struct oci_syscall_arg *args,
			     size_t count, bool wide, uint32_t action)
{
	size_t first = to->count;

	for (size_t i = 0; i < count; i++)
		emit_condition(to, &args[i], wide);
	emit_return(to, action);
	for (size_t i = first; i < to->count; i++) {
		struct sock_filter *insn = &to->insns[i];
		uint8_t no = (uint8_t)(to->count - i - 1);

		if (BPF_CLASS(insn->code) != BPF_JMP)
			continue;
		insn->jt = insn->jt == TO_NO ? no : insn->jt;
		insn->jf = insn->jf == TO_NO ? no : insn->jf;
	}
}

static void emit_rule(struct seccomp_prologue *to, const struct seccomp_rule *rule, bool wide)
{
	const struct oci_syscall_arg_list *args = &rule->entry->args;

	if (!rule->any) {
		emit_alternative(to, args->items, args->count, wide, rule->action);
		return;
	}
	for (size_t i = 0; i < args->count; i++)
		emit_alternative(to, &args->items[i], 1, wide, rule->action);
}

static void emit_call(const struct build *build, const struct seccomp_call *call, uint32_t token)
{
	int number = seccomp_abi_number(token, call->name);
	struct seccomp_prologue *to = build->to;
	size_t over;

	if (number < 0)
		return;
	emit_test(to, BPF_JEQ, (uint32_t)number, 1, 0);
	over = emit_jump(to, 0);
	for (size_t i = 0; i < call->count; i++)
		if (!call->mentions[i].rule->redundant)
			emit_rule(to, call->mentions[i].rule, !seccomp_abi_is_32bit(token));
	emit_return(to, build->calls->default_action);
	land(to, over);
}

static bool find_last(const struct seccomp_calls *calls, uint32_t token, uint32_t *last)
{
	bool found = false;
	int number;

	*last = 0;
	for (size_t i = 0; i < calls->count; i++) {
		number = seccomp_abi_number(token, calls->items[i].name);
		if (number < 0)
			continue;
		if (token == SCMP_ARCH_ARM && (uint32_t)number >= SECCOMP_ARM_PRIVATE_FIRST)
			continue;
		if (!found || (uint32_t)number > *last)
			*last = (uint32_t)number;
		found = true;
	}
	return found;
}

static void emit_limit(const struct build *build, uint32_t token)
{
	struct seccomp_prologue *to = build->to;
	uint32_t last;

	if (!build->enosys || !find_last(build->calls, token, &last))
		return;
	if (token == SCMP_ARCH_ARM)
		emit_test(to, BPF_JGE, SECCOMP_ARM_PRIVATE_FIRST, 2, 0);
	emit_test(to, BPF_JGT, last, 0, 1);
	emit_return(to, RET_ENOSYS);
	/* There a number that the kernel does not know has become 0 (setup). */
	if (token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X) {
		emit_test(to, BPF_JEQ, 0, 0, 1);
		emit_return(to, RET_ENOSYS);
	}
}

static void emit_abi(const struct build *build, uint32_t token)
{
	if (seccomp_abi_covered(build->abis, token)) {
		emit_limit(build, token);
		for (size_t i = 0; i < build->calls->count; i++)
			if (build->calls->items[i].conditional)
				emit_call(build, &build->calls->items[i], token);
	}
	emit_jump(build->to, TO_FILTER);
}

/*
 * Numbers of x32 carry bit 30. If the filter does not cover x32, they go on to it all the same:
 * there they are calls of a foreign architecture.
 */
static void emit_section(const struct build *build, uint32_t token)
{
	struct seccomp_prologue *to = build->to;
	size_t next, x32;

	emit_test(to, BPF_JEQ, token, 1, 0);
	next = emit_jump(to, 0);
	emit_load(to, offsetof(struct seccomp_data, nr));
	if (token == SCMP_ARCH_X86_64) {
		emit_test(to, BPF_JSET, X32_BIT, 0, 1);
		x32 = emit_jump(to, 0);
		emit_abi(build, SCMP_ARCH_X86_64);
		land(to, x32);
		token = SCMP_ARCH_X32;
	}
	emit_abi(build, token);
	land(to, next);
}

/* Not where the default lets calls through, leaves them to a tracer, or is ENOSYS already. */
static bool wants_enosys(const struct oci_seccomp *profile)
{
	switch (profile->default_action) {
	case OCI_SECCOMP_ACTION_KILL:
	case OCI_SECCOMP_ACTION_KILL_PROCESS:
	case OCI_SECCOMP_ACTION_KILL_THREAD:
	case OCI_SECCOMP_ACTION_TRAP:
		return true;
	case OCI_SECCOMP_ACTION_ERRNO:
		return !profile->has_default_errno_ret || profile->default_errno_ret != ENOSYS;
	case OCI_SECCOMP_ACTION_TRACE: /* tracers emulate, and know what to do with new calls */
	case OCI_SECCOMP_ACTION_ALLOW:
	case OCI_SECCOMP_ACTION_LOG:
	case OCI_SECCOMP_ACTION_NOTIFY:
		return false;
	}
	return false;
}

static bool has_conditions(const struct seccomp_calls *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		if (calls->items[i].conditional)
			return true;
	return false;
}

int seccomp_prologue_build(const struct oci_seccomp *profile, const struct seccomp_calls *calls,
			   const struct seccomp_abis *abis, struct arena *arena,
			   struct seccomp_prologue *out)
{
	struct build build = { out, calls, abis, wants_enosys(profile) };

	*out = (struct seccomp_prologue){ NULL, 0, false };
	if (calls->count == 0 || (!build.enosys && !has_conditions(calls)))
		return 0;
	out->insns = arena_array(arena, BPF_MAXINSNS, sizeof(*out->insns));
	if (!out->insns)
		return -ENOMEM;
	emit_load(out, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < abis->count; i++)
		if (abis->tokens[i] != SCMP_ARCH_X32)
			emit_section(&build, abis->tokens[i]);
	for (size_t i = 0; i < out->count; i++) {
		struct sock_filter *insn = &out->insns[i];

		if (insn->code == (BPF_JMP | BPF_JA) && insn->k == TO_FILTER)
			insn->k = (uint32_t)(out->count - i - 1);
	}
	return 0;
}
