/*
 * seccomp_enosys.c - see seccomp_enosys.h.
 *
 * One section per architecture of the kernel (x86-64 and x32 share one), three instructions each:
 * is it this architecture; load the number; is it above the last. All sections jump to the one
 * ENOSYS at the end of the prologue or to the filter right behind it.
 */
#include "compile/seccomp_enosys.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>

#define X32_BIT           0x40000000u
#define ARM_PRIVATE_FIRST 0xf0000u /* breakpoint, cacheflush, set_tls ...: not in the sequence */

/* Jump targets whose distance is known only at the end. No section is that long. */
#define TO_ENOSYS 254
#define TO_FILTER 255
_Static_assert(SECCOMP_PROLOGUE_MAX < TO_ENOSYS, "a jump of the prologue fits in 8 bits");

/* The largest number the profile names; `found` is false if it names none of this ABI. */
struct last {
	bool found;
	uint32_t number;
};

static bool default_needs_it(const struct oci_seccomp *profile)
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

/*
 * Where socketcall(2) and ipc(2) exist libseccomp answers with a pseudo number for the calls they
 * carry, and lets the direct calls of Linux 4.3 and 5.1 through as well. Their numbers are not to
 * be had from it: count up to the last of the family.
 */
static int direct_number(uint32_t token, int number)
{
	int base = token == SCMP_ARCH_MIPS || token == SCMP_ARCH_MIPSEL ? 4000 : 0;

	if (number <= -100 && number > -200)
		return base + 373; /* shutdown */
	if (number <= -200 && number > -300)
		return base + 402; /* msgctl */
	return number;
}

static void count_name(struct last *last, uint32_t token, const char *name)
{
	int number = direct_number(token, seccomp_syscall_resolve_name_arch(token, name));

	if (number < 0)
		return;
	if (token == SCMP_ARCH_ARM && (uint32_t)number >= ARM_PRIVATE_FIRST)
		return;
	if (!last->found || (uint32_t)number > last->number)
		last->number = (uint32_t)number;
	last->found = true;
}

static struct last find_last(const struct oci_seccomp *profile, const struct seccomp_abis *abis,
			     uint32_t token)
{
	struct last last = { false, 0 };
	bool covered = false;

	for (size_t i = 0; i < abis->count; i++)
		covered = covered || abis->tokens[i] == token;
	if (!covered)
		return last;
	for (size_t i = 0; i < profile->syscalls.count; i++) {
		const struct oci_strings *names = &profile->syscalls.items[i].names;

		for (size_t n = 0; n < names->count; n++)
			count_name(&last, token, names->items[n]);
	}
	return last;
}

static void emit(struct seccomp_prologue *to, struct sock_filter insn)
{
	to->insns[to->count++] = insn;
}

static void emit_load(struct seccomp_prologue *to, uint32_t offset)
{
	emit(to, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void emit_jump(struct seccomp_prologue *to, uint16_t test, uint32_t value, uint8_t yes,
		      uint8_t no)
{
	emit(to, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | test), value, yes, no));
}

/* ENOSYS above the last number; the filter decides if there is no last. */
static void emit_limit(struct seccomp_prologue *to, struct last last)
{
	if (last.found)
		emit_jump(to, BPF_JGT, last.number, TO_ENOSYS, TO_FILTER);
	else
		emit(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, TO_FILTER, 0, 0));
}

/*
 * Numbers of x32 carry bit 30. If the filter does not cover x32, they go on to it all the same:
 * there they are calls of a foreign architecture.
 */
static void emit_x86_64(struct seccomp_prologue *to, struct last last, struct last x32)
{
	emit_jump(to, BPF_JSET, X32_BIT, x32.found ? 1 : TO_FILTER, 0);
	emit_limit(to, last);
	if (x32.found)
		emit_limit(to, x32);
}

static void emit_section(struct seccomp_prologue *to, const struct oci_seccomp *profile,
			 const struct seccomp_abis *abis, uint32_t token)
{
	struct last last = find_last(profile, abis, token);
	struct last x32 = { false, 0 };
	size_t test = to->count;

	if (token == SCMP_ARCH_X86_64)
		x32 = find_last(profile, abis, SCMP_ARCH_X32);
	if (!last.found && !x32.found)
		return;
	emit_jump(to, BPF_JEQ, token, 0, 0);
	emit_load(to, offsetof(struct seccomp_data, nr));
	switch (token) {
	case SCMP_ARCH_X86_64:
		emit_x86_64(to, last, x32);
		break;
	case SCMP_ARCH_ARM:
		emit_jump(to, BPF_JGE, ARM_PRIVATE_FIRST, TO_FILTER, 0);
		emit_limit(to, last);
		break;
	case SCMP_ARCH_S390:
	case SCMP_ARCH_S390X:
		/* A call whose number this kernel does not know arrives as number 0 (setup). */
		emit_jump(to, BPF_JEQ, 0, TO_ENOSYS, 0);
		emit_limit(to, last);
		break;
	default:
		emit_limit(to, last);
	}
	to->insns[test].jf = (uint8_t)(to->count - test - 1);
}

static uint8_t resolve(uint8_t target, size_t to_enosys)
{
	if (target == TO_ENOSYS)
		return (uint8_t)to_enosys;
	return target == TO_FILTER ? (uint8_t)(to_enosys + 1) : target;
}

void seccomp_enosys_prologue(const struct oci_seccomp *profile, const struct seccomp_abis *abis,
			     struct seccomp_prologue *out)
{
	size_t enosys;

	out->count = 0;
	if (!default_needs_it(profile))
		return;
	emit_load(out, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < abis->count; i++)
		if (abis->tokens[i] != SCMP_ARCH_X32)
			emit_section(out, profile, abis, abis->tokens[i]);
	if (out->count == 1) { /* the profile names nothing */
		out->count = 0;
		return;
	}
	/* No architecture of ours: behind the last section. */
	emit(out, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, TO_FILTER, 0, 0));
	emit(out, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
	enosys = out->count - 1;
	for (size_t i = 0; i < enosys; i++) {
		struct sock_filter *insn = &out->insns[i];

		if (BPF_CLASS(insn->code) != BPF_JMP)
			continue;
		if (BPF_OP(insn->code) == BPF_JA)
			insn->k = (uint32_t)(enosys - i);
		insn->jt = resolve(insn->jt, enosys - i - 1);
		insn->jf = resolve(insn->jf, enosys - i - 1);
	}
}
