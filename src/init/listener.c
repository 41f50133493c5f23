/*
 * listener.c - load a filter that notifies, and hand its listener to tare.
 *
 * The filter may trap the very sendmsg(2) that hands the listener over, and nobody could answer it
 * then. So a second thread, made before the filter is loaded and not under it, sends the
 * descriptor. Once the filter is loaded we call nothing until that is done: we look at memory.
 *
 * A thread leaves nothing behind, as a child that ends would in the container's pid namespace. But
 * there is none for whoever is about to join a pid namespace; then it is a process (STEP_HERALD).
 */
#include "init/listener.h"
#include "init/message.h"

#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

enum {
	NOTHING_YET = -4096, /* below every errno */
	LOADING = -4097,
	LOOK_AGAIN_NS = 20000,
};

/* Turns, ten seconds at least: the other may get no turn of a CPU at all (SCHED_FIFO). */
#define PATIENCE (1u << 31)

/* What both sides see. One filter is loaded in the life of tare-init. */
struct handover {
	int fd;   /* the listener, or why there is none */
	int sent; /* 0 or -errno */
};
_Static_assert(sizeof(struct handover) == sizeof(uint64_t), "as a field of a step");

static struct handover of_thread;
static struct init *owner;            /* of the thread */
static _Alignas(16) char stack[2048]; /* of the thread, which makes few calls */

static void rest(void)
{
#if defined(__x86_64__)
	__asm__ volatile("pause");
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* The program is not to run before the agent has its listener. */
static int await_delivery(struct init *init)
{
	char byte;
	long n;

	do
		n = sys_read(init->socket, &byte, 1);
	while (n == -EINTR);
	return n == 1 ? 0 : -EPIPE;
}

/*
 * It closes the listener, too: who is left with it could answer its own calls. Who is outside of
 * the process's pid namespace is not answered: the process itself will wait for tare's word.
 */
static void send_listener(struct init *init, struct handover *handover)
{
	const struct {
		long sec;
		long nsec;
	} soon = { 0, LOOK_AGAIN_NS };
	struct report report;
	int fd, rc;

	(void)sys_prctl(PR_SET_TIMERSLACK, 1, 0);
	while ((fd = __atomic_load_n(&handover->fd, __ATOMIC_ACQUIRE)) == LOADING)
		sys_call2(__NR_nanosleep, &soon, NULL);
	if (fd < 0)
		return;
	memset(&report, 0, sizeof(report));
	report.kind = REPORT_LISTENER;
	rc = report_send(init, &report, fd);
	sys_close(fd);
	if (rc == 0 && handover == &of_thread)
		rc = await_delivery(init);
	__atomic_store_n(&handover->sent, rc, __ATOMIC_RELEASE);
}

static _Noreturn void run_thread(void)
{
	send_listener(owner, &of_thread);
	for (;;)
		sys_call1(__NR_exit, 0); /* of this thread alone */
}

/* The new thread has another stack and never returns to this frame. */
static long start_thread(void)
{
	const unsigned long flags =
	    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	char *top = stack + sizeof(stack);
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%[run]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"((long)__NR_clone), "D"(flags), "S"(top),
			   "d"(0L), [run] "r"(run_thread)
			 : "rcx", "r11", "memory", "cc");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = __NR_clone;
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1") = (long)top;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "blr %[run]\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), [run] "r"(run_thread)
			 : "memory", "cc");
	return x0;
#endif
}

static int wait_until_sent(const struct handover *handover)
{
	for (unsigned turn = 0; turn < PATIENCE; turn++) {
		int sent = __atomic_load_n(&handover->sent, __ATOMIC_ACQUIRE);

		if (sent != NOTHING_YET)
			return sent;
		rest();
	}
	return -ETIMEDOUT;
}

/* The memory of a step is shared with our children, and so are our descriptors with this one. */
static struct handover *handover_of(struct step_herald *step)
{
	return (struct handover *)(void *)&step->handover;
}

static _Noreturn void run_herald(struct init *init, struct step_herald *step, int parent)
{
	struct handover *handover = handover_of(step);

	(void)sys_prctl(PR_SET_PDEATHSIG, 9 /* SIGKILL */, 0);
	if (sys_call0(__NR_getppid) == parent) {
		while (__atomic_load_n(&handover->fd, __ATOMIC_ACQUIRE) == NOTHING_YET)
			sys_call4(__NR_futex, &handover->fd, FUTEX_WAIT, NOTHING_YET, NULL);
		send_listener(init, handover);
	}
	sys_exit(0);
}

/* Not of our memory: who shares that cannot enter a time namespace. */
int step_run_herald(struct init *init, struct step_herald *step)
{
	int parent = (int)sys_call0(__NR_getpid);
	long pid;

	*handover_of(step) = (struct handover){ NOTHING_YET, NOTHING_YET };
	pid = sys_call5(__NR_clone, CLONE_FILES, 0, NULL, NULL, 0);
	if (pid < 0)
		return init_fail(init, PART_CLONE, pid);
	if (pid == 0)
		run_herald(init, step, parent);
	init->herald = step;
	return 0;
}

/* Whoever is to send the listener is there, and looks at the memory from now on. */
static int prepare(struct init *init, struct handover **handover)
{
	if (init->herald) {
		*handover = handover_of(init->herald);
		init->herald = NULL;
		__atomic_store_n(&(*handover)->fd, LOADING, __ATOMIC_RELEASE);
		return (int)sys_call3(__NR_futex, &(*handover)->fd, FUTEX_WAKE, 1);
	}
	*handover = &of_thread;
	of_thread = (struct handover){ LOADING, NOTHING_YET };
	owner = init;
	return (int)start_thread();
}

int listener_load(struct init *init, uint64_t flags, const struct sock_fprog *program)
{
	struct handover *handover;
	long rc = prepare(init, &handover);

	if (rc < 0)
		return init_fail(init, PART_CLONE, rc);
	rc = sys_call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
		       flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, program);
	__atomic_store_n(&handover->fd, (int)rc, __ATOMIC_RELEASE);
	return rc < 0 ? (int)rc : wait_until_sent(handover);
}
