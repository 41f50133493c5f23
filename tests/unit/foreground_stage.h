/*
 * foreground_stage.h - the stage for tests of the foreground: a test plays the user, a forked
 * process plays the shell, its child plays tare and calls the code under test, and a grandchild
 * plays the container. Needs no privileges and no controlling terminal.
 */
#ifndef TESTS_FOREGROUND_STAGE_H
#define TESTS_FOREGROUND_STAGE_H

#include "base/fd.h"
#include "container/foreground.h"
#include "sys/pidfd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

enum stage_stdio { STAGE_PIPES, STAGE_TERMINAL };

struct stage_plan {
	enum stage_stdio stdio;
	bool console; /* the container gets a terminal of its own */
	bool subreaper;
	int console_at_least; /* the lowest number for the console's descriptor */
	const char *out;      /* a file for stdout instead of the pipe, or NULL */
	void (*before)(void); /* in "tare", before foreground_prepare(), or NULL */
	int (*container)(void);
};

/* What "tare" and "the shell" say, in this order: pid, outcome (unless it crashed), status. */
struct stage_message {
	enum { STAGE_PID, STAGE_OUTCOME, STAGE_STATUS } kind;
	int returned;
	int value; /* pid, exit status of the container, wait status of tare */
	int errnum;
};

struct stage {
	pid_t shell;
	pid_t tare;
	int host; /* master of the host terminal, or FD_NONE */
	int in;   /* what the user writes to and reads from: pipes, or the host terminal */
	int out;
	int command; /* to and from the container, past tare */
	int report;
	int result;
};

/* Fixed numbers on the container's side of the stage. */
enum {
	STAGE_REPORT = 10,
	STAGE_COMMAND = 11,
	STAGE_RESULT = 12,
	STAGE_END = 13,
	STAGE_HIGHEST = 2999
};

static void stage_abort(const char *what)
{
	dprintf(STDERR_FILENO, "stage: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static void stage_write(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t put = write(fd, p, size);

		if (put < 0)
			stage_abort("write");
		p += put;
		size -= (size_t)put;
	}
}

/* True if all of it came before the end. */
static bool stage_read(int fd, void *data, size_t size)
{
	char *p = data;

	while (size > 0) {
		ssize_t got = read(fd, p, size);

		if (got <= 0)
			return false;
		p += got;
		size -= (size_t)got;
	}
	return true;
}

/* For containers: say a line to the test, and wait for a byte from it. */
static inline void stage_say(const char *line)
{
	stage_write(STAGE_REPORT, line, strlen(line));
	stage_write(STAGE_REPORT, "\n", 1);
}

static inline char stage_await(void)
{
	char byte;

	if (!stage_read(STAGE_COMMAND, &byte, 1))
		stage_abort("await");
	return byte;
}

static inline void stage_set_raw(int fd)
{
	struct termios modes;

	if (tcgetattr(fd, &modes) < 0)
		stage_abort("tcgetattr");
	cfmakeraw(&modes);
	if (tcsetattr(fd, TCSANOW, &modes) < 0)
		stage_abort("tcsetattr");
}

static inline void stage_close(int first, int last)
{
	for (int fd = first; fd <= last; fd++)
		(void)close(fd);
}

static inline void stage_container(const struct stage_plan *plan, int console)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setsid() < 0)
		stage_abort("setsid");
	if (plan->console) {
		int slave = ioctl(console, TIOCGPTPEER, O_RDWR | O_NOCTTY);

		if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
			stage_abort("slave");
		for (int fd = 0; fd < 3; fd++)
			dup2(slave, fd);
	}
	stage_close(STDERR_FILENO + 1, STAGE_REPORT - 1); /* tare's own, slave and master too */
	stage_close(STAGE_RESULT, STAGE_HIGHEST);
	_exit(plan->container());
}

static inline int stage_open_console(const struct stage_plan *plan)
{
	int master;
	int moved;

	if (!plan->console)
		return FD_NONE;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || unlockpt(master) < 0)
		stage_abort("posix_openpt");
	moved = fcntl(master, F_DUPFD_CLOEXEC, plan->console_at_least);
	if (moved < 0)
		stage_abort("F_DUPFD");
	close(master);
	return moved;
}

static inline void stage_tare(const struct stage_plan *plan)
{
	struct foreground fg = FOREGROUND_NONE;
	struct stage_message outcome = { .kind = STAGE_OUTCOME };
	struct error err = { 0 };
	sigset_t old;

	if (plan->before)
		plan->before();
	fg.console = stage_open_console(plan);
	fg.subreaper = plan->subreaper;
	outcome.returned = foreground_prepare(&fg, &old, &err);
	if (outcome.returned < 0)
		stage_abort("foreground_prepare");
	fg.pid = fork();
	if (fg.pid == 0)
		stage_container(plan, fg.console);
	fg.pidfd = pidfd_of(fg.pid);
	outcome.returned = foreground_wait(&fg, &outcome.value, &err);
	outcome.errnum = err.errnum;
	stage_write(STAGE_RESULT, &outcome, sizeof(outcome));
	foreground_finish(&fg);
	_exit(0);
}

/* The leader of the session: keeps the host terminal when tare has gone, like a shell. */
static inline void stage_shell(const struct stage_plan *plan)
{
	struct stage_message said = { .kind = STAGE_PID };
	char byte;

	if (setsid() < 0)
		stage_abort("setsid");
	if (plan->stdio == STAGE_TERMINAL && ioctl(0, TIOCSCTTY, 0) < 0)
		stage_abort("TIOCSCTTY");
	said.value = fork();
	if (said.value == 0)
		stage_tare(plan);
	stage_write(STAGE_RESULT, &said, sizeof(said));
	said.kind = STAGE_STATUS;
	if (plan->stdio == STAGE_PIPES) /* only tare itself is to hold them */
		stage_close(0, 1);
	(void)waitpid(said.value, &said.value, 0);
	stage_write(STAGE_RESULT, &said, sizeof(said));
	while (read(STAGE_COMMAND, &byte, 1) > 0)
		;
	_exit(0);
}

/* A pipe whose ends are out of the way of the fixed numbers. */
static inline void stage_pipe(int ends[2])
{
	int low[2];

	assert_int_equal(pipe(low), 0);
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD, 50);
		assert_true(ends[i] >= 0);
		close(low[i]);
	}
}

static inline struct stage_message stage_result(struct stage *stage, int kind)
{
	struct stage_message message;

	assert_true(stage_read(stage->result, &message, sizeof(message)));
	assert_int_equal(message.kind, kind);
	return message;
}

static inline int stage_open_host(struct stage *stage)
{
	int low = posix_openpt(O_RDWR | O_NOCTTY);

	assert_true(low >= 0);
	assert_int_equal(unlockpt(low), 0);
	stage->host = fcntl(low, F_DUPFD, 50);
	close(low);
	return ioctl(stage->host, TIOCGPTPEER, O_RDWR | O_NOCTTY);
}

/*
 * Raise the curtain. The host terminal, if any, is in the modes and the size that `prepare_host`
 * gave it.
 */
static inline void stage_start_with(struct stage *stage, const struct stage_plan *plan,
				    void (*prepare_host)(int master))
{
	int in[2] = { FD_NONE, FD_NONE };
	int out[2] = { FD_NONE, FD_NONE };
	int report[2];
	int command[2];
	int result[2];

	*stage = (struct stage){ .host = FD_NONE };
	stage_pipe(report);
	stage_pipe(command);
	stage_pipe(result);
	if (plan->stdio == STAGE_TERMINAL) {
		in[0] = stage_open_host(stage);
		out[1] = in[0];
		in[1] = dup(stage->host);
		out[0] = dup(stage->host);
		if (prepare_host)
			prepare_host(stage->host);
	} else {
		stage_pipe(in);
		stage_pipe(out);
	}
	stage->shell = fork();
	assert_true(stage->shell >= 0);
	if (stage->shell == 0) {
		if (plan->out)
			out[1] = open(plan->out, O_WRONLY);
		dup2(report[1], STAGE_REPORT);
		dup2(command[0], STAGE_COMMAND);
		dup2(result[1], STAGE_RESULT);
		dup2(in[0], 0);
		dup2(out[1], 1);
		if (plan->stdio == STAGE_TERMINAL)
			dup2(out[1], 2);
		stage_close(STAGE_END, STAGE_HIGHEST);
		stage_shell(plan);
	}
	close(report[1]);
	close(command[0]);
	close(result[1]);
	close(in[0]);
	if (out[1] != in[0])
		close(out[1]);
	stage->in = in[1];
	stage->out = out[0];
	stage->report = report[0];
	stage->command = command[1];
	stage->result = result[0];
	stage->tare = stage_result(stage, STAGE_PID).value;
}

static inline void stage_start(struct stage *stage, const struct stage_plan *plan)
{
	stage_start_with(stage, plan, NULL);
}

/* The container says exactly this line. */
static inline void stage_expect(struct stage *stage, const char *line)
{
	char said[256];
	size_t length = 0;

	while (length < sizeof(said) - 1 && read(stage->report, said + length, 1) == 1 &&
	       said[length] != '\n')
		length++;
	said[length] = '\0';
	assert_string_equal(said, line);
}

static inline void stage_tell(struct stage *stage)
{
	assert_int_equal(write(stage->command, "x", 1), 1);
}

/* foreground_wait() succeeded with this status, and tare left in good order. */
static inline void stage_expect_status(struct stage *stage, int exit_status)
{
	struct stage_message outcome = stage_result(stage, STAGE_OUTCOME);

	assert_int_equal(outcome.returned, 0);
	assert_int_equal(outcome.value, exit_status);
	assert_int_equal(stage_result(stage, STAGE_STATUS).value, 0);
}

/* Drop the curtain. */
static inline void stage_stop(struct stage *stage)
{
	int status;

	close(stage->command);
	assert_int_equal(waitpid(stage->shell, &status, 0), stage->shell);
	assert_int_equal(status, 0);
	close(stage->report);
	close(stage->result);
	close_fd(&stage->in);
	close_fd(&stage->out);
	close_fd(&stage->host);
}

/* A reproducible stream of bytes, every value among them. */
static inline unsigned char stage_noise(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return (unsigned char)(*state >> 11);
}

static inline void stage_write_noise(int fd, size_t size)
{
	unsigned char chunk[4096];
	uint32_t state = 1;

	while (size > 0) {
		size_t part = size < sizeof(chunk) ? size : sizeof(chunk);

		for (size_t i = 0; i < part; i++)
			chunk[i] = stage_noise(&state);
		stage_write(fd, chunk, part);
		size -= part;
	}
}

/* How many bytes of the stream come, unaltered, before the end or something else. */
static inline size_t stage_read_noise(int fd, size_t size)
{
	unsigned char chunk[4096];
	uint32_t state = 1;
	size_t seen = 0;

	while (seen < size) {
		size_t part = size - seen < sizeof(chunk) ? size - seen : sizeof(chunk);
		ssize_t got = read(fd, chunk, part);

		if (got <= 0)
			return seen;
		for (ssize_t i = 0; i < got; i++, seen++) {
			if (chunk[i] != stage_noise(&state))
				return seen;
		}
	}
	return seen;
}

#endif
