/* seccomp_clock.c - see seccomp_clock.h. What is not understood counts as no. */
#include "compile/seccomp_clock.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "which architecture do filters see here?"
#endif

/* Number and architecture are known; of arguments and addresses nothing is. */
static bool load(uint32_t offset, uint32_t *value)
{
	if (offset == offsetof(struct seccomp_data, nr))
		*value = SYS_clock_gettime;
	else if (offset == offsetof(struct seccomp_data, arch))
		*value = NATIVE;
	else
		return false;
	return true;
}

static bool compare(uint32_t value, const struct sock_filter *insn, bool *result)
{
	switch (insn->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		*result = value == insn->k;
		return true;
	case BPF_JMP | BPF_JGT | BPF_K:
		*result = value > insn->k;
		return true;
	case BPF_JMP | BPF_JGE | BPF_K:
		*result = value >= insn->k;
		return true;
	case BPF_JMP | BPF_JSET | BPF_K:
		*result = (value & insn->k) != 0;
		return true;
	default:
		return false;
	}
}

static bool is_free(uint32_t answer)
{
	const uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* Jumps go forwards only, so this ends. */
bool seccomp_clock_is_free(const struct seccomp_filter *filter)
{
	uint32_t value = 0;

	for (size_t pc = 0; pc < filter->count; pc++) {
		const struct sock_filter *insn = &filter->insns[pc];
		bool result = false;

		if (insn->code == (BPF_RET | BPF_K))
			return is_free(insn->k);
		if (insn->code == (BPF_JMP | BPF_JA))
			pc += insn->k;
		else if (insn->code == (BPF_LD | BPF_W | BPF_ABS) && load(insn->k, &value))
			continue;
		else if (compare(value, insn, &result))
			pc += result ? insn->jt : insn->jf;
		else
			return false;
	}
	return false;
}
