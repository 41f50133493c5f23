/*
 * seccomp_ranges.c - see seccomp_ranges.h.
 *
 * The filter is specialised: run with an architecture and a number that are known, so that loads
 * and tests of the two vanish, and what is left is the code that looks at arguments, mostly a
 * single return. That code is the same between two neighbouring constants of the filter's
 * comparisons, so a few hundred runs say it all.
 */
#include "compile/seccomp_ranges.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define X32_BIT 0x40000000u

enum { ARCHS_MAX = 16, NEAR = 255 };

enum known { NOTHING, NUMBER, ARCH };

struct accumulator {
	enum known known;
	uint32_t value;
};

struct stretch {
	struct sock_filter *insns; /* BPF_MAXINSNS of them */
	size_t count;
};

/* From `first` up to the next range. */
struct range {
	uint32_t first;
	size_t at, len; /* in the pool */
};

struct layout {
	const struct seccomp_filter *in;
	struct sock_filter *out; /* BPF_MAXINSNS, filled from the end */
	size_t top;
	struct stretch pool; /* specialised code, of one architecture */
	struct range *ranges;
	size_t range_count;
	uint32_t *starts; /* where an answer may change, in order */
	size_t start_count;
	uint32_t arch, number;     /* that it is specialised for */
	uint32_t archs[ARCHS_MAX]; /* that the filter asks about, in its order */
	size_t arch_count;
	bool given_up;
};

static size_t append(struct layout *l, struct stretch *to, struct sock_filter insn)
{
	if (to->count == BPF_MAXINSNS) {
		l->given_up = true;
		return 0;
	}
	to->insns[to->count] = insn;
	return to->count++;
}

static void load(struct layout *l, struct accumulator *acc, struct sock_filter insn)
{
	if (insn.k == offsetof(struct seccomp_data, nr)) {
		*acc = (struct accumulator){ NUMBER, l->number };
	} else if (insn.k == offsetof(struct seccomp_data, arch)) {
		*acc = (struct accumulator){ ARCH, l->arch };
	} else {
		*acc = (struct accumulator){ NOTHING, 0 };
		(void)append(l, &l->pool, insn);
	}
}

static void note_arch(struct layout *l, uint32_t arch)
{
	for (size_t i = 0; i < l->arch_count; i++) {
		if (l->archs[i] == arch)
			return;
	}
	if (l->arch_count == ARCHS_MAX)
		l->given_up = true;
	else
		l->archs[l->arch_count++] = arch;
}

/* What is known of the number holds for its whole range only for these comparisons. */
static bool decide(struct layout *l, struct accumulator acc, struct sock_filter insn)
{
	switch (insn.code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		if (acc.known == ARCH)
			note_arch(l, insn.k);
		return acc.value == insn.k;
	case BPF_JMP | BPF_JGT | BPF_K:
		l->given_up |= acc.known == ARCH;
		return acc.value > insn.k;
	case BPF_JMP | BPF_JGE | BPF_K:
		l->given_up |= acc.known == ARCH;
		return acc.value >= insn.k;
	case BPF_JMP | BPF_JSET | BPF_K:
		l->given_up |= acc.known == ARCH || insn.k != X32_BIT;
		return acc.value & insn.k;
	default:
		l->given_up = true;
		return false;
	}
}

static void specialise(struct layout *l, size_t pc, struct accumulator acc);

/* A test of an argument: both ways follow it, each to its own return. */
static void branch(struct layout *l, size_t pc, struct sock_filter insn)
{
	const struct accumulator unknown = { NOTHING, 0 };
	const size_t at = append(l, &l->pool, insn);
	size_t distance;

	if (BPF_SRC(insn.code) != BPF_K)
		l->given_up = true;
	if (l->given_up)
		return;
	specialise(l, pc + insn.jt, unknown);
	distance = l->pool.count - at - 1;
	l->given_up |= distance > NEAR;
	l->pool.insns[at].jt = 0;
	l->pool.insns[at].jf = (uint8_t)distance;
	specialise(l, pc + insn.jf, unknown);
}

static void specialise(struct layout *l, size_t pc, struct accumulator acc)
{
	while (!l->given_up && pc < l->in->count) {
		const struct sock_filter insn = l->in->insns[pc++];

		if (insn.code == (BPF_LD | BPF_W | BPF_ABS)) {
			load(l, &acc, insn);
		} else if (insn.code == (BPF_RET | BPF_K)) {
			(void)append(l, &l->pool, insn);
			return;
		} else if (insn.code == (BPF_JMP | BPF_JA)) {
			pc += insn.k;
		} else if (BPF_CLASS(insn.code) == BPF_JMP && acc.known == NOTHING) {
			branch(l, pc, insn);
			return;
		} else if (BPF_CLASS(insn.code) == BPF_JMP) {
			pc += decide(l, acc, insn) ? insn.jt : insn.jf;
		} else if (insn.code == (BPF_ALU | BPF_AND | BPF_K) && acc.known == NOTHING) {
			(void)append(l, &l->pool, insn);
		} else {
			l->given_up = true;
		}
	}
	l->given_up = true; /* ran out of the filter */
}

static int compare(const void *a, const void *b)
{
	const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* Before and behind each constant that anything is compared with, and where the bit of x32 changes.
 */
static void find_starts(struct layout *l)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < l->in->count; i++) {
		if (BPF_CLASS(l->in->insns[i].code) != BPF_JMP)
			continue;
		l->starts[count++] = l->in->insns[i].k;
		l->starts[count++] = l->in->insns[i].k + 1;
	}
	for (uint32_t i = 0; i < 4; i++)
		l->starts[count++] = i << 30;
	qsort(l->starts, count, sizeof(l->starts[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || l->starts[kept - 1] != l->starts[i])
			l->starts[kept++] = l->starts[i];
	}
	l->start_count = kept;
}

static bool is_same(const struct layout *l, const struct range *a, const struct range *b)
{
	return a->len == b->len && memcmp(l->pool.insns + a->at, l->pool.insns + b->at,
					  a->len * sizeof(l->pool.insns[0])) == 0;
}

static void find_ranges(struct layout *l, uint32_t arch)
{
	l->arch = arch;
	l->pool.count = l->range_count = 0;
	for (size_t i = 0; !l->given_up && i < l->start_count; i++) {
		struct range range = { .first = l->starts[i], .at = l->pool.count };

		l->number = range.first;
		specialise(l, 0, (struct accumulator){ NOTHING, 0 });
		range.len = l->pool.count - range.at;
		if (l->range_count > 0 && is_same(l, &l->ranges[l->range_count - 1], &range))
			l->pool.count = range.at;
		else
			l->ranges[l->range_count++] = range;
	}
}

/* The filter is written from its end: jumps go forward, so whoever jumps comes after its aims. */
static size_t push(struct layout *l, struct sock_filter insn)
{
	if (l->top == 0) {
		l->given_up = true;
		return 0;
	}
	l->out[--l->top] = insn;
	return l->top;
}

/* Where a test that is pushed next can jump to get to `aim`. */
static size_t reach(struct layout *l, size_t aim)
{
	if (aim - l->top < NEAR)
		return aim;
	return push(l, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(aim - l->top)));
}

/* To `yes` if the accumulator compares so, else to `no`; where the test is. */
static size_t push_test(struct layout *l, uint16_t test, uint32_t value, const size_t aims[2])
{
	const size_t yes = reach(l, aims[0]), no = reach(l, aims[1]);
	const uint16_t code = (uint16_t)(BPF_JMP | BPF_K | test);

	return push(l, (struct sock_filter)BPF_JUMP(code, value, (uint8_t)(yes - l->top),
						    (uint8_t)(no - l->top)));
}

/* A return that is there already, and near, serves again. */
static size_t push_answer(struct layout *l, const struct range *range)
{
	const struct sock_filter *code = l->pool.insns + range->at;
	size_t at = l->top;

	for (size_t i = l->top; range->len == 1 && i < BPF_MAXINSNS && i < l->top + NEAR / 2; i++) {
		if (memcmp(&l->out[i], code, sizeof(*code)) == 0)
			return i;
	}
	for (size_t i = range->len; i > 0; i--)
		at = push(l, code[i - 1]);
	return at;
}

/* The number is in the accumulator. */
static size_t push_search(struct layout *l, const struct range *ranges, size_t count)
{
	const size_t half = count / 2;
	size_t aims[2];

	if (l->given_up || count == 1)
		return l->given_up ? 0 : push_answer(l, ranges);
	aims[0] = push_search(l, ranges + half, count - half);
	aims[1] = push_search(l, ranges, half);
	return l->given_up ? 0 : push_test(l, BPF_JGE, ranges[half].first, aims);
}

/* One that the filter compares with nothing: it goes the way of all that it does not ask about. */
static uint32_t find_other(const struct seccomp_filter *in)
{
	uint32_t other = 1;

	for (size_t i = 0; i < in->count; i++) {
		if (in->insns[i].k != other)
			continue;
		other++;
		i = (size_t)-1; /* from the start */
	}
	return other;
}

/* Is it this one? Then its search, else on to what comes `next`. */
static size_t push_arch(struct layout *l, uint32_t arch, size_t next)
{
	size_t aims[2] = { 0, next };

	find_ranges(l, arch);
	aims[0] = l->given_up ? 0 : push_search(l, l->ranges, l->range_count);
	if (l->given_up)
		return 0;
	if (aims[0] != l->top) /* one answer for all, that was there already */
		(void)push(l, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
							   (uint32_t)(aims[0] - l->top)));
	aims[0] = push(l, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						       offsetof(struct seccomp_data, nr)));
	return l->given_up ? 0 : push_test(l, BPF_JEQ, arch, aims);
}

/*
 * A section for each architecture, then one answer for all others. The run for those others meets
 * every architecture that is answered differently.
 */
static void lay_out(struct layout *l)
{
	size_t next;

	find_starts(l);
	find_ranges(l, find_other(l->in));
	l->given_up |= l->range_count != 1 || l->pool.count != 1;
	if (l->given_up)
		return;
	next = push(l, l->pool.insns[0]);
	for (size_t i = l->arch_count; !l->given_up && i > 0; i--)
		next = push_arch(l, l->archs[i - 1], next);
	if (!l->given_up && next != l->top)
		l->given_up = true; /* no architecture at all */
	(void)push(l, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, arch)));
}

int seccomp_ranges(struct arena *arena, struct seccomp_filter *out)
{
	const size_t starts = 2 * out->count + 4;
	struct layout l = {
		.in = out,
		.top = BPF_MAXINSNS,
		.out = arena_array(arena, BPF_MAXINSNS, sizeof(struct sock_filter)),
		.pool.insns = arena_array(arena, BPF_MAXINSNS, sizeof(struct sock_filter)),
		.ranges = arena_array(arena, starts, sizeof(struct range)),
		.starts = arena_array(arena, starts, sizeof(uint32_t)),
	};

	if (!l.out || !l.pool.insns || !l.ranges || !l.starts)
		return -ENOMEM;
	lay_out(&l);
	if (l.given_up || BPF_MAXINSNS - l.top >= out->count)
		return 0;
	out->insns = l.out + l.top;
	out->count = BPF_MAXINSNS - l.top;
	return 0;
}
