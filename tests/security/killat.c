/*
 * killat.c - kill a process at one certain system call, and see what is left of its work.
 *
 *   killat REPORT TARGET N COMMAND...
 *
 * Runs the command. At the N-th system call, before it is made, TARGET is killed with SIGKILL. N
 * may be the word "sent" as well: the call after the first sendmsg. TARGET is one of
 *
 *   self   the command; nobody else is traced
 *   child  the first process that the command makes
 *   PID    a process that exists already; its calls count from now until it executes a program
 *
 * The binary is not touched, and what the command had done by then, it has done.
 *
 * Exit status: 0 if the target was killed, 3 if it was not, as it made fewer calls. REPORT gets one
 * line, "killed N CALL STATUS" or "ended CALLS - STATUS", with the number of the call, and with the
 * command's exit status (128 + signal).
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/ptrace.h and sys/ptrace.h do not go together */
struct call_info {
	unsigned char op;
	unsigned char pad[3];
	unsigned int arch;
	unsigned long long pointers[2];
	unsigned long long nr;
	unsigned long long args[6];
};

enum { ENTRY = 1, ENDED_BEFORE = 3, TROUBLE = 4 };

static struct {
	pid_t command;
	pid_t target; /* 0: not born yet */
	pid_t held;   /* it was seen before its birth was heard of; 0: nobody */
	int births;   /* until it is */
	bool armed;   /* its calls count; those of ours before execv do not */
	bool until_exec;
	bool killed;
	bool when_sent;
	long at, count;
	unsigned long long nr;
} run;

static void die(const char *what)
{
	fprintf(stderr, "killat: %s: %s\n", what, strerrorname_np(errno));
	exit(TROUBLE);
}

static bool is_word(const char *argument, const char *word)
{
	return strcmp(argument, word) == 0;
}

static void launch(char **argv)
{
	int gate[2];
	char byte;

	if (pipe(gate) < 0)
		die("pipe");
	run.command = fork();
	if (run.command < 0)
		die("fork");
	if (run.command == 0) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) != 0) /* until we have seized it */
			_exit(TROUBLE);
		close(gate[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(gate[0]);
	if (run.births > 0 || run.target == 0) {
		const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
		const long births = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;

		if (ptrace(PTRACE_SEIZE, run.command, 0L, run.births ? options | births : options) <
		    0)
			die("PTRACE_SEIZE");
	}
	close(gate[1]);
}

static void count_call(pid_t pid)
{
	struct call_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0)
		return;
	if (info.op != ENTRY)
		return;
	run.count++;
	if (run.when_sent && info.nr == SYS_sendmsg) {
		run.when_sent = false;
		run.at = run.count + 1;
	}
	if (run.count != run.at)
		return;
	run.nr = info.nr;
	run.killed = true;
	kill(pid, SIGKILL);
}

static bool counts(pid_t pid)
{
	return pid == run.target && run.armed && !run.killed;
}

/* The command has made another process: is it the one? */
static void see_birth(pid_t parent)
{
	unsigned long child;
	const pid_t held = run.held;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0L, &child) < 0)
		return;
	if (run.births > 0 && --run.births == 0)
		run.target = (pid_t)child;
	run.held = 0;
	if (held > 0)
		ptrace(counts(held) ? PTRACE_SYSCALL : PTRACE_CONT, held, 0L, 0L);
}

/*
 * A process that the command has made, at its very first stop. We may see it before we hear of its
 * birth: then it waits, or it would be far away before we know that it is the one.
 */
static void meet(pid_t pid)
{
	if (pid != run.command && pid != run.target && run.births > 0)
		run.held = pid;
	else if (pid != run.command && pid != run.target)
		ptrace(PTRACE_DETACH, pid, 0L, 0L);
	else
		ptrace(counts(pid) ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0L, 0L);
}

static void handle_stop(pid_t pid, int status)
{
	const int signal = WSTOPSIG(status), event = status >> 16;
	long pass = 0;

	if (signal == (SIGTRAP | 0x80)) {
		if (counts(pid))
			count_call(pid);
	} else if (event == PTRACE_EVENT_STOP) {
		meet(pid);
		return;
	} else if (event == PTRACE_EVENT_EXEC) {
		run.armed = true;
		if (pid == run.target && run.until_exec) {
			ptrace(PTRACE_DETACH, pid, 0L, 0L);
			return;
		}
	} else if (event != 0) {
		see_birth(pid);
	} else {
		pass = signal;
	}
	if (run.killed && pid == run.target)
		return; /* it is dying */
	ptrace(counts(pid) ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0L, pass);
}

static int follow(void)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			die("waitpid");
		if (WIFSTOPPED(status))
			handle_stop(pid, status);
		else if (pid == run.command)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static void choose_target(const char *target)
{
	if (is_word(target, "child")) {
		run.births = 1;
		return;
	}
	if (is_word(target, "self"))
		return;
	run.target = atoi(target);
	run.armed = run.until_exec = true;
	if (ptrace(PTRACE_SEIZE, run.target, 0L, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) < 0 ||
	    ptrace(PTRACE_INTERRUPT, run.target, 0L, 0L) < 0)
		die("PTRACE_SEIZE");
}

int main(int argc, char **argv)
{
	FILE *report;
	int status;

	if (argc < 5)
		return TROUBLE;
	run.when_sent = is_word(argv[3], "sent");
	run.at = atol(argv[3]);
	choose_target(argv[2]);
	launch(argv + 4);
	if (is_word(argv[2], "self")) {
		run.target = run.command;
		ptrace(PTRACE_INTERRUPT, run.command, 0L, 0L);
	}
	status = follow();
	report = fopen(argv[1], "we");
	if (!report)
		die("fopen");
	if (run.killed)
		fprintf(report, "killed %ld %llu %d\n", run.at, run.nr, status);
	else
		fprintf(report, "ended %ld - %d\n", run.count, status);
	fclose(report);
	return run.killed ? 0 : ENDED_BEFORE;
}
