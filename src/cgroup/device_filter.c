/*
 * device_filter.c - see device_filter.h.
 *
 * The program goes through the rules from the last to the first and keeps the accesses that are
 * not decided yet. A rule that denies one of them ends it with 0; a rule that allows strikes its
 * own off, and when none is left the answer is 1.
 *
 * Loading it is paid at every start and grows with the branches that the verifier follows (rule
 * by rule the default list took 275 us, like this 60). So neighbouring rules that say the same
 * are one run, in which the order does not matter: the type is compared once, each major once.
 */
#include "cgroup/device_filter.h"

#include "base/fd.h"
#include "sys/bpf.h"

#include <stddef.h>
#include <stdlib.h>

enum {
	ALL_ACCESS = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
	PROLOGUE = 6,
	PER_RULE = 10, /* at most: one alone in its run */
	EPILOGUE = 5,
	VERIFIER_LOG = 4096,
};

enum {
	ANSWER = BPF_REG_0,
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
};

/* Where a jump goes whose distance is not known yet: stands in its place until then. */
enum {
	TO_ALLOW = -1,
	TO_DENY = -2,
	TO_HIT = -3,
	TO_NEXT_RUN = -4,
	TO_NEXT_TYPE = -5,
	TO_NEXT_MAJOR = -6
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

/* `jump` is BPF_JEQ or BPF_JNE, of the lower half of the register. */
static void emit_jump(struct device_filter *to, uint8_t jump, unsigned reg, uint32_t value,
		      int target)
{
	emit(to, (struct bpf_insn){ .code = BPF_JMP32 | BPF_K | jump,
				    .dst_reg = reg & 0xf,
				    .off = (int16_t)target,
				    .imm = (int32_t)value });
}

static void emit_answer(struct device_filter *to, bool allow)
{
	emit_constant(to, BPF_ALU64 | BPF_MOV, ANSWER, allow);
	emit(to, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* The jumps to `target` that were emitted since `first` lead here; tells how many there are. */
static int place(struct device_filter *to, size_t first, int target)
{
	int placed = 0;

	for (size_t i = first; i < to->count; i++) {
		if (to->insns[i].off != target)
			continue;
		if (to->count - i - 1 > INT16_MAX)
			return -E2BIG;
		to->insns[i].off = (int16_t)(to->count - i - 1);
		placed++;
	}
	return placed;
}

/* Neighbouring rules that say the same; `hit` is where a match goes. */
struct run {
	const struct devices_rule *rules;
	size_t count;
	bool allow;
	uint8_t access;
	int hit;
};

static bool has_rule(const struct run *run, char type, int64_t major, int64_t minor)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->rules[i].type == type && run->rules[i].major == major &&
		    run->rules[i].minor == minor)
			return true;
	return false;
}

/* Is this the first rule of its type and major? */
static bool is_first(const struct run *run, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (run->rules[i].type == run->rules[index].type &&
		    run->rules[i].major == run->rules[index].major)
			return false;
	return true;
}

/* All rules of one type and major. */
static int emit_major(struct device_filter *to, const struct run *run, char type, int64_t major)
{
	size_t start = to->count;

	if (has_rule(run, type, major, DEVICES_ANY)) {
		emit_jump(to, BPF_JEQ, MAJOR, (uint32_t)major, run->hit);
		return 0;
	}
	if (major != DEVICES_ANY)
		emit_jump(to, BPF_JNE, MAJOR, (uint32_t)major, TO_NEXT_MAJOR);
	for (size_t i = 0; i < run->count; i++)
		if (run->rules[i].type == type && run->rules[i].major == major)
			emit_jump(to, BPF_JEQ, MINOR, (uint32_t)run->rules[i].minor, run->hit);
	return place(to, start, TO_NEXT_MAJOR);
}

static int emit_type(struct device_filter *to, const struct run *run, char type)
{
	const uint32_t number = type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	size_t start = to->count;
	int rc = 0;

	if (has_rule(run, type, DEVICES_ANY, DEVICES_ANY)) {
		emit_jump(to, BPF_JEQ, TYPE, number, run->hit);
		return 0;
	}
	emit_jump(to, BPF_JNE, TYPE, number, TO_NEXT_TYPE);
	for (size_t i = 0; rc >= 0 && i < run->count; i++)
		if (run->rules[i].type == type && is_first(run, i))
			rc = emit_major(to, run, type, run->rules[i].major);
	return rc < 0 ? rc : place(to, start, TO_NEXT_TYPE);
}

/* What a match decides, when it is not everything. */
static void emit_decision(struct device_filter *to, const struct run *run)
{
	if (run->allow) {
		emit_constant(to, BPF_ALU | BPF_AND, ACCESS, ALL_ACCESS & ~run->access);
		emit_jump(to, BPF_JEQ, ACCESS, 0, TO_ALLOW);
	} else {
		emit_move(to, ANSWER, ACCESS);
		emit_constant(to, BPF_ALU | BPF_AND, ANSWER, run->access);
		emit_jump(to, BPF_JNE, ANSWER, 0, TO_DENY);
	}
}

static bool is_about_every_device(const struct run *run)
{
	return has_rule(run, 'b', DEVICES_ANY, DEVICES_ANY) &&
	       has_rule(run, 'c', DEVICES_ANY, DEVICES_ANY);
}

static int emit_run(struct device_filter *to, struct run *run)
{
	const bool all = run->access == ALL_ACCESS;
	size_t start = to->count;
	int rc = 0;

	if (is_about_every_device(run)) {
		emit_decision(to, run);
		return 0;
	}
	run->hit = !all ? TO_HIT : run->allow ? TO_ALLOW : TO_DENY;
	for (const char *type = "bc"; rc >= 0 && *type != '\0'; type++)
		for (size_t i = 0; rc >= 0 && i < run->count; i++)
			if (run->rules[i].type == *type) {
				rc = emit_type(to, run, *type);
				break;
			}
	if (rc < 0 || all)
		return rc;
	emit(to, (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = TO_NEXT_RUN });
	rc = place(to, start, TO_HIT);
	if (rc >= 0)
		emit_decision(to, run);
	return rc < 0 ? rc : place(to, start, TO_NEXT_RUN);
}

/* The run that ends with rule `end - 1`. */
static struct run last_run(const struct devices_list *list, size_t end)
{
	const struct devices_rule *last = &list->rules[end - 1];
	size_t begin = end - 1;

	while (begin > 0 && list->rules[begin - 1].allow == last->allow &&
	       list->rules[begin - 1].access == last->access)
		begin--;
	return (struct run){
		.rules = &list->rules[begin],
		.count = end - begin,
		.allow = last->allow,
		.access = last->access,
	};
}

/* access_type holds the access above the type. */
static void emit_prologue(struct device_filter *to)
{
	emit_load(to, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_move(to, ACCESS, TYPE);
	emit_constant(to, BPF_ALU | BPF_AND, TYPE, 0xffff);
	emit_constant(to, BPF_ALU | BPF_RSH, ACCESS, 16);
	emit_load(to, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(to, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static int compile_rules(const struct devices_list *list, struct device_filter *out)
{
	bool otherwise = list->allow; /* what nothing decided */
	int rc = 0;

	emit_prologue(out);
	for (size_t end = list->count; rc >= 0 && end > 0;) {
		struct run run = last_run(list, end);

		end -= run.count;
		if (run.access == ALL_ACCESS && is_about_every_device(&run)) {
			otherwise = run.allow; /* nothing before it counts */
			break;
		}
		rc = emit_run(out, &run);
	}
	/* The verifier wants no answer that nothing leads to. */
	if (rc >= 0)
		rc = place(out, 0, otherwise ? TO_ALLOW : TO_DENY);
	emit_answer(out, otherwise);
	if (rc >= 0)
		rc = place(out, 0, otherwise ? TO_DENY : TO_ALLOW);
	if (rc > 0)
		emit_answer(out, !otherwise);
	return rc;
}

int device_filter_compile(const struct devices_list *list, struct device_filter *out,
			  struct error *err)
{
	out->count = 0;
	out->insns = calloc(PROLOGUE + PER_RULE * list->count + EPILOGUE, sizeof(*out->insns));
	if (!out->insns)
		return error_sys(err, ENOMEM, "malloc", "/linux/resources/devices",
				 "cannot compile the device rules");
	if (compile_rules(list, out) >= 0)
		return 0;
	device_filter_free(out);
	return error_set(err, E2BIG, "/linux/resources/devices", "there are too many device rules");
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

/*
 * In the place of the one that is there, if a former update, or the container before this one in a
 * shared cgroup, left it: several programs must all allow what is to be allowed.
 */
static int attach(const struct put *to, int program)
{
	int cgroup = to->tree->dir, old[BPF_FILTERS_MAX];
	int count = bpf_own_device_filters(cgroup, old);
	int rc = count > 0 ? bpf_replace_device_filter(cgroup, program, old[0])
			   : bpf_attach_device_filter(cgroup, program);

	if (rc == 0)
		rc = undo_note_filter(to->undo, to->tree, count > 0 ? old[0] : FD_NONE, program);
	for (int i = 0; i < count; i++) {
		if (i > 0 && rc == 0)
			rc = bpf_detach_device_filter(cgroup, old[i]);
		close_fd(&old[i]);
	}
	return rc;
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
	rc = attach(to, fd);
	if (rc < 0)
		return error_sys(to->err, -rc, "bpf", "/linux/resources/devices",
				 "cannot attach the device filter to the cgroup %s",
				 tree_name(to->tree, name));
	return 0;
}
