/* subprocess.c - see subprocess.h. */
#include "sys/subprocess.h"

#include "base/fd.h"
#include "sys/vclone.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/*
 * What was killed should be gone at once. One that sleeps in the kernel (a dead file server), or
 * that we may not kill (it has changed its user), is not worth hanging for.
 */
enum { GRACE_MS = 5000 };

struct run {
	const struct subprocess *what;
	struct subprocess_result *result;
	char *path_alone[2]; /* the arguments if there are none */
	char *nothing[1];
	int input;
	int output; /* the end of the pipe that we read */
	int output_for_child;
	int pidfd;
	pid_t pid;
	int64_t deadline; /* in milliseconds of CLOCK_MONOTONIC */
	/* written by the child, which shares our memory */
	bool executing;
	int errnum;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- before: stdin and the pipe */

/*
 * Where the caller's standard streams are closed, new descriptors take their numbers, and the
 * child would overwrite one with the other.
 */
static int move_up(int *fd)
{
	int moved;

	if (*fd < 0 || *fd > STDERR_FILENO)
		return *fd < 0 ? -errno : 0;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (moved < 0)
		return -errno;
	close_fd(fd);
	*fd = moved;
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* A file in memory holds any amount, whether or not somebody reads it. */
static int open_input(struct run *run)
{
	int r;

	run->input = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	r = move_up(&run->input);
	if (r == 0)
		r = write_all(run->input, run->what->input, run->what->input_size);
	if (r < 0)
		return r;
	if (fcntl(run->input, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ||
	    lseek(run->input, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

static int open_output(struct run *run)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	run->output = ends[0];
	run->output_for_child = ends[1];
	r = move_up(&run->output);
	if (r == 0)
		r = move_up(&run->output_for_child);
	if (r < 0)
		return r;
	/* Through /proc the program can read its stdout, and empty the pipe between poll and read.
	 */
	return fcntl(run->output, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* ---- in the child */

/* Handlers were dropped by the clone; what our caller ignores would still be ignored. */
static int reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigemptyset(&none);
	action.sa_mask = none;
	for (int signal = 1; signal < NSIG; signal++)
		(void)sigaction(signal, &action, NULL); /* refused for KILL, STOP and libc's own */
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

static int set_streams(const struct run *run)
{
	const struct subprocess *what = run->what;
	const int out = what->stdout_file > 0 ? what->stdout_file : run->output_for_child;
	const int err = what->stderr_file > 0 ? what->stderr_file : run->output_for_child;

	if (dup2(run->input, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		return -errno;
	/* The descriptors that a container is to inherit (--preserve-fds) are not for this one. */
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int prepare(const struct run *run)
{
	int r = setsid() < 0 ? -errno : 0;

	if (r == 0)
		r = set_streams(run);
	if (r == 0 && run->what->fence)
		r = fence_undo(run->what->fence);
	return r < 0 ? r : reset_signals();
}

/* No arrays here: this frame is left by execve, and what a sanitizer puts around them would stay.
 */
static __attribute__((noreturn)) void run_child(void *arg)
{
	struct run *run = arg;
	int r = prepare(run);

	if (r == 0) {
		run->executing = true;
		(void)execve(run->what->path, run->what->argv ? run->what->argv : run->path_alone,
			     run->what->envp ? run->what->envp : run->nothing);
		r = -errno;
	}
	run->errnum = -r;
	_exit(127);
}

/* ---- while it runs */

/* Only the end of it is kept: that is where programs say why they fail. */
static void keep(struct subprocess_result *result, const char *data, size_t size)
{
	size_t kept = result->output_size;

	if (size > SUBPROCESS_OUTPUT_MAX) {
		data += size - SUBPROCESS_OUTPUT_MAX;
		size = SUBPROCESS_OUTPUT_MAX;
	}
	if (kept > SUBPROCESS_OUTPUT_MAX - size)
		kept = SUBPROCESS_OUTPUT_MAX - size;
	memmove(result->output, result->output + result->output_size - kept, kept);
	memcpy(result->output + kept, data, size);
	result->output_size = kept + size;
	result->output[result->output_size] = '\0';
}

/* The number of bytes, 0 if there will be no more, or -errno: -EAGAIN if there are none yet. */
static ssize_t read_output(struct run *run)
{
	char chunk[4096];
	ssize_t n;

	do {
		n = read(run->output, chunk, sizeof(chunk));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	keep(run->result, chunk, (size_t)n);
	return n;
}

/*
 * What it has written to the end. Not up to the end-of-file: processes that it left behind may
 * hold the pipe, and may write for ever.
 */
static void read_rest(struct run *run)
{
	int waiting = 0;

	if (ioctl(run->output, FIONREAD, &waiting) < 0)
		return;
	while (waiting > 0) {
		ssize_t n = read_output(run);

		if (n <= 0)
			return;
		waiting -= (int)n;
	}
}

static int time_left(const struct run *run)
{
	int64_t left;

	if (run->what->timeout_ms == 0)
		return -1;
	left = run->deadline - now_ms();
	if (left <= 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

/* 0 when it has ended; -ETIMEDOUT, -ECANCELED. */
static int watch(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->pidfd, .events = POLLIN },
		{ .fd = run->what->cancel_fd, .events = POLLIN },
		{ .fd = run->output, .events = POLLIN },
	};

	for (;;) {
		int left = time_left(run);
		int n = poll(fds, 3, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (fds[0].revents)
			return 0;
		if (fds[1].revents)
			return -ECANCELED;
		if (left == 0)
			return -ETIMEDOUT;
		if (fds[2].revents && read_output(run) == 0)
			fds[2].fd = FD_NONE; /* it has closed them, and goes on without */
	}
}

/* ---- afterwards */

/* Until we have waited for it, nobody else can have its number, which is that of its group. */
static bool kill_group(const struct run *run)
{
	struct pollfd end = { .fd = run->pidfd, .events = POLLIN };
	int64_t deadline = now_ms() + GRACE_MS;
	int64_t left = GRACE_MS;
	int n;

	(void)kill(-run->pid, SIGKILL);
	do {
		n = poll(&end, 1, (int)left);
		left = deadline - now_ms();
	} while (n < 0 && errno == EINTR && left > 0);
	return n == 1;
}

static int reap(const struct run *run, siginfo_t *info)
{
	while (waitid(P_PIDFD, (id_t)run->pidfd, info, WEXITED | __WALL) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static int follow(struct run *run)
{
	struct subprocess_result *result = run->result;
	siginfo_t info = { .si_code = CLD_KILLED };
	int watched = watch(run);
	int r = 0;

	if (watched == 0 || kill_group(run))
		r = reap(run, &info);
	read_rest(run);
	if (watched == -ETIMEDOUT) {
		result->end = SUBPROCESS_TIMED_OUT;
		return 0;
	}
	if (watched < 0 || r < 0)
		return watched < 0 ? watched : r;
	result->end = info.si_code == CLD_EXITED ? SUBPROCESS_EXITED : SUBPROCESS_KILLED;
	result->number = info.si_status;
	return 0;
}

static int start(struct run *run)
{
	struct clone_args args = {
		/* A handler of ours must never run in a child that has our memory. */
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&run->pidfd,
		.exit_signal = SIGCHLD,
	};

	run->pid = vclone(&args, run_child, run);
	close_fd(&run->output_for_child);
	close_fd(&run->input);
	if (run->pid < 0)
		run->pidfd = FD_NONE; /* what stands there was closed by the kernel */
	return run->pid < 0 ? run->pid : 0;
}

static int run_it(struct run *run)
{
	siginfo_t info;
	int r = open_input(run);

	if (r == 0)
		r = open_output(run);
	if (r == 0)
		r = start(run);
	if (r < 0)
		return r;
	if (run->errnum == 0)
		return follow(run);
	(void)reap(run, &info);
	if (!run->executing)
		return -run->errnum;
	run->result->end = SUBPROCESS_NOT_EXECUTED;
	run->result->number = run->errnum;
	return 0;
}

int subprocess_run(const struct subprocess *what, struct subprocess_result *result)
{
	struct run run = {
		.what = what,
		.result = result,
		.path_alone = { (char *)what->path },
		.input = FD_NONE,
		.output = FD_NONE,
		.output_for_child = FD_NONE,
		.pidfd = FD_NONE,
	};
	int64_t now = now_ms();
	int r;

	memset(result, 0, sizeof(*result));
	if (what->path[0] != '/')
		return -EINVAL;
	run.deadline = what->timeout_ms < (uint64_t)(INT64_MAX - now)
			   ? now + (int64_t)what->timeout_ms
			   : INT64_MAX;
	r = run_it(&run);
	close_fd(&run.input);
	close_fd(&run.output);
	close_fd(&run.output_for_child);
	close_fd(&run.pidfd);
	return r;
}
