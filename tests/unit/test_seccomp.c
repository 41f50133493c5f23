/*
 * test_seccomp.c - compile/seccomp: flags, errors with their pointers, ENOSYS, architectures.
 *
 * Profiles are written as JSON, as in config.json.
 */
#include "compile/seccomp.h"
#include "compile/seccomp_prologue.h"
#include "ocispec/read.h"
#include "seccomp_interpreter.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#define EPERM_ACTION  (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)
#define DENY          "\"defaultAction\": \"SCMP_ACT_ERRNO\""
#define ALLOW         "\"defaultAction\": \"SCMP_ACT_ALLOW\""
#define RULES(text)   ", \"syscalls\": [" text "]"
#define ALLOWED(name) "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_ALLOW\"}"

struct fixture {
	struct arena arena;
	struct log log;
	struct error err;
	struct seccomp_filter filter;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	log_init(&f->log);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	log_free(&f->log);
	free(f);
	return 0;
}

static const struct oci_seccomp *parse(struct fixture *f, const char *members)
{
	char *text = arena_format(&f->arena, "{%s}", members);
	struct oci_issues issues = { 0 };
	void *profile = NULL;
	struct oci_text input = { text, strlen(text) };

	if (oci_read(&f->arena, oci_seccomp_type, input, &profile, &issues))
		fail_msg("%s %s", issues.first->pointer, issues.first->message);
	return profile;
}

static void compile(struct fixture *f, const char *members)
{
	if (seccomp_compile(parse(f, members), &f->arena, &f->log, &f->filter, &f->err))
		fail_msg("%s: %s", f->err.pointer, f->err.message);
}

static void refuse(struct fixture *f, const char *members, const char *pointer, const char *message)
{
	int rc = seccomp_compile(parse(f, members), &f->arena, &f->log, &f->filter, &f->err);

	assert_true(rc < 0);
	assert_int_equal(rc, -f->err.errnum);
	assert_string_equal(f->err.pointer, pointer);
	assert_string_equal(f->err.message, message);
}

static uint32_t call(const struct fixture *f, uint32_t arch, uint32_t number, uint64_t arg0)
{
	struct seccomp_data data = { .nr = (int)number, .arch = arch, .args = { arg0 } };

	return interpreter_run(f->filter.insns, f->filter.count, &data, 0);
}

static uint32_t native_arch(void)
{
	return seccomp_arch_native();
}

static uint32_t native(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	assert_true(number >= 0);
	return (uint32_t)number;
}

static void test_flags(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *members;
		uint32_t flags;
	} rows[] = {
		{ ALLOW, SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ ALLOW ", \"flags\": []", 0 },
		{ ALLOW ", \"flags\": [\"SECCOMP_FILTER_FLAG_TSYNC\"]", 0 },
		{ ALLOW ", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"]", SECCOMP_FILTER_FLAG_LOG },
		{ ALLOW ", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
			"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]",
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		compile(f, rows[i].members);
		assert_int_equal(f->filter.flags, rows[i].flags);
		assert_false(f->filter.wants_listener);
	}
	assert_null(f->log.first);
}

static void test_notify(void **state)
{
	struct fixture *f = *state;

	compile(f, ALLOW ", \"flags\": [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]" RULES(
		       "{\"names\": [\"mkdirat\"], \"action\": \"SCMP_ACT_NOTIFY\"}"));
	assert_true(f->filter.wants_listener);
	assert_int_equal(f->filter.flags, 1u << 5);
	assert_int_equal(call(f, native_arch(), native("mkdirat"), 0), SECCOMP_RET_USER_NOTIF);
	assert_null(f->log.first);

	compile(f, ALLOW ", \"flags\": [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]");
	assert_int_equal(f->filter.flags, 0);
	assert_non_null(f->log.first);
	assert_string_equal(f->log.first->pointer, "/linux/seccomp/flags/0");
	assert_string_equal(f->log.first->text, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV has no "
						"effect without an action SCMP_ACT_NOTIFY");
}

static void test_errors(void **state)
{
	struct fixture *f = *state;

	refuse(f, "\"defaultAction\": \"SCMP_ACT_NOTIFY\"", "/linux/seccomp/defaultAction",
	       "SCMP_ACT_NOTIFY cannot be the default action");
	refuse(f, ALLOW ", \"defaultErrnoRet\": 1", "/linux/seccomp/defaultErrnoRet",
	       "an errno is given for the action SCMP_ACT_ALLOW, which returns none");
	refuse(f, DENY ", \"defaultErrnoRet\": 4096", "/linux/seccomp/defaultErrnoRet",
	       "the errno 4096 is above 4095, the largest that SCMP_ACT_ERRNO can return");
	refuse(f,
	       DENY RULES(ALLOWED("read") ", {\"names\": [\"write\"], \"action\": "
					  "\"SCMP_ACT_KILL\", \"errnoRet\": 1}"),
	       "/linux/seccomp/syscalls/1/errnoRet",
	       "an errno is given for the action SCMP_ACT_KILL, which returns none");
	refuse(f,
	       DENY RULES("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRACE\", "
			  "\"errnoRet\": 65536}"),
	       "/linux/seccomp/syscalls/0/errnoRet",
	       "the errno 65536 is above 65535, the largest that SCMP_ACT_TRACE can return");
	refuse(f, DENY RULES(ALLOWED("")), "/linux/seccomp/syscalls/0/names/0",
	       "the name of a system call is empty");
	refuse(f,
	       ALLOW RULES("{\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_NOTIFY\"}"),
	       "/linux/seccomp/syscalls/0/names/1", "SCMP_ACT_NOTIFY cannot be used for write");
	refuse(f,
	       DENY RULES("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
			  "{\"index\": 5, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"},"
			  "{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}"),
	       "/linux/seccomp/syscalls/0/args/1/index",
	       "a system call has no argument 6: they count from 0 to 5");
	/* Also in a rule that is left out because the default says the same. */
	refuse(f, ALLOW RULES(ALLOWED("")), "/linux/seccomp/syscalls/0/names/0",
	       "the name of a system call is empty");
}

/* Many conditions: through the prologue alone, or with what libseccomp makes. */
static void test_too_large(void **state)
{
	static const char condition[] = "{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}";
	struct fixture *f = *state;
	size_t size = 1300 * sizeof(condition) + 1000, used;
	char *text = arena_alloc(&f->arena, size);

	used = (size_t)snprintf(text, size,
				"%s, \"syscalls\": [{\"names\": [\"read\"], \"action\": "
				"\"SCMP_ACT_ALLOW\", \"args\": [%s",
				DENY, condition);
	for (size_t i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, size - used, ",%s", condition);
	(void)snprintf(text + used, size - used, "]}]");
	refuse(f, text, "/linux/seccomp/syscalls",
	       "the seccomp filter has more than 4096 instructions, which is all that the kernel "
	       "takes");
	assert_string_not_equal(f->err.hint, "");
}

static void test_unknown_names(void **state)
{
	struct fixture *f = *state;

	compile(f, DENY RULES(ALLOWED("read") "," ALLOWED("a_call_of_the_future")));
	assert_int_equal(call(f, native_arch(), native("read"), 0), SECCOMP_RET_ALLOW);
	assert_null(f->log.first);
}

/* The first rule without conditions wins, wherever it stands; what the default says is left out. */
static void test_precedence(void **state)
{
	struct fixture *f = *state;
	uint32_t arch = native_arch(), read = native("read");

	compile(f, DENY RULES("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", \"args\": ["
			      "{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},"
			      "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"},"
			      "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\"}," //
			      ALLOWED("read")));
	assert_int_equal(call(f, arch, read, 1), SECCOMP_RET_LOG);
	assert_int_equal(call(f, arch, read, 2), SECCOMP_RET_LOG);

	compile(f, DENY RULES("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"},"
			      "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", \"args\": ["
			      "{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},"
			      "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRAP\", \"args\": ["
			      "{\"index\": 0, \"value\": 9, \"op\": \"SCMP_CMP_LT\"}]}"));
	assert_int_equal(call(f, arch, read, 1), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(call(f, arch, read, 2), SECCOMP_RET_TRAP);
	assert_int_equal(call(f, arch, read, 9), EPERM_ACTION);
}

static void test_enosys(void **state)
{
	static const struct {
		const char *members;
		uint32_t newer; /* what a call above the last gets */
	} rows[] = {
		{ DENY, ENOSYS_ACTION },
		{ DENY ", \"defaultErrnoRet\": 13", ENOSYS_ACTION },
		{ DENY ", \"defaultErrnoRet\": 38", ENOSYS_ACTION },
		{ "\"defaultAction\": \"SCMP_ACT_KILL\"", ENOSYS_ACTION },
		{ "\"defaultAction\": \"SCMP_ACT_KILL_THREAD\"", ENOSYS_ACTION },
		{ "\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"", ENOSYS_ACTION },
		{ "\"defaultAction\": \"SCMP_ACT_TRAP\"", ENOSYS_ACTION },
		{ "\"defaultAction\": \"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
		{ "\"defaultAction\": \"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
		{ ALLOW, SECCOMP_RET_ALLOW },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *rules = RULES("{\"names\": [\"read\", \"openat2\"], \"action\": "
					  "\"SCMP_ACT_ERRNO\", \"errnoRet\": 99}");

		compile(f, arena_format(&f->arena, "%s%s", rows[i].members, rules));
		assert_int_equal(call(f, native_arch(), native("openat2"), 0),
				 SECCOMP_RET_ERRNO | 99);
		assert_int_equal(call(f, native_arch(), native("openat2") + 1, 0), rows[i].newer);
		assert_int_equal(call(f, native_arch(), 9999, 0), rows[i].newer);
	}
	/* Below the last it is the default that counts. */
	compile(f, DENY RULES(ALLOWED("openat2")));
	assert_int_equal(call(f, native_arch(), native("openat2") - 1, 0), EPERM_ACTION);
	/* A rule that is left out names its call all the same. */
	compile(f, DENY RULES("{\"names\": [\"openat2\"], \"action\": \"SCMP_ACT_ERRNO\"}"));
	assert_int_equal(call(f, native_arch(), native("openat2"), 0), EPERM_ACTION);
	/* A profile that names nothing says nothing about age. */
	compile(f, DENY);
	assert_int_equal(call(f, native_arch(), 9999, 0), EPERM_ACTION);
}

/*
 * What cannot be covered is a warning. The names of other machines are as good as any: their
 * numbers are looked up and their programs are filtered.
 */
static void test_architectures(void **state)
{
	struct fixture *f = *state;
	uint32_t other = native_arch() == SCMP_ARCH_ARM ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_ARM;
	const struct log_warning *warning;

	compile(f, DENY ", \"architectures\": [\"SCMP_ARCH_S390X\", \"SCMP_ARCH_MIPSEL\", "
			"\"SCMP_ARCH_ARM\"]" RULES(ALLOWED("read")));
	assert_int_equal(call(f, native_arch(), native("read"), 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(f, other, 3, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(f, other, 4, 0), ENOSYS_ACTION);
	assert_int_equal(call(f, AUDIT_ARCH_MIPSEL, 4003, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(f, AUDIT_ARCH_MIPSEL, 4004, 0), ENOSYS_ACTION);
	assert_int_equal(call(f, AUDIT_ARCH_S390X, 3, 0), SECCOMP_RET_KILL_THREAD);
	warning = f->log.first;
	assert_non_null(warning);
	assert_string_equal(warning->pointer, "/linux/seccomp/architectures/0");
	assert_string_equal(warning->text, "the filter does not cover SCMP_ARCH_S390X: its byte "
					   "order is not this machine's");
	assert_null(warning->next);
}

#ifndef SCMP_ARCH_LOONGARCH64
static void test_unknown_architecture(void **state)
{
	struct fixture *f = *state;

	compile(f, DENY ", \"architectures\": [\"SCMP_ARCH_LOONGARCH64\"]");
	assert_non_null(f->log.first);
	assert_string_equal(f->log.first->text, "the filter does not cover SCMP_ARCH_LOONGARCH64: "
						"this libseccomp does not know it");
}
#endif

/* The private calls of 32-bit ARM are far above all others, and say nothing about age. */
static void test_arm_private(void **state)
{
	struct fixture *f = *state;

	compile(f, DENY ", \"architectures\": [\"SCMP_ARCH_ARM\"]" RULES(
		       ALLOWED("read") "," ALLOWED("cacheflush")));
	assert_int_equal(call(f, AUDIT_ARCH_ARM, 0xf0002, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(f, AUDIT_ARCH_ARM, 0xf0005, 0), EPERM_ACTION);
	assert_int_equal(call(f, AUDIT_ARCH_ARM, 4, 0), ENOSYS_ACTION);
}

#if defined(__x86_64__)
#define X32 0x40000000u
static void test_x32(void **state)
{
	struct fixture *f = *state;

	compile(f, DENY RULES(ALLOWED("read")));
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, 1, 0), ENOSYS_ACTION);
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, X32, 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, X32 + 9999, 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, UINT32_MAX, 0), EPERM_ACTION);
	compile(f, DENY ", \"architectures\": [\"SCMP_ARCH_X32\"]" RULES(ALLOWED("read")));
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, 1, 0), ENOSYS_ACTION);
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, X32, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call(f, AUDIT_ARCH_X86_64, X32 + 1, 0), ENOSYS_ACTION);
}

/*
 * On i386 socket is a call of its own (359) and a part of socketcall (102), where its arguments
 * are out of sight: there it gets the most permissive action of its rules.
 */
static void test_socketcall(void **state)
{
	struct fixture *f = *state;
	static const char members[] = DENY ", \"architectures\": [\"SCMP_ARCH_X86\"]" RULES(
	    "{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_KILL\", \"args\": ["
	    "{\"index\": 0, \"value\": 16, \"op\": \"SCMP_CMP_EQ\"}]},"
	    "{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
	    "{\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_NE\"}]}");

	compile(f, members);
	for (size_t i = 0; i < 2; i++) {
		uint32_t arch = i ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64, number = i ? 359 : 41;

		assert_int_equal(call(f, arch, number, 1), SECCOMP_RET_ALLOW);
		assert_int_equal(call(f, arch, number, 16), SECCOMP_RET_KILL_THREAD);
		assert_int_equal(call(f, arch, number, 40), EPERM_ACTION);
		assert_int_equal(call(f, arch, number + 1, 1), ENOSYS_ACTION);
	}
	assert_int_equal(call(f, AUDIT_ARCH_I386, 102, 1), SECCOMP_RET_ALLOW); /* SYS_SOCKET */
	assert_int_equal(call(f, AUDIT_ARCH_I386, 102, 2), EPERM_ACTION);      /* SYS_BIND */
}
#endif

/* Only a big-endian libseccomp makes the filter, so the prologue is looked at alone. */
static void test_s390(void **state)
{
	struct fixture *f = *state;
	const struct oci_seccomp *profile = parse(f, DENY RULES(ALLOWED("read")));
	struct seccomp_abis abis = { { SCMP_ARCH_S390X, SCMP_ARCH_PPC64 }, 2 };
	struct seccomp_data data = { .nr = 0, .arch = AUDIT_ARCH_S390X };
	struct seccomp_prologue prologue;
	struct seccomp_calls calls;

	assert_int_equal(seccomp_rules_read(profile, &f->arena, &calls, &f->err), 0);
	assert_int_equal(seccomp_prologue_build(profile, &calls, &abis, &f->arena, &prologue), 0);
	for (data.nr = 0; data.nr < 600; data.nr++) {
		bool newer = data.nr == 0 || data.nr > 3; /* 0 is what the kernel does not know */

		assert_int_equal(interpreter_run(prologue.insns, prologue.count, &data, 12345),
				 newer ? ENOSYS_ACTION : 12345);
	}
	data.arch = AUDIT_ARCH_PPC64;
	data.nr = 0;
	assert_int_equal(interpreter_run(prologue.insns, prologue.count, &data, 12345), 12345);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_flags),
		TEST(test_notify),
		TEST(test_errors),
		TEST(test_too_large),
		TEST(test_unknown_names),
		TEST(test_precedence),
		TEST(test_enosys),
		TEST(test_architectures),
#ifndef SCMP_ARCH_LOONGARCH64
		TEST(test_unknown_architecture),
#endif
		TEST(test_arm_private),
#if defined(__x86_64__)
		TEST(test_x32),
		TEST(test_socketcall),
#endif
		TEST(test_s390),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
