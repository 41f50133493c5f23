/*
 * device_filter.c - see device_filter.h.
 *
 * The program goes through the rules from the last to the first and keeps the accesses that are
 * not decided yet. A rule that denies one of them ends it with 0; a rule that allows strikes its
 * own off, and when none is left the answer is 1.
 */
#include "cgroup/device_filter.h"

#include "base/fd.h"
#include "sys/bpf.h"

#include <stddef.h>
#include <stdlib.h>

enum {
	ALL_ACCESS = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
	PROLOGUE = 6,
	PER_RULE = 8, /* at most: three matches, three to test the access, two to answer */
	EPILOGUE = 2,
	VERIFIER_LOG = 4096,
};

enum {
	ANSWER = BPF_REG_0,
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5
};

static void emit(struct device_filter *to, struct bpf_insn insn)
{
	to->insns[to->count++] = insn;
}

static void emit_load(struct device_filter *to, unsigned reg, size_t offset)
{
	emit(to, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
				    .dst_reg = reg & 0xf,
				    .src_reg = CONTEXT,
				    .off = (int16_t)offset });
}

static void emit_move(struct device_filter *to, unsigned reg, unsigned from)
{
	emit(to, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
				    .dst_reg = reg & 0xf,
				    .src_reg = from & 0xf });
}

static void emit_constant(struct device_filter *to, uint8_t operation, unsigned reg, int32_t value)
{
	emit(to,
	     (struct bpf_insn){ .code = operation | BPF_K, .dst_reg = reg & 0xf, .imm = value });
}

static void emit_answer(struct device_filter *to, bool allow)
{
	emit_constant(to, BPF_ALU64 | BPF_MOV, ANSWER, allow);
	emit(to, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* Answer here if the register is zero (BPF_JNE jumps over it), or if it is not (BPF_JEQ). */
static void emit_answer_unless(struct device_filter *to, uint8_t jump, unsigned reg, bool allow)
{
	emit(to,
	     (struct bpf_insn){ .code = BPF_JMP32 | BPF_K | jump, .dst_reg = reg & 0xf, .off = 2 });
	emit_answer(to, allow);
}

/* Jumps over the rest of a rule get their distance when the rule is complete. */
static void emit_unless_equal(struct device_filter *to, unsigned reg, uint32_t value)
{
	emit_constant(to, BPF_JMP32 | BPF_JNE, reg, (int32_t)value);
}

static void emit_rule(struct device_filter *to, const struct devices_rule *rule)
{
	size_t first = to->count, body;

	emit_unless_equal(to, TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rule->major != DEVICES_ANY)
		emit_unless_equal(to, MAJOR, (uint32_t)rule->major);
	if (rule->minor != DEVICES_ANY)
		emit_unless_equal(to, MINOR, (uint32_t)rule->minor);
	body = to->count;
	if (rule->access == ALL_ACCESS) {
		emit_answer(to, rule->allow); /* whatever is undecided, this decides */
	} else if (rule->allow) {
		emit_constant(to, BPF_ALU | BPF_AND, ACCESS, ALL_ACCESS & ~rule->access);
		emit_answer_unless(to, BPF_JNE, ACCESS, true);
	} else {
		emit_move(to, ANSWER, ACCESS);
		emit_constant(to, BPF_ALU | BPF_AND, ANSWER, rule->access);
		emit_answer_unless(to, BPF_JEQ, ANSWER, false);
	}
	for (size_t i = first; i < body; i++)
		to->insns[i].off = (int16_t)(to->count - i - 1);
}

int device_filter_compile(const struct devices_list *list, struct device_filter *out,
			  struct error *err)
{
	out->count = 0;
	out->insns = calloc(PROLOGUE + PER_RULE * list->count + EPILOGUE, sizeof(*out->insns));
	if (!out->insns)
		return error_sys(err, ENOMEM, "malloc", "/linux/resources/devices",
				 "cannot compile the device rules");
	/* access_type holds the access above the type. */
	emit_load(out, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_move(out, ACCESS, TYPE);
	emit_constant(out, BPF_ALU | BPF_AND, TYPE, 0xffff);
	emit_constant(out, BPF_ALU | BPF_RSH, ACCESS, 16);
	emit_load(out, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(out, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = list->count; i-- > 0;)
		emit_rule(out, &list->rules[i]);
	emit_answer(out, list->allow);
	return 0;
}

void device_filter_free(struct device_filter *program)
{
	free(program->insns);
	program->insns = NULL;
	program->count = 0;
}

static int load_error(struct error *err, int errnum, const char *log)
{
	(void)error_sys(err, errnum, "bpf", "/linux/resources/devices",
			"cannot load the device filter (an eBPF program)%s%.200s",
			log[0] ? ", the verifier says: " : "", log);
	if (errnum == EPERM)
		error_add_hint(err,
			       "tare needs CAP_SYS_ADMIN (or CAP_BPF and CAP_NET_ADMIN) here; a "
			       "seccomp profile around it may forbid bpf");
	else if (errnum == E2BIG)
		error_add_hint(err, "fewer device rules make a shorter program");
	return -errnum;
}

int device_filter_attach(const struct put *to, const struct devices_list *list)
{
	struct device_filter program;
	char log[VERIFIER_LOG], name[PATH_MAX];
	owned_fd fd = FD_NONE;
	int rc = device_filter_compile(list, &program, to->err);

	if (rc < 0)
		return rc;
	fd = bpf_load_device_filter(program.insns, program.count, log, sizeof(log));
	device_filter_free(&program);
	if (fd < 0)
		return load_error(to->err, -fd, log);
	rc = bpf_attach_device_filter(to->tree->dir, fd);
	if (rc < 0)
		return error_sys(to->err, -rc, "bpf", "/linux/resources/devices",
				 "cannot attach the device filter to the cgroup %s",
				 tree_name(to->tree, name));
	return 0;
}
