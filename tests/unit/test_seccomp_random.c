/*
 * test_seccomp_random.c - compiled filters against the reference, on random profiles.
 *
 * Every number from 0 to 600 of every ABI is tried, with arguments near the values that the
 * profile mentions.
 */
#include "compile/seccomp.h"
#include "seccomp_interpreter.h"
#include "seccomp_reference.h"

#include <linux/audit.h>
#include <stdio.h>

#define PROFILES 150
#define ENTRIES  40
#define ARGS     4
#define NAMES    120
#define POOL     1000

struct random_profile {
	struct oci_seccomp profile;
	struct oci_syscall entries[ENTRIES];
	struct oci_syscall_arg args[ENTRIES][ARGS];
	char *names[ENTRIES][NAMES];
	enum oci_seccomp_arch archs[2];
};

/* The ABIs of this machine, the native one first, and the names in any of them. */
#if defined(__x86_64__)
#define ABIS 3
static struct reference_abi abis[ABIS] = {
	{ .token = SCMP_ARCH_X86_64, .arch = AUDIT_ARCH_X86_64, .mask = UINT64_MAX },
	{ .token = SCMP_ARCH_X86, .arch = AUDIT_ARCH_I386, .mask = UINT32_MAX },
	{ .token = SCMP_ARCH_X32,
	  .arch = AUDIT_ARCH_X86_64,
	  .base = REFERENCE_X32_BIT,
	  .mask = UINT32_MAX },
};
static const enum oci_seccomp_arch foreign[] = { OCI_SECCOMP_ARCH_X86, OCI_SECCOMP_ARCH_X32 };
#elif defined(__aarch64__)
#define ABIS 2
static struct reference_abi abis[ABIS] = {
	{ .token = SCMP_ARCH_AARCH64, .arch = AUDIT_ARCH_AARCH64, .mask = UINT64_MAX },
	{ .token = SCMP_ARCH_ARM, .arch = AUDIT_ARCH_ARM, .mask = UINT32_MAX },
};
static const enum oci_seccomp_arch foreign[] = { OCI_SECCOMP_ARCH_ARM };
#else
#error "say what the ABIs of this machine are"
#endif
static char *pool[POOL];
static size_t pool_size;

static uint64_t state;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t below(size_t limit)
{
	return (size_t)(random_bits() >> 11) % limit;
}

/* Values that meet: few of them, and with both halves of 64 bits in play. */
static uint64_t random_value(void)
{
	static const uint64_t some[] = {
		0,           1,           2,           0x7fffffff,     0x80000000, 0xffffffff,
		0x100000000, 0x100000001, 0x300000002, UINT64_MAX - 1, UINT64_MAX
	};

	return below(8) ? some[below(sizeof(some) / sizeof(some[0]))] : random_bits();
}

static void random_action(struct oci_syscall *entry)
{
	entry->has_action = true;
	entry->action = (enum oci_seccomp_action)below(OCI_SECCOMP_ACTION_NOTIFY + 1);
	entry->has_errno_ret = (entry->action == OCI_SECCOMP_ACTION_ERRNO ||
				entry->action == OCI_SECCOMP_ACTION_TRACE) &&
			       below(2);
	entry->errno_ret = entry->has_errno_ret ? (uint32_t)below(4096) : 0;
}

static void random_args(struct oci_syscall *entry, struct oci_syscall_arg *args)
{
	entry->args.items = args;
	entry->args.count = below(2) ? 0 : 1 + below(ARGS);
	for (size_t i = 0; i < entry->args.count; i++) {
		args[i] = (struct oci_syscall_arg){
			.has_index = true,
			.index = (uint32_t)below(6),
			.has_value = true,
			.value = random_value(),
			.has_value_two = true,
			.value_two = random_value(),
			.has_op = true,
			.op = (enum oci_seccomp_operator)below(7),
		};
	}
}

/* Calls that socketcall(2) and ipc(2) carry elsewhere have a test of their own. */
static bool usable(const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name);

	return (number >= 0 || number < -300) && strcmp(name, "write") &&
	       strcmp(name, "socketcall") && strcmp(name, "ipc");
}

static void fill_pool(void)
{
	for (size_t a = 0; a < ABIS; a++) {
		reference_abi_init(&abis[a]);
		for (size_t i = 0; i < REFERENCE_NUMBERS; i++) {
			char *name = abis[a].names[i];
			bool known = !name || !usable(name);

			for (size_t n = 0; n < pool_size && !known; n++)
				known = !strcmp(pool[n], name);
			if (!known && pool_size < POOL)
				pool[pool_size++] = name;
		}
	}
}

/* New ones, or those of the entry before, so that a call has several rules. */
static void random_names(struct random_profile *random, size_t entry)
{
	struct oci_strings *names = &random->entries[entry].names;
	bool many = random->entries[entry].args.count == 0 && below(3) == 0;

	if (entry > 0 && below(3) == 0) {
		*names = random->entries[entry - 1].names;
		return;
	}
	names->items = random->names[entry];
	names->count = many ? below(NAMES) : 1 + below(6);
	for (size_t i = 0; i < names->count; i++)
		names->items[i] = pool[below(pool_size)];
}

static void random_archs(struct random_profile *random)
{
	for (size_t i = 0; i < ABIS - 1; i++)
		if (below(2))
			random->archs[random->profile.architectures.count++] = foreign[i];
	random->profile.architectures.items = random->archs;
}

static void random_profile(struct random_profile *random)
{
	memset(random, 0, sizeof(*random));
	random_action(&random->entries[0]); /* borrowed for the default */
	if (random->entries[0].action == OCI_SECCOMP_ACTION_NOTIFY)
		random->entries[0].action = OCI_SECCOMP_ACTION_ERRNO;
	random->profile.has_default_action = true;
	random->profile.default_action = random->entries[0].action;
	random->profile.has_default_errno_ret = random->entries[0].has_errno_ret;
	random->profile.default_errno_ret = random->entries[0].errno_ret;
	random_archs(random);
	random->profile.syscalls.items = random->entries;
	random->profile.syscalls.count = 1 + below(ENTRIES);
	for (size_t i = 0; i < random->profile.syscalls.count; i++) {
		random_action(&random->entries[i]);
		random_args(&random->entries[i], random->args[i]);
		random_names(random, i);
	}
}

static bool covers(const struct oci_seccomp *profile, size_t abi)
{
	for (size_t i = 0; i < profile->architectures.count; i++)
		if (abi > 0 && profile->architectures.items[i] == foreign[abi - 1])
			return true;
	return abi == 0;
}

/* Near a value that the profile tests that argument against, or anything. */
static void random_data(const struct oci_seccomp *profile, struct seccomp_data *data)
{
	for (size_t i = 0; i < 6; i++) {
		const struct oci_syscall *entry =
		    &profile->syscalls.items[below(profile->syscalls.count)];
		const struct oci_syscall_arg *arg;

		data->args[i] = random_value();
		if (entry->args.count == 0 || !below(4))
			continue;
		arg = &entry->args.items[below(entry->args.count)];
		data->args[arg->index] = below(2) ? arg->value : arg->value_two;
		data->args[arg->index] += below(2) ? 0 : below(3) - 1;
	}
}

static void compare(const struct oci_seccomp *profile, size_t abi,
		    const struct seccomp_filter *filter, struct seccomp_data *data)
{
	uint32_t expected = SECCOMP_RET_KILL_THREAD, actual;

	random_data(profile, data);
	if (covers(profile, abi))
		expected = reference_run(profile, &abis[abi], data);
	actual = interpreter_run(filter->insns, filter->count, data, 0);
	if (actual != expected)
		fail_msg(
		    "ABI %#x, call %d (%#llx %#llx %#llx %#llx %#llx %#llx): %#x instead of %#x",
		    abis[abi].token, data->nr, data->args[0], data->args[1], data->args[2],
		    data->args[3], data->args[4], data->args[5], actual, expected);
}

static void compare_all(const struct oci_seccomp *profile, const struct seccomp_filter *filter)
{
	struct seccomp_data data = { 0 };

	for (size_t a = 0; a < ABIS; a++) {
		reference_abi_use(&abis[a], profile);
		data.arch = abis[a].arch;
		for (uint32_t number = 0; number <= 600; number++) {
			data.nr = (int)(abis[a].base + number);
			for (size_t round = 0; round < 3; round++)
				compare(profile, a, filter, &data);
		}
		data.nr = (int)(abis[a].base + 9999);
		compare(profile, a, filter, &data);
	}
	data.nr = 0;
	data.arch = AUDIT_ARCH_S390X;
	assert_int_equal(interpreter_run(filter->insns, filter->count, &data, 0),
			 SECCOMP_RET_KILL_THREAD);
}

static void test_random(void **unused)
{
	static struct random_profile random;
	struct seccomp_filter filter;
	struct arena arena = ARENA_INIT;
	struct error err = { 0 };
	struct log log;

	(void)unused;
	log_init(&log);
	for (unsigned seed = 1; seed <= PROFILES; seed++) {
		state = seed * 0x9e3779b97f4a7c15u;
		random_profile(&random);
		if (seccomp_compile(&random.profile, &arena, &log, &filter, &err))
			fail_msg("profile %u: %s: %s", seed, err.pointer, err.message);
		compare_all(&random.profile, &filter);
		arena_free(&arena);
	}
	assert_null(log.first);
	log_free(&log);
	for (size_t a = 0; a < ABIS; a++)
		reference_abi_free(&abis[a]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	fill_pool();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
