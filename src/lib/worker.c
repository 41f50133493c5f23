/*
 * worker.c - see worker.h.
 *
 * The child says what it has to say in messages of one size over a pipe: notices, then the result.
 * The exit status of the child means nothing: a caller's SIGCHLD handler may have taken it.
 */
#include "lib/worker.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ERROR_CODE CODE_PROCESS

enum kind { KIND_WARNING, KIND_MISTAKE, KIND_RESULT };

struct message {
	enum kind kind;
	int result;
	int exit_status;
	struct tare_error what;
};

static int first_free(const struct worker *worker)
{
	return STDERR_FILENO + 1 + (int)worker->preserve_fds;
}

/* --- the child --- */

/* If nobody reads any more, the work is done all the same. */
static void tell(int channel, const struct message *message)
{
	const char *data = (const void *)message;
	size_t left = sizeof(*message);

	while (left > 0) {
		ssize_t n = write(channel, data, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		data += n;
		left -= (size_t)n;
	}
}

static void tell_warnings(int channel, const struct worker *worker, const struct log *log)
{
	for (const struct log_warning *w = log->first; w; w = w->next) {
		struct message message = { .kind = KIND_WARNING };
		struct error text;

		error_clear(&text);
		text.code = w->code;
		(void)snprintf(text.message, sizeof(text.message), "%s", w->text);
		(void)snprintf(text.pointer, sizeof(text.pointer), "%s",
			       w->pointer ? w->pointer : "");
		(void)snprintf(text.file, sizeof(text.file), "%s", worker->config);
		lib_export_error(&text, &message.what);
		tell(channel, &message);
	}
}

static void tell_mistakes(int channel, const struct worker *worker, const struct problems *problems)
{
	for (const struct problem *p = problems->first; p; p = p->next) {
		struct message message = { .kind = KIND_MISTAKE };
		struct error text;

		if (p->severity != PROBLEM_ERROR)
			continue;
		error_clear(&text);
		text.errnum = EINVAL;
		text.code = p->code;
		text.line = p->line;
		text.column = p->column;
		(void)snprintf(text.message, sizeof(text.message), "%s", p->message);
		(void)snprintf(text.pointer, sizeof(text.pointer), "%s", p->pointer);
		(void)snprintf(text.hint, sizeof(text.hint), "%s", p->hint ? p->hint : "");
		(void)snprintf(text.file, sizeof(text.file), "%s", worker->config);
		lib_export_error(&text, &message.what);
		tell(channel, &message);
	}
}

/* A handler of the caller's would run here, with the caller's pipes at hand. */
static void forget_handlers(void)
{
	for (int signal = 1; signal < NSIG; signal++) {
		struct sigaction action;

		if (sigaction(signal, NULL, &action) < 0 || action.sa_handler == SIG_IGN)
			continue;
		memset(&action, 0, sizeof(action));
		(void)sigaction(signal, &action, NULL); /* refused for KILL, STOP and libc's own */
	}
}

/* Copies first: the three may be a permutation of 0, 1 and 2. */
static int place_streams(const struct worker *worker, struct error *err)
{
	int copies[3];

	for (int i = 0; worker->stdio && i < 3; i++) {
		const int from = worker->stdio[i] < 0 ? i : worker->stdio[i];

		copies[i] = fcntl(from, F_DUPFD_CLOEXEC, first_free(worker));
		if (copies[i] < 0 && worker->stdio[i] >= 0)
			return error_sys(err, errno, "fcntl", NULL,
					 "cannot use descriptor %d as stream %d", from, i);
	}
	for (int i = 0; worker->stdio && i < 3; i++) {
		if (copies[i] >= 0 && dup2(copies[i], i) < 0)
			return error_sys(err, errno, "dup2", NULL, "cannot use stream %d", i);
	}
	return 0;
}

/* Held any longer, the caller's pipes would not end for who reads them. */
static int close_others(const struct worker *worker, int channel, struct error *err)
{
	const int first = first_free(worker);

	if ((channel > first && syscall(SYS_close_range, first, channel - 1, 0) < 0) ||
	    syscall(SYS_close_range, channel + 1, ~0U, 0) < 0)
		return error_sys(err, errno, "close_range", NULL,
				 "cannot close the caller's descriptors");
	return 0;
}

static int settle(const struct worker *worker, int channel, struct worker_place *place)
{
	int rc = place_streams(worker, &place->err);

	if (rc == 0)
		rc = close_others(worker, channel, &place->err);
	for (int fd = 3; fd < first_free(worker); fd++)
		(void)fcntl(fd, F_SETFD, 0); /* open_channel() has looked that it is open */
	return rc < 0 ? rc : fence_start(worker->preserve_fds, &place->fence, &place->err);
}

static __attribute__((noreturn)) void run_child(const struct worker *worker, int channel,
						const sigset_t *mask)
{
	struct message message = { .kind = KIND_RESULT };
	struct worker_place place;

	memset(&place, 0, sizeof(place));
	error_clear(&place.err);
	log_init(&place.report.log);
	problems_init(&place.report.problems);
	forget_handlers();
	message.result = settle(worker, channel, &place);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	if (message.result == 0)
		message.result = worker->work(worker->request, &place);
	tell_warnings(channel, worker, &place.report.log);
	tell_mistakes(channel, worker, &place.report.problems);
	lib_export_error(&place.err, &message.what);
	message.exit_status = place.exit_status;
	tell(channel, &message);
	_exit(0);
}

/* --- the caller --- */

/* A pipe whose writing end is none of the descriptors that are to be passed on. */
static int open_channel(const struct worker *worker, int ends[2], struct error *err)
{
	int moved;

	if (worker->preserve_fds > INT_MAX - 3)
		return error_set(err, EINVAL, NULL, "there cannot be %u descriptors to preserve",
				 worker->preserve_fds);
	for (int fd = 3; fd < first_free(worker); fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return error_set(err, EBADF, NULL,
					 "file descriptor %d is to be preserved but is not open",
					 fd);
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, errno, "pipe2", NULL, "cannot make a pipe");
	moved = fcntl(ends[1], F_DUPFD_CLOEXEC, first_free(worker));
	if (moved < 0)
		return error_sys(err, errno, "fcntl", NULL, "cannot make a pipe");
	(void)close(ends[1]);
	ends[1] = moved;
	return 0;
}

static bool receive(int channel, struct message *message)
{
	char *to = (void *)message;
	size_t left = sizeof(*message);

	while (left > 0) {
		ssize_t n = read(channel, to, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		left -= (size_t)n;
	}
	return true;
}

static int listen_to_it(const struct worker *worker, int channel, struct message *message,
			struct error *err)
{
	while (receive(channel, message)) {
		if (message->kind == KIND_RESULT)
			return 0;
		if (worker->notice)
			worker->notice(worker->data,
				       message->kind == KIND_WARNING ? TARE_WARNING : TARE_MISTAKE,
				       &message->what);
	}
	return error_set(err, ECHILD, NULL, "the process that did the work was killed");
}

/* Signals are blocked until the child has forgotten the handlers. */
static pid_t fork_child(const struct worker *worker, const int ends[2], struct error *err)
{
	sigset_t all, mask;
	pid_t pid;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &mask);
	pid = fork();
	if (pid == 0)
		run_child(worker, ends[1], &mask);
	if (pid < 0)
		(void)error_sys(err, errno, "fork", NULL, "cannot make a process for the work");
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return pid < 0 ? -err->errnum : pid;
}

static int run(const struct worker *worker, struct message *message, struct error *err)
{
	int ends[2] = { FD_NONE, FD_NONE };
	int rc = open_channel(worker, ends, err);
	pid_t pid = rc < 0 ? rc : fork_child(worker, ends, err);

	close_fd(&ends[1]);
	if (pid > 0) {
		rc = listen_to_it(worker, ends[0], message, err);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_fd(&ends[0]);
	return pid < 0 ? pid : rc;
}

int worker_run(const struct worker *worker, int *exit_status, struct tare_error *to)
{
	struct message message = { .kind = KIND_RESULT };
	struct error err;
	int rc;

	error_clear(&err);
	rc = run(worker, &message, &err);
	if (rc < 0)
		return lib_finish(rc, &err, to);
	if (message.result < 0 && to)
		*to = message.what;
	if (message.result == 0 && exit_status)
		*exit_status = message.exit_status;
	return message.result;
}
