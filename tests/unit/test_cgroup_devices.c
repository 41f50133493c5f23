/*
 * test_cgroup_devices.c - device rules: what the list means, as an evaluator written for this
 * test, against the eBPF program (run by an interpreter for the instructions it may contain) and
 * against what the v1 controller makes of the lines written to it (a model of the kernel's
 * exceptions), on fixed and on random lists.
 */
#include "cgroup/device_files.h"
#include "cgroup/device_filter.h"
#include "cgroup/devices.h"
#include "base/fd.h"
#include "sys/bpf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { M = BPF_DEVCG_ACC_MKNOD, R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE };

static struct error err;

/* What somebody in the container tries. */
struct attempt {
	char type;
	uint32_t major, minor;
	unsigned access;
};

/*
 * The meaning, from the words in devices.h and not from the code: each access for itself, the
 * last rule about it decides.
 */
static bool config_rule_is_about(const struct oci_device_rule *rule, const struct attempt *a,
				 char access)
{
	if (rule->type && rule->type[0] != 'a' && rule->type[0] != a->type)
		return false;
	if (rule->has_major && rule->major != -1 && rule->major != a->major)
		return false;
	if (rule->has_minor && rule->minor != -1 && rule->minor != a->minor)
		return false;
	return !rule->access || strchr(rule->access, access);
}

static bool is_about_everything(const struct oci_device_rule *rule)
{
	return (!rule->type || rule->type[0] == 'a') && (!rule->has_major || rule->major == -1) &&
	       (!rule->has_minor || rule->minor == -1) &&
	       (!rule->access || (strchr(rule->access, 'r') && strchr(rule->access, 'w') &&
				  strchr(rule->access, 'm')));
}

static bool is_default(const struct attempt *a, char access)
{
	static const int numbers[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 },
					  { 1, 9 }, { 5, 0 }, { 5, 2 }, { 10, 200 } };

	if (access == 'm')
		return true;
	if (a->type != 'c')
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if ((uint32_t)numbers[i][0] == a->major && (uint32_t)numbers[i][1] == a->minor)
			return true;
	return a->major == 136;
}

static bool one_access(const struct oci_device_rule_list *config, const struct attempt *a,
		       char access)
{
	for (size_t i = config->count; i-- > 0;) {
		const struct oci_device_rule *rule = &config->items[i];

		if (is_about_everything(rule))
			return rule->allow || is_default(a, access);
		if (config_rule_is_about(rule, a, access))
			return rule->allow;
	}
	return is_default(a, access);
}

static bool reference(const struct oci_device_rule_list *config, const struct attempt *a)
{
	return (!(a->access & R) || one_access(config, a, 'r')) &&
	       (!(a->access & W) || one_access(config, a, 'w')) &&
	       (!(a->access & M) || one_access(config, a, 'm'));
}

/* One instruction; false when the program has ended. */
static bool step(const struct bpf_insn *insn, uint64_t regs[11],
		 const struct bpf_cgroup_dev_ctx *ctx, size_t *pc)
{
	uint64_t *dst = &regs[insn->dst_reg];
	uint32_t word = 0;

	*pc += 1;
	switch (insn->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		assert_int_equal(insn->src_reg, BPF_REG_1);
		assert_in_range(insn->off, 0, (long)sizeof(*ctx) - 4);
		memcpy(&word, (const char *)ctx + insn->off, sizeof(word));
		*dst = word;
		return true;
	case BPF_ALU | BPF_MOV | BPF_X:
		*dst = (uint32_t)regs[insn->src_reg];
		return true;
	case BPF_ALU | BPF_AND | BPF_K:
		*dst = (uint32_t)*dst & (uint32_t)insn->imm;
		return true;
	case BPF_ALU | BPF_RSH | BPF_K:
		*dst = (uint32_t)*dst >> insn->imm;
		return true;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		*dst = (uint64_t)(int64_t)insn->imm;
		return true;
	case BPF_JMP32 | BPF_JNE | BPF_K:
		*pc += (uint32_t)*dst != (uint32_t)insn->imm ? (size_t)insn->off : 0;
		return true;
	case BPF_JMP32 | BPF_JEQ | BPF_K:
		*pc += (uint32_t)*dst == (uint32_t)insn->imm ? (size_t)insn->off : 0;
		return true;
	case BPF_JMP | BPF_JA:
		*pc += (size_t)insn->off;
		return true;
	case BPF_JMP | BPF_EXIT:
		return false;
	default:
		fail_msg("instruction %#x is not known to this test", insn->code);
		return false;
	}
}

static bool interpret(const struct device_filter *filter, const struct attempt *a)
{
	const struct bpf_cgroup_dev_ctx ctx = {
		.access_type =
		    a->access << 16 | (a->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = a->major,
		.minor = a->minor,
	};
	uint64_t regs[11] = { 0 };
	size_t pc = 0;

	do {
		assert_true(pc < filter->count);
	} while (step(&filter->insns[pc], regs, &ctx, &pc));
	return regs[0] != 0;
}

/* The kernel's v1 controller: a default, and exceptions added up or taken back exactly. */
struct v1_model {
	bool allow;
	size_t count;
	struct devices_rule exceptions[64];
};

static void v1_add(struct v1_model *model, const struct devices_rule *rule)
{
	for (size_t i = 0; i < model->count; i++) {
		struct devices_rule *ex = &model->exceptions[i];

		if (ex->type == rule->type && ex->major == rule->major &&
		    ex->minor == rule->minor) {
			ex->access |= rule->access;
			return;
		}
	}
	assert_true(model->count < 64);
	model->exceptions[model->count++] = *rule;
}

static void v1_take_back(struct v1_model *model, const struct devices_rule *rule)
{
	for (size_t i = 0; i < model->count; i++) {
		struct devices_rule *ex = &model->exceptions[i];

		if (ex->type == rule->type && ex->major == rule->major && ex->minor == rule->minor)
			ex->access = (uint8_t)(ex->access & ~rule->access);
	}
}

static bool v1_allows(const struct v1_model *model, const struct attempt *a)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct devices_rule *ex = &model->exceptions[i];

		if (ex->type != a->type || (ex->major != -1 && ex->major != a->major) ||
		    (ex->minor != -1 && ex->minor != a->minor))
			continue;
		/* Denying by default, one exception must cover all; allowing, each bit counts. */
		if (model->allow ? (ex->access & a->access) != 0 : (a->access & ~ex->access) == 0)
			return !model->allow;
	}
	return model->allow;
}

static const struct attempt interesting[] = {
	{ 'c', 1, 3, 0 },
	{ 'c', 1, 5, 0 },
	{ 'c', 1, 11, 0 },
	{ 'c', 5, 1, 0 },
	{ 'c', 5, 2, 0 },
	{ 'c', 10, 200, 0 },
	{ 'c', 10, 229, 0 },
	{ 'c', 136, 0, 0 },
	{ 'c', 136, 77, 0 },
	{ 'c', 137, 0, 0 },
	{ 'b', 1, 3, 0 },
	{ 'b', 8, 0, 0 },
	{ 'b', 8, 1, 0 },
	{ 'b', 136, 0, 0 },
	{ 'c', 8, 0, 0 },
	{ 'c', 0, 0, 0 },
	{ 'c', 0xffffffff, 0xffffffff, 0 },
	{ 'b', 0x80000000, 3, 0 },
};

enum { INTERESTING = sizeof(interesting) / sizeof(interesting[0]) };

static void compare(const struct oci_device_rule_list *config, const struct devices_list *list)
{
	struct device_filter filter;
	bool one_bit;

	assert_int_equal(device_filter_compile(list, &filter, &err), 0);
	for (size_t i = 0; i < INTERESTING; i++) {
		struct attempt a = interesting[i];

		for (a.access = 1; a.access <= 7; a.access++)
			if (interpret(&filter, &a) != reference(config, &a))
				fail_msg("%c %u:%u access %u", a.type, a.major, a.minor, a.access);
	}
	device_filter_free(&filter);
	if (device_files_check(list, &err) < 0)
		return;
	/* What v1 can say at all it says right: access by access, but for making nodes. */
	struct v1_model model = { .allow = list->allow };

	for (size_t i = 0; i < list->count; i++)
		(list->rules[i].allow == list->allow ? v1_take_back : v1_add)(&model,
									      &list->rules[i]);
	for (size_t i = 0; i < INTERESTING; i++) {
		struct attempt a = interesting[i];

		for (a.access = 1; a.access <= 4; a.access *= 2) {
			one_bit = v1_allows(&model, &a);
			if (a.access != M && one_bit != reference(config, &a))
				fail_msg("v1: %c %u:%u access %u", a.type, a.major, a.minor,
					 a.access);
		}
	}
}

static char *one_of(const char *const *words, size_t count)
{
	return (char *)(uintptr_t)words[(size_t)rand() % count];
}

static struct oci_device_rule random_rule(void)
{
	static const char *const types[] = { "a", "b", "c", NULL };
	static const char *const accesses[] = {
		"r", "w", "m", "rw", "rm", "wm", "rwm", "mrw", NULL
	};
	static const int64_t numbers[] = {
		-1, 0, 1, 3, 5, 8, 10, 136, 200, 0xffffffff, 0x80000000
	};
	struct oci_device_rule rule = {
		.has_allow = true,
		.allow = rand() % 2,
		.type = one_of(types, 4),
		.access = one_of(accesses, 9),
		.has_major = rand() % 4,
		.has_minor = rand() % 4,
	};

	rule.major = rule.has_major ? numbers[rand() % 11] : 0;
	rule.minor = rule.has_minor ? numbers[rand() % 11] : 0;
	return rule;
}

static void random_lists(void **state)
{
	struct oci_device_rule rules[12];
	struct devices_list list;

	(void)state;
	srand(20261123);
	for (int round = 0; round < 4000; round++) {
		const struct oci_device_rule_list config = { rules, (size_t)rand() % 13 };

		for (size_t i = 0; i < config.count; i++)
			rules[i] = random_rule();
		assert_int_equal(devices_build(&config, &list, &err), 0);
		compare(&config, &list);
		devices_free(&list);
	}
}

/* The verifier refuses, among others, instructions that nothing leads to. */
static void the_kernel_takes_random_lists(void **state)
{
	struct oci_device_rule rules[12];
	struct devices_list list;
	struct device_filter filter;
	char log[4096];

	(void)state;
	srand(7);
	for (int round = 0; round < 500; round++) {
		const struct oci_device_rule_list config = { rules, (size_t)rand() % 13 };
		owned_fd fd = FD_NONE;

		for (size_t i = 0; i < config.count; i++)
			rules[i] = random_rule();
		assert_int_equal(devices_build(&config, &list, &err), 0);
		assert_int_equal(device_filter_compile(&list, &filter, &err), 0);
		fd = bpf_load_device_filter(filter.insns, filter.count, log, sizeof(log));
		device_filter_free(&filter);
		devices_free(&list);
		if (fd == -EPERM) {
			print_message("bpf is not allowed here\n");
			skip();
		}
		if (fd < 0)
			fail_msg("round %d: %d, %s", round, fd, log);
	}
}

static void too_many_rules_are_refused(void **state)
{
	enum { COUNT = 40000 };
	struct oci_device_rule *rules = calloc(COUNT, sizeof(*rules));
	const struct oci_device_rule_list config = { rules, COUNT };
	struct devices_list list;
	struct device_filter filter;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		rules[i] = (struct oci_device_rule){ .allow = i % 2,
						     .type = (char *)(uintptr_t) "c",
						     .has_major = true,
						     .major = i };
	assert_int_equal(devices_build(&config, &list, &err), 0);
	assert_int_equal(device_filter_compile(&list, &filter, &err), -E2BIG);
	assert_string_equal(err.pointer, "/linux/resources/devices");
	devices_free(&list);
	free(rules);
}

static struct oci_device_rule make_rule(bool allow, const char *type, int64_t major, int64_t minor,
					const char *access)
{
	return (struct oci_device_rule){
		.has_allow = true,
		.allow = allow,
		.type = (char *)(uintptr_t)type,
		.has_major = true,
		.major = major,
		.has_minor = true,
		.minor = minor,
		.access = (char *)(uintptr_t)access,
	};
}

static bool allowed(const struct oci_device_rule *rules, size_t count, struct attempt a)
{
	const struct oci_device_rule_list config = { (struct oci_device_rule *)(uintptr_t)rules,
						     count };
	struct devices_list list;
	struct device_filter filter;
	bool answer;

	assert_int_equal(devices_build(&config, &list, &err), 0);
	assert_int_equal(device_filter_compile(&list, &filter, &err), 0);
	answer = interpret(&filter, &a);
	device_filter_free(&filter);
	devices_free(&list);
	return answer;
}

/* GHSA-g54h-m393-cpwq: a list without "deny all" is not a list of denials. */
static void what_is_not_named_is_denied(void **state)
{
	const struct oci_device_rule rules[] = { make_rule(true, "c", 1, 3, "rwm") };

	(void)state;
	assert_true(allowed(rules, 1, (struct attempt){ 'c', 1, 3, R | W | M }));
	assert_false(allowed(rules, 1, (struct attempt){ 'c', 1, 1, R }));
	assert_false(allowed(rules, 1, (struct attempt){ 'b', 8, 0, R }));
	assert_false(allowed(rules, 0, (struct attempt){ 'b', 8, 0, W }));
}

static void the_default_spec_leaves_the_default_devices(void **state)
{
	struct oci_device_rule rule = { .has_allow = true,
					.allow = false,
					.access = (char *)"rwm" };

	(void)state;
	assert_true(allowed(&rule, 1, (struct attempt){ 'c', 1, 3, R | W }));
	assert_true(allowed(&rule, 1, (struct attempt){ 'c', 136, 5, R | W }));
	assert_true(allowed(&rule, 1, (struct attempt){ 'b', 8, 0, M }));
	assert_false(allowed(&rule, 1, (struct attempt){ 'b', 8, 0, R | M }));
	assert_false(allowed(&rule, 1, (struct attempt){ 'c', 1, 1, R }));
}

static void a_rule_of_the_config_wins_over_a_default(void **state)
{
	const struct oci_device_rule rules[] = {
		make_rule(false, "a", -1, -1, "rwm"),
		make_rule(false, "c", 1, 3, "w"),
	};

	(void)state;
	assert_true(allowed(rules, 2, (struct attempt){ 'c', 1, 3, R }));
	assert_false(allowed(rules, 2, (struct attempt){ 'c', 1, 3, R | W }));
}

static void the_last_rule_wins(void **state)
{
	const struct oci_device_rule rules[] = {
		make_rule(true, "b", 8, -1, "rw"),
		make_rule(false, "b", 8, 1, "w"),
		make_rule(true, "b", 8, 1, "w"),
		make_rule(false, "b", 8, 2, "rwm"),
	};

	(void)state;
	assert_true(allowed(rules, 4, (struct attempt){ 'b', 8, 0, R | W }));
	assert_true(allowed(rules, 4, (struct attempt){ 'b', 8, 1, R | W }));
	assert_false(allowed(rules, 4, (struct attempt){ 'b', 8, 2, R }));
	assert_false(allowed(rules, 2, (struct attempt){ 'b', 8, 1, W }));
}

/* --privileged */
static void allow_all_allows_all(void **state)
{
	const struct oci_device_rule rules[] = {
		make_rule(true, "a", -1, -1, "rwm"),
		make_rule(false, "b", 8, 0, "w"),
	};

	(void)state;
	assert_true(allowed(rules, 2, (struct attempt){ 'b', 9, 0, R | W | M }));
	assert_false(allowed(rules, 2, (struct attempt){ 'b', 8, 0, R | W }));
}

static void expect_invalid(struct oci_device_rule rule, const char *pointer)
{
	const struct oci_device_rule_list config = { &rule, 1 };
	struct devices_list list;

	error_clear(&err);
	assert_int_equal(devices_build(&config, &list, &err), -EINVAL);
	assert_string_equal(err.pointer, pointer);
}

static void bad_rules_are_refused(void **state)
{
	(void)state;
	expect_invalid(make_rule(true, "x", 1, 1, "r"), "/linux/resources/devices/0/type");
	expect_invalid(make_rule(true, "", 1, 1, "r"), "/linux/resources/devices/0/type");
	expect_invalid(make_rule(true, "cb", 1, 1, "r"), "/linux/resources/devices/0/type");
	expect_invalid(make_rule(true, "c", 1, 1, ""), "/linux/resources/devices/0/access");
	expect_invalid(make_rule(true, "c", 1, 1, "rwx"), "/linux/resources/devices/0/access");
	expect_invalid(make_rule(true, "c", -2, 1, "r"), "/linux/resources/devices/0/major");
	expect_invalid(make_rule(true, "c", 1, 4294967296, "r"),
		       "/linux/resources/devices/0/minor");
}

static int v1_check(const struct oci_device_rule *rules, size_t count)
{
	const struct oci_device_rule_list config = { (struct oci_device_rule *)(uintptr_t)rules,
						     count };
	struct devices_list list;
	int rc;

	assert_int_equal(devices_build(&config, &list, &err), 0);
	rc = device_files_check(&list, &err);
	devices_free(&list);
	return rc;
}

static void v1_refuses_what_it_cannot_express(void **state)
{
	const struct oci_device_rule hole[] = {
		make_rule(true, "b", 8, -1, "rw"),
		make_rule(false, "b", 8, 1, "w"),
	};
	const struct oci_device_rule docker[] = {
		make_rule(false, "a", -1, -1, "rwm"),  make_rule(true, "c", -1, -1, "m"),
		make_rule(true, "b", -1, -1, "m"),     make_rule(true, "c", 5, 1, "rwm"),
		make_rule(false, "c", 10, 229, "rwm"),
	};

	(void)state;
	assert_int_equal(v1_check(hole, 2), -EINVAL);
	assert_string_equal(err.pointer, "/linux/resources/devices/1");
	assert_string_equal(err.message, "cgroup v1 cannot deny \"b 8:1 w\" out of \"b 8:* rw\"");
	assert_int_equal(v1_check(docker, 5), 0);
}

static void v1_lines(void **state)
{
	char line[64] = "";
	const struct devices_rule any = { .type = 'b', .major = -1, .minor = 3, .access = M };
	const struct devices_rule long_one = {
		.type = 'c', .major = UINT32_MAX, .minor = UINT32_MAX, .access = R | W | M
	};

	(void)state;
	assert_int_equal(device_files_line(&any, line), strlen("b *:3 m"));
	assert_string_equal(line, "b *:3 m");
	(void)device_files_line(&long_one, line);
	assert_string_equal(line, "c 4294967295:4294967295 rwm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_named_is_denied),
		cmocka_unit_test(the_default_spec_leaves_the_default_devices),
		cmocka_unit_test(a_rule_of_the_config_wins_over_a_default),
		cmocka_unit_test(the_last_rule_wins),
		cmocka_unit_test(allow_all_allows_all),
		cmocka_unit_test(bad_rules_are_refused),
		cmocka_unit_test(v1_refuses_what_it_cannot_express),
		cmocka_unit_test(v1_lines),
		cmocka_unit_test(random_lists),
		cmocka_unit_test(the_kernel_takes_random_lists),
		cmocka_unit_test(too_many_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
