/*
 * test_compile_values.c - each value of the enumerations that become numbers of the kernel: what
 * the program has in its steps. And each architecture of seccomp: covered, or said not to be.
 */
#include "test_compile.h"

#define CONFIG(process, linux)                                                                     \
	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, \"process\": {\"cwd\": "    \
	"\"/\", \"args\": [\"a\"]" process "}, \"linux\": {\"namespaces\": [{\"type\": "           \
	"\"mount\"}]" linux "}}"

struct value {
	const char *config;
	uint64_t number;
};

static const void *step_of(const struct compiled *c, enum step_kind kind)
{
	const struct step *step = program_first(&c->program);

	while (step && step->kind != kind)
		step = program_next(&c->program, step);
	assert_non_null(step);
	return step;
}

typedef uint64_t number_of(const struct compiled *c);

static void expect(const struct value *values, size_t count, number_of *number)
{
	const struct compile_options none = { 0 };
	struct compiled c;

	for (size_t i = 0; i < count; i++) {
		test_compile(&c, values[i].config, V2, &none);
		assert_int_equal(c.rc, 0);
		if (number(&c) != values[i].number)
			fail_msg("%s: %llu", values[i].config, (unsigned long long)number(&c));
		test_release(&c);
	}
}

#define EXPECT(values, number) expect(values, sizeof(values) / sizeof((values)[0]), number)

#define POLICY(more) CONFIG(", \"scheduler\": {" more "}", "")
#define FLAG(name)                                                                                 \
	POLICY("\"policy\": \"SCHED_DEADLINE\", \"runtime\": 5000, \"deadline\": 6000, "           \
	       "\"period\": 7000, \"flags\": [\"" name "\"]")

static const struct value policies[] = {
	{ POLICY("\"policy\": \"SCHED_OTHER\""), 0 },
	{ POLICY("\"policy\": \"SCHED_FIFO\", \"priority\": 1"), 1 },
	{ POLICY("\"policy\": \"SCHED_RR\", \"priority\": 1"), 2 },
	{ POLICY("\"policy\": \"SCHED_BATCH\""), 3 },
	{ POLICY("\"policy\": \"SCHED_ISO\""), 4 },
	{ POLICY("\"policy\": \"SCHED_IDLE\""), 5 },
	{ POLICY("\"policy\": \"SCHED_DEADLINE\", \"runtime\": 5000, \"deadline\": 6000, "
		 "\"period\": 7000"),
	  6 },
};

static const struct value scheduler_flags[] = {
	{ FLAG("SCHED_FLAG_RESET_ON_FORK"), 0x01 },  { FLAG("SCHED_FLAG_RECLAIM"), 0x02 },
	{ FLAG("SCHED_FLAG_DL_OVERRUN"), 0x04 },     { FLAG("SCHED_FLAG_KEEP_POLICY"), 0x08 },
	{ FLAG("SCHED_FLAG_KEEP_PARAMS"), 0x10 },    { FLAG("SCHED_FLAG_UTIL_CLAMP_MIN"), 0x20 },
	{ FLAG("SCHED_FLAG_UTIL_CLAMP_MAX"), 0x40 },
};

static uint64_t scheduler_policy(const struct compiled *c)
{
	return ((const struct step_scheduler *)step_of(c, STEP_SCHEDULER))->policy;
}

static uint64_t scheduler_flag(const struct compiled *c)
{
	const struct step_scheduler *step = step_of(c, STEP_SCHEDULER);

	assert_int_equal(step->runtime, 5000);
	assert_int_equal(step->deadline, 6000);
	assert_int_equal(step->period, 7000);
	return step->flags;
}

static void schedulers(void **state)
{
	(void)state;
	EXPECT(policies, scheduler_policy);
	EXPECT(scheduler_flags, scheduler_flag);
}

#define IO(class) CONFIG(", \"ioPriority\": {\"class\": \"" class "\", \"priority\": 3}", "")

static const struct value io_classes[] = {
	{ IO("IOPRIO_CLASS_RT"), 1 },
	{ IO("IOPRIO_CLASS_BE"), 2 },
	{ IO("IOPRIO_CLASS_IDLE"), 3 },
};

static uint64_t io_class(const struct compiled *c)
{
	const struct step_io_priority *step = step_of(c, STEP_IO_PRIORITY);

	assert_int_equal(step->priority, 3);
	return step->class;
}

static void io_priorities(void **state)
{
	(void)state;
	EXPECT(io_classes, io_class);
}

#define MEMORY(more)      CONFIG("", ", \"memoryPolicy\": {" more "}")
#define NODES(mode, more) MEMORY("\"mode\": \"" mode "\", \"nodes\": \"0\"" more)

static const struct value memory_modes[] = {
	{ MEMORY("\"mode\": \"MPOL_DEFAULT\""), 0 },
	{ NODES("MPOL_PREFERRED", ""), 1 },
	{ NODES("MPOL_BIND", ""), 2 },
	{ NODES("MPOL_INTERLEAVE", ""), 3 },
	{ MEMORY("\"mode\": \"MPOL_LOCAL\""), 4 },
	{ NODES("MPOL_PREFERRED_MANY", ""), 5 },
	{ NODES("MPOL_WEIGHTED_INTERLEAVE", ""), 6 },
	{ NODES("MPOL_BIND", ", \"flags\": [\"MPOL_F_NUMA_BALANCING\"]"), 2 | 1 << 13 },
	{ NODES("MPOL_BIND", ", \"flags\": [\"MPOL_F_RELATIVE_NODES\"]"), 2 | 1 << 14 },
	{ NODES("MPOL_BIND", ", \"flags\": [\"MPOL_F_STATIC_NODES\"]"), 2 | 1 << 15 },
};

static uint64_t memory_mode(const struct compiled *c)
{
	return ((const struct step_memory_policy *)step_of(c, STEP_MEMORY_POLICY))->mode;
}

static void memory_policies(void **state)
{
	(void)state;
	EXPECT(memory_modes, memory_mode);
}

/*
 * With the native architecture, and with what has its byte order and libseccomp knows, there is a
 * filter and nothing to say; of others there is one warning that names them. Which are which is the
 * machine's and libseccomp's business, so only that it is one of the two.
 */
static const char *const architectures[] = {
	"SCMP_ARCH_X86",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",         "SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",        "SCMP_ARCH_S390X",
	"SCMP_ARCH_PARISC",  "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",     "SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",    "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",
};

static bool is_big_endian(const char *name)
{
	static const char *const names[] = { "MIPS",     "MIPS64", "MIPS64N32", "PPC",
					     "PPC64",    "S390",   "S390X",     "PARISC",
					     "PARISC64", "M68K",   "SHEB" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name + strlen("SCMP_ARCH_"), names[i]) == 0)
			return true;
	}
	return false;
}

static void seccomp_architectures(void **state)
{
	const struct compile_options none = { 0 };
	struct compiled c;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++) {
		(void)snprintf(text, sizeof(text),
			       CONFIG("", ", \"seccomp\": {\"defaultAction\": "
					  "\"SCMP_ACT_ALLOW\", \"architectures\": [\"%s\"], "
					  "\"syscalls\": [{\"names\": [\"kexec_load\"], "
					  "\"action\": \"SCMP_ACT_ERRNO\"}]}"),
			       architectures[i]);
		test_compile(&c, text, V2, &none);
		assert_int_equal(c.rc, 0);
		assert_true(
		    ((const struct step_seccomp *)step_of(&c, STEP_SECCOMP))->filter.length > 0);
		if (is_big_endian(architectures[i]))
			assert_non_null(c.log.first); /* both our platforms are little-endian */
		if (c.log.first)
			assert_non_null(strstr(c.log.first->text, architectures[i]));
		test_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedulers),
		cmocka_unit_test(io_priorities),
		cmocka_unit_test(memory_policies),
		cmocka_unit_test(seccomp_architectures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
