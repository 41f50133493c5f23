/* seccomp_bpf.c - see seccomp_bpf.h. The instructions are those of the kernel's
 * seccomp_check_filter(). */
#include "sys/seccomp_bpf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { INSN = sizeof(struct sock_filter), SHIFT_MAX = 31 };

static PRINTF_LIKE(2, 3) int refuse(struct seccomp_bpf_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EINVAL;
}

static int digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Strictly RFC 4648: padded, no blanks, no bits left over. Bytes written, or -1. */
static ssize_t decode(const char *text, unsigned char *out, size_t room)
{
	const size_t len = strlen(text);
	size_t bytes = 0, digits = len;
	uint32_t bits = 0;

	while (digits > 0 && len - digits < 2 && text[digits - 1] == '=')
		digits--;
	if (len % 4 != 0 || digits % 4 == 1)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		const int value = digit(text[i]);

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 == 0)
			continue;
		if (bytes == room)
			return -1;
		out[bytes++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	if (digits % 4 != 0 && bits & (digits % 4 == 2 ? 15 : 3))
		return -1;
	return (ssize_t)bytes;
}

/* What the argument of an instruction has to be. */
enum argument { NONE, DATA_OFFSET, MEMORY, SHIFT, DIVISOR, FORWARD, BRANCH, ANSWER };

static enum argument argument_of(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return DATA_OFFSET;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return MEMORY;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return SHIFT;
	case BPF_ALU | BPF_DIV | BPF_K:
		return DIVISOR;
	case BPF_JMP | BPF_JA:
		return FORWARD;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return BRANCH;
	case BPF_RET | BPF_K:
		return ANSWER;
	default:
		return NONE;
	}
}

/* The others that the kernel takes: their argument is anything, or unused. */
static bool is_free(uint16_t code)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_LEN,  BPF_LDX | BPF_W | BPF_LEN,
		BPF_RET | BPF_A,           BPF_ALU /* ADD, K: both are 0 */,
		BPF_ALU | BPF_ADD | BPF_X, BPF_ALU | BPF_SUB | BPF_K,
		BPF_ALU | BPF_SUB | BPF_X, BPF_ALU | BPF_MUL | BPF_K,
		BPF_ALU | BPF_MUL | BPF_X, BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_AND | BPF_K, BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_OR | BPF_K,  BPF_ALU | BPF_OR | BPF_X,
		BPF_ALU | BPF_XOR | BPF_K, BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_X, BPF_ALU | BPF_RSH | BPF_X,
		BPF_ALU | BPF_NEG,         BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,         BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (code == codes[i])
			return true;
	}
	return false;
}

/* `left` instructions follow this one. */
static const char *fault_of(const struct sock_filter *insn, size_t left)
{
	switch (argument_of(insn->code)) {
	case DATA_OFFSET:
		return insn->k >= sizeof(struct seccomp_data) || insn->k % 4
			   ? "loads what is not in struct seccomp_data"
			   : NULL;
	case MEMORY:
		return insn->k >= BPF_MEMWORDS ? "uses memory that there is not" : NULL;
	case SHIFT:
		return insn->k > SHIFT_MAX ? "shifts by more than 31 bits" : NULL;
	case DIVISOR:
		return insn->k == 0 ? "divides by zero" : NULL;
	case FORWARD:
		return insn->k >= left ? "jumps out of the filter" : NULL;
	case BRANCH:
		return insn->jt >= left || insn->jf >= left ? "jumps out of the filter" : NULL;
	case ANSWER:
		return (insn->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF
			   ? "asks a listener (SECCOMP_RET_USER_NOTIF), which only a profile names"
			   : NULL;
	case NONE:
		break;
	}
	return is_free(insn->code) ? NULL : "is not one that seccomp knows";
}

int seccomp_bpf_read(const char *base64, struct sock_filter *out, size_t *count,
		     struct seccomp_bpf_fault *fault)
{
	const size_t longest = ((size_t)SECCOMP_BPF_MAX * INSN + 2) / 3 * 4;
	ssize_t bytes = 0;

	if (strlen(base64) <= longest)
		bytes = decode(base64, (unsigned char *)out, (size_t)SECCOMP_BPF_MAX * INSN);
	if (strlen(base64) > longest)
		return refuse(fault,
			      "has more than %d instructions, which is all that the kernel takes",
			      SECCOMP_BPF_MAX);
	if (bytes < 0)
		return refuse(fault, "is not base64");
	if (bytes == 0 || bytes % INSN != 0)
		return refuse(fault, "has %zd bytes, which are no whole instructions of 8", bytes);
	*count = (size_t)bytes / INSN;
	for (size_t i = 0; i < *count; i++) {
		const char *why = fault_of(&out[i], *count - i - 1);

		if (why)
			return refuse(fault, "cannot be loaded: instruction %zu (code %#x) %s", i,
				      out[i].code, why);
	}
	if (BPF_CLASS(out[*count - 1].code) != BPF_RET)
		return refuse(fault, "does not end with a return");
	return 0;
}
