/*
 * hook.c - hooks that run in the container's namespaces: createContainer, startContainer.
 *
 * The state is a memfd that tare wrote. A hook has its own session; its output is drained and its
 * end kept for the error; past its time the whole group is killed (runtime-spec, config.md,
 * "POSIX-platform Hooks").
 */
#include "init/init.h"

#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/wait.h>

enum { SIGNAL_CHILD = 17, SIGNAL_KILL = 9, CHUNK = 512 };

struct running {
	int pid;
	int pidfd;
	int output;
};

/* Freestanding: no libc declares these for us. */
struct wait_info {
	int signal, error, code, padding;
	int pid, uid, status;
	char rest[100];
};

static void become_hook(struct step_hook *step, char **argv, char **env, int output)
{
	sys_call0(__NR_setsid);
	sys_call3(__NR_dup3, step->state, 0, 0);
	sys_call3(__NR_dup3, step->out >= 0 ? step->out : output, 1, 0);
	sys_call3(__NR_dup3, step->err >= 0 ? step->err : output, 2, 0);
	sys_call3(__NR_close_range, 3, ~0u, 0);
	/* the program is mapped shared: tare-init reads this after our end */
	step->errnum = (uint64_t)-sys_call3(__NR_execve, argv[0], argv + 1, env);
	sys_exit(127);
}

static int start(struct init *init, struct step_hook *step, struct running *hook)
{
	char **argv = init_relocate(init, step->argv), **env = init_relocate(init, step->env);
	int ends[2] = { NO_FD, NO_FD };
	long rc = sys_call2(__NR_pipe2, ends, O_CLOEXEC);

	if (rc < 0)
		return (int)rc;
	sys_call3(__NR_lseek, step->state, 0, 0); /* hooks share it one after the other */
	rc = sys_call5(__NR_clone, SIGNAL_CHILD | CLONE_PIDFD, 0, &hook->pidfd, 0, 0);
	if (rc == 0)
		become_hook(step, argv, env, ends[1]);
	sys_close(ends[1]);
	hook->pid = (int)rc;
	hook->output = ends[0];
	return rc < 0 ? init_fail(init, PART_CLONE, rc) : 0;
}

/* Keep the end of what it says, as one line. */
static void keep_output(struct init *init, const char *chunk, long n)
{
	const long room = (long)sizeof(init->text) - 1;
	long used = (long)strlen(init->text);

	if (n > room) {
		chunk += n - room;
		n = room;
	}
	if (used + n > room) {
		memmove(init->text, init->text + (used + n - room), (size_t)(room - n));
		used = room - n;
	}
	for (long i = 0; i < n; i++)
		init->text[used + i] = chunk[i] == '\n' || chunk[i] == '\0' ? ' ' : chunk[i];
	init->text[used + n] = '\0';
}

/* What is there, without waiting: a grandchild may hold the other end. False at its end. */
static bool drain(struct init *init, int output)
{
	char chunk[CHUNK];
	long n = sys_read(output, chunk, sizeof(chunk));

	if (n > 0)
		keep_output(init, chunk, n);
	return n > 0;
}

/* Until it has ended; false if its time is over. */
static bool wait_for_end(struct init *init, struct running *hook, uint64_t deadline)
{
	struct pollfd fds[2] = { { hook->pidfd, POLLIN, 0 }, { hook->output, POLLIN, 0 } };

	for (;;) {
		uint64_t now = sys_now(), left = deadline > now ? deadline - now : 0;
		struct {
			long seconds, nanoseconds;
		} wait = { (long)(left / 1000000000u), (long)(left % 1000000000u) };

		if (deadline && left == 0)
			return false;
		fds[0].revents = fds[1].revents = 0;
		sys_call5(__NR_ppoll, fds, 2, deadline ? &wait : NULL, NULL, 0);
		if (fds[1].revents && !drain(init, hook->output))
			fds[1].fd = NO_FD;
		else if (!fds[1].revents && fds[0].revents)
			return true;
		if (fds[1].fd == NO_FD && fds[0].revents)
			return true;
	}
}

static int judge(struct init *init, struct step_hook *step, const struct wait_info *info,
		 bool in_time)
{
	char number[32] = "";

	if (!in_time)
		return init_fail(init, PART_HOOK_TIMEOUT, -ETIME);
	if (step->errnum)
		return init_fail(init, PART_NOT_EXECUTABLE, -(long)step->errnum);
	if (info->code == 1 /* CLD_EXITED */ && info->status == 0)
		return 0;
	text_append_number(number, sizeof(number), (uint64_t)info->status);
	if (init->text[0])
		text_append(number, sizeof(number), ", saying: ");
	/* the number before what it said */
	keep_output(init, "", 0);
	memmove(init->text + strlen(number), init->text, sizeof(init->text) - strlen(number) - 1);
	memcpy(init->text, number, strlen(number));
	init->text[sizeof(init->text) - 1] = '\0';
	return init_fail(init, info->code == 1 ? PART_HOOK_STATUS : PART_HOOK_SIGNAL, -EPROTO);
}

int step_run_hook(struct init *init, struct step_hook *step)
{
	struct wait_info info;
	struct running hook = { NO_FD, NO_FD, NO_FD };
	bool in_time;
	int rc = start(init, step, &hook);

	if (rc < 0)
		return rc;
	in_time =
	    wait_for_end(init, &hook, step->timeout ? sys_now() + step->timeout * 1000000000u : 0);
	if (!in_time)
		sys_call2(__NR_kill, -hook.pid, SIGNAL_KILL);
	memset(&info, 0, sizeof(info));
	sys_call5(__NR_waitid, P_PIDFD, hook.pidfd, &info, WEXITED, NULL);
	sys_close(hook.pidfd);
	sys_close(hook.output);
	rc = judge(init, step, &info, in_time);
	init->hooks += rc == 0;
	return rc;
}
