/*
 * test_seccomp_bpf.c - filters given in base64: what is refused, and that the kernel refuses the
 * same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sys/seccomp_bpf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static char *encode(const void *data, size_t size)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;
	char *text = calloc(size / 3 * 4 + 8, 1), *to = text;

	assert_non_null(text);
	for (size_t i = 0; i < size; i += 3) {
		const uint32_t b = i + 1 < size ? bytes[i + 1] : 0,
			       c = i + 2 < size ? bytes[i + 2] : 0;
		const uint32_t bits = (uint32_t)bytes[i] << 16 | b << 8 | c;

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = i + 1 < size ? digits[bits >> 6 & 63] : '=';
		*to++ = i + 2 < size ? digits[bits & 63] : '=';
	}
	return text;
}

static int read_text(const char *text, struct seccomp_bpf_fault *fault)
{
	static struct sock_filter out[SECCOMP_BPF_MAX];
	size_t count = 0;

	fault->text[0] = '\0';
	return seccomp_bpf_read(text, out, &count, fault);
}

static void not_base64(void **state)
{
	static const char *const texts[][2] = {
		{ "", "has 0 bytes" },
		{ "BgAAAAAA/38", "is not base64" },
		{ "BgAAAAAA/38=\n", "is not base64" },
		{ "BgAAAAAA/38-", "is not base64" },
		{ "BgAAAAAA/3==", "is not base64" }, /* bits left over */
		{ "BgAA=AAA/38=", "is not base64" },
		{ "====", "is not base64" },
		{ "BgAAAAAA", "has 6 bytes" },
		{ "BgAAAAAA/38A", "has 9 bytes" },
	};
	struct seccomp_bpf_fault fault;

	(void)state;
	assert_int_equal(read_text("BgAAAAAA/38=", &fault), 0); /* return ALLOW */
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_text(texts[i][0], &fault), -EINVAL);
		if (!strstr(fault.text, texts[i][1]))
			fail_msg("%s: %s", texts[i][0], fault.text);
	}
}

static void lengths(void **state)
{
	static struct sock_filter program[SECCOMP_BPF_MAX + 1], out[SECCOMP_BPF_MAX];
	struct seccomp_bpf_fault fault;
	size_t count = 0;
	char *text;

	(void)state;
	for (size_t i = 0; i <= SECCOMP_BPF_MAX; i++)
		program[i] = (struct sock_filter)ALLOW;
	text = encode(program, SECCOMP_BPF_MAX * sizeof(program[0]));
	assert_int_equal(seccomp_bpf_read(text, out, &count, &fault), 0);
	assert_int_equal(count, SECCOMP_BPF_MAX);
	assert_memory_equal(out, program, sizeof(out));
	free(text);
	text = encode(program, sizeof(program));
	assert_int_equal(read_text(text, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "more than 4096 instructions"));
	free(text);
}

static void instructions(void **state)
{
	static const struct {
		struct sock_filter insns[2];
		const char *why; /* NULL: it is right */
	} rows[] = {
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), ALLOW }, NULL },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ALLOW },
		  "instruction 0 (code 0x20) loads" },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), ALLOW }, "struct seccomp_data" },
		{ { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), ALLOW }, "not one that seccomp knows" },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), ALLOW }, "not one that seccomp knows" },
		{ { BPF_STMT(BPF_JMP | BPF_JA, 0), ALLOW }, NULL },
		{ { BPF_STMT(BPF_JMP | BPF_JA, 1), ALLOW }, "jumps out" },
		{ { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), ALLOW }, "jumps out" },
		{ { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0), ALLOW }, "jumps out" },
		{ { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW }, "divides by zero" },
		{ { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ALLOW }, "more than 31 bits" },
		{ { BPF_STMT(BPF_ST, 16), ALLOW }, "memory that there is not" },
		{ { ALLOW, BPF_STMT(BPF_ALU | BPF_NEG, 0) }, "does not end with a return" },
		{ { ALLOW, BPF_STMT(BPF_RET | BPF_A, 0) }, NULL },
		{ { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF), ALLOW }, "asks a listener" },
	};
	struct seccomp_bpf_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = encode(rows[i].insns, sizeof(rows[i].insns));
		const int rc = read_text(text, &fault);

		free(text);
		if (rc != (rows[i].why ? -EINVAL : 0) ||
		    (rows[i].why && !strstr(fault.text, rows[i].why)))
			fail_msg("row %zu: %d %s", i, rc, fault.text);
	}
}

/* Whether the kernel takes it. What the filter then does to the child does not matter: it only
 * waits. */
static bool kernel_takes(struct sock_filter *insns, size_t count)
{
	const struct sock_fprog program = { (unsigned short)count, insns };
	volatile int *verdict =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result;
	pid_t child;

	assert_ptr_not_equal(verdict, MAP_FAILED);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		*verdict =
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 1 : errno;
		for (;;)
			;
	}
	while (*verdict == 0)
		(void)usleep(50);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	result = *verdict;
	(void)munmap((void *)verdict, 4096);
	assert_true(result == 1 || result == EINVAL);
	return result == 1;
}

/*
 * Random instructions before a return, half of them near the limits of what is right. Loads from
 * memory are left out: whether it was written before is for the kernel to follow.
 */
static void as_the_kernel(void **state)
{
	static const uint32_t arguments[] = {
		0, 1, 2, 3, 4, 8, 15, 16, 31, 32, 60, 64, UINT32_MAX
	};
	static const uint16_t loads[] = { BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM };
	struct seccomp_bpf_fault fault;
	int taken = 0, refused = 0;

	(void)state;
	srandom(20261126);
	for (int i = 0; i < 600; i++) {
		struct sock_filter program[3] = { { 0 }, ALLOW, ALLOW };
		char *text;
		bool ours;

		program[0].code = (uint16_t)(random() % 256);
		program[0].jt = (uint8_t)(random() % 4);
		program[0].jf = (uint8_t)(random() % 4);
		program[0].k =
		    arguments[(size_t)random() % (sizeof(arguments) / sizeof(arguments[0]))];
		if (program[0].code == loads[0] || program[0].code == loads[1])
			continue;
		text = encode(program, sizeof(program));
		ours = read_text(text, &fault) == 0;
		free(text);
		if (ours != kernel_takes(program, 3))
			fail_msg("code %#x jt %u jf %u k %#x: we say %d %s", program[0].code,
				 program[0].jt, program[0].jf, program[0].k, ours, fault.text);
		taken += ours;
		refused += !ours;
	}
	assert_true(taken > 50 && refused > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_base64),
		cmocka_unit_test(lengths),
		cmocka_unit_test(instructions),
		cmocka_unit_test(as_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
