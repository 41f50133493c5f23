/*
 * test_seccomp_clock.c - is clock_gettime let through by a filter? As the interpreter of the other
 * tests answers, and never yes where that depends on something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "compile/seccomp_clock.h"
#include "ocispec/read.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

static bool ask_profile(const char *seccomp)
{
	struct arena arena = ARENA_INIT;
	struct oci_issues issues = { 0 };
	struct oci_config *config = NULL;
	struct seccomp_filter filter = { 0 };
	struct error err;
	struct log log;
	char text[1024];
	bool result;

	(void)snprintf(text, sizeof(text),
		       "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
		       "\"linux\":{\"seccomp\":%s}}",
		       seccomp);
	assert_int_equal(oci_config_read(&arena, text, strlen(text), &config, &issues), 0);
	log_init(&log);
	error_clear(&err);
	assert_int_equal(seccomp_compile(config->linux->seccomp, &arena, &log, &filter, &err), 0);
	result = seccomp_clock_is_free(&filter);
	log_free(&log);
	arena_free(&arena);
	return result;
}

#define CALLS(names, action) "\"syscalls\":[{\"names\":[" names "],\"action\":\"" action "\"}]}"

static void test_profiles(void **state)
{
	(void)state;
	assert_true(ask_profile("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}"));
	assert_true(ask_profile("{\"defaultAction\":\"SCMP_ACT_LOG\"}"));
	assert_true(ask_profile("{\"defaultAction\":\"SCMP_ACT_ALLOW\"," CALLS(
	    "\"ptrace\",\"mount\"", "SCMP_ACT_KILL_PROCESS")));
	assert_true(ask_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," CALLS(
	    "\"read\",\"clock_gettime\",\"execve\"", "SCMP_ACT_ALLOW")));
	assert_false(ask_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," CALLS(
	    "\"read\",\"execve\",\"openat2\"", "SCMP_ACT_ALLOW")));
	assert_false(ask_profile("{\"defaultAction\":\"SCMP_ACT_ALLOW\"," CALLS(
	    "\"clock_gettime\"", "SCMP_ACT_KILL_PROCESS")));
	assert_false(ask_profile(
	    "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," CALLS("\"clock_gettime\"", "SCMP_ACT_ERRNO")));
	assert_false(ask_profile("{\"defaultAction\":\"SCMP_ACT_ALLOW\"," CALLS(
	    "\"clock_gettime\"", "SCMP_ACT_NOTIFY")));
	/* only for one clock */
	assert_false(ask_profile(
	    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clock_gettime\"],"
	    "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
	    "\"SCMP_CMP_EQ\"}]}]}"));
}

#define ASK(...)                                                                                   \
	seccomp_clock_is_free(&(struct seccomp_filter){                                            \
	    .insns = (const struct sock_filter[]){ __VA_ARGS__ },                                  \
	    .count = sizeof((const struct sock_filter[]){ __VA_ARGS__ }) /                         \
		     sizeof(struct sock_filter) })

static void test_instructions(void **state)
{
	const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_filter kill = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	const struct sock_filter number =
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));

	(void)state;
	assert_true(ASK(allow));
	assert_false(ASK(kill));
	assert_true(ASK(BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), kill, allow));
	assert_true(
	    ASK(number, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0), kill, allow));
	assert_true(
	    ASK(number, BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_clock_gettime, 0, 1), kill, allow));
	assert_true(
	    ASK(number, BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_clock_gettime, 1, 0), kill, allow));
	assert_true(
	    ASK(number, BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40000000, 0, 1), kill, allow));
	/* an argument, an address, an instruction that is not understood, no answer at all */
	assert_false(
	    ASK(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)), allow));
	assert_false(ASK(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), allow));
	assert_false(ASK(BPF_STMT(BPF_RET | BPF_A, 0)));
	assert_false(ASK(number));
	assert_false(ASK(BPF_JUMP(BPF_JMP | BPF_JA, 7, 0, 0), allow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
