/*
 * main.c - the entry of tare-init.
 *
 * tare passes three numbers as arguments: the descriptor of the program (a memfd), that of the
 * socket, and the size of the program.
 */
#include "init/init.h"

#include <linux/mman.h>
#include <linux/signal.h>

/* Freestanding only: a hosted build (unit tests) has its own main(). */
#ifdef TARE_INIT_FREESTANDING
void init_main(long *stack);
SYS_ENTRY(init_main);

static int number(const char *text)
{
	int value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static void *map(int fd, size_t size)
{
	long at = sys_call6(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at < 0 && at > -4096 ? NULL : (void *)at;
}

/*
 * The payload starts with nothing ignored and nothing blocked, whatever tare's caller did; and a
 * handler is never inherited by exec.
 */
static void reset_signals(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { NULL, 0, NULL, 0 };
	uint64_t none = 0;

	for (int signal = 1; signal <= 64; signal++)
		sys_call4(__NR_rt_sigaction, signal, &action, NULL, sizeof(none));
	sys_call4(__NR_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

__attribute__((used)) void init_main(long *stack)
{
	char **argv = (char **)(stack + 1);
	struct init init;
	const struct program_header *header;
	int fd;

	memset(&init, 0, sizeof(init));
	init.root = init.proc = init.pid_ns = init.null = init.empty = NO_FD;
	init.label = init.own_proc = NO_FD;
	if (stack[0] != 4)
		sys_exit(111); /* somebody started us by hand */
	fd = number(argv[1]);
	init.socket = number(argv[2]);
	init.base = map(fd, (size_t)number(argv[3]));
	if (!init.base)
		sys_exit(112);
	sys_close(fd);
	header = (const void *)init.base;
	if (header->magic != PROGRAM_MAGIC || header->version != PROGRAM_VERSION)
		sys_exit(113);
	if (header->times)
		init.times = (void *)(init.base + header->times);
	reset_signals();
	(void)run_program(&init);
	sys_exit(1);
}
#endif
