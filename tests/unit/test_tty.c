/* Terminals: raw mode and back, window size, the other end of a pty. */
#include "base/fd.h"
#include "sys/tty.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cmocka.h>

struct pty {
	int master;
	int slave;
};

static struct pty open_pty(void)
{
	struct pty pty = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	struct error err;

	assert_true(pty.master >= 0);
	assert_int_equal(unlockpt(pty.master), 0);
	pty.slave = tty_open_peer(pty.master, &err);
	assert_true(pty.slave >= 0);
	return pty;
}

static void close_pty(struct pty *pty)
{
	close_fd(&pty->slave);
	close_fd(&pty->master);
}

static struct termios modes_of(int fd)
{
	struct termios modes;

	memset(&modes, 0, sizeof(modes));
	assert_int_equal(tcgetattr(fd, &modes), 0);
	return modes;
}

static void test_peer_is_the_slave(void **state)
{
	struct pty pty = open_pty();
	char text[4];

	(void)state;
	assert_int_equal(fcntl(pty.slave, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(write(pty.slave, "abc", 3), 3);
	assert_int_equal(read(pty.master, text, sizeof(text)), 3);
	assert_memory_equal(text, "abc", 3);
	close_pty(&pty);
}

static void test_peer_of_no_terminal(void **state)
{
	owned_fd fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct error err;

	(void)state;
	assert_int_equal(tty_open_peer(fd, &err), -ENOTTY);
	assert_int_equal(err.errnum, ENOTTY);
	assert_string_equal(err.syscall, "ioctl");
}

static void test_raw_and_back(void **state)
{
	struct pty pty = open_pty();
	struct termios before = modes_of(pty.slave);
	struct termios after;
	struct tty_raw raw;
	struct error err;

	(void)state;
	assert_int_equal(tty_raw_begin(&raw, pty.slave, &err), 0);
	after = modes_of(pty.slave);
	assert_false(after.c_lflag & (ICANON | ECHO | ISIG | IEXTEN));
	assert_false(after.c_iflag & (ICRNL | IXON));
	assert_false(after.c_oflag & OPOST);
	tty_raw_end(&raw);
	after = modes_of(pty.slave);
	assert_memory_equal(&before, &after, sizeof(before));
	/* A second end does nothing, not even to a terminal that has changed since. */
	after.c_lflag &= ~(tcflag_t)ECHO;
	assert_int_equal(tcsetattr(pty.slave, TCSANOW, &after), 0);
	tty_raw_end(&raw);
	assert_false(modes_of(pty.slave).c_lflag & ECHO);
	close_pty(&pty);
}

static void test_raw_of_a_terminal_that_hung_up(void **state)
{
	struct pty pty = open_pty();
	struct tty_raw raw;
	struct error err;

	(void)state;
	close_fd(&pty.master);
	assert_int_equal(tty_raw_begin(&raw, pty.slave, &err), 0);
	assert_int_equal(raw.fd, FD_NONE);
	tty_raw_end(&raw);
	close_pty(&pty);
}

static void test_raw_of_no_terminal(void **state)
{
	owned_fd fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct tty_raw raw;
	struct error err;

	(void)state;
	assert_int_equal(tty_raw_begin(&raw, fd, &err), -ENOTTY);
	assert_int_equal(raw.fd, FD_NONE);
}

static void exit_42(int signal)
{
	(void)signal;
	_exit(42);
}

static void crash_by_fault(void)
{
	/* Not a null pointer: the sanitizer would stop that before the processor does. */
	volatile uintptr_t nowhere = 64;

	(void)*(volatile char *)nowhere;
}

static void expect_crash_restores(void (*crash)(void), int signal_number)
{
	struct pty pty = open_pty();
	struct termios before = modes_of(pty.slave);
	struct termios after;
	struct tty_raw raw;
	struct error err;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		/* What was to happen at a crash before still happens after ours. */
		(void)signal(signal_number, exit_42);
		if (tty_raw_begin(&raw, pty.slave, &err) == 0)
			crash();
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	after = modes_of(pty.slave);
	assert_memory_equal(&before, &after, sizeof(before));
	close_pty(&pty);
}

static void crash_by_kill(void)
{
	(void)kill(getpid(), SIGSEGV);
}

static void crash_by_abort(void)
{
	abort();
}

static void test_a_crash_restores(void **state)
{
	(void)state;
	expect_crash_restores(crash_by_kill, SIGSEGV);
	expect_crash_restores(crash_by_fault, SIGSEGV);
	expect_crash_restores(crash_by_abort, SIGABRT);
}

static void test_handlers_are_given_back(void **state)
{
	struct pty pty = open_pty();
	struct sigaction action;
	struct tty_raw raw;
	struct error err;

	(void)state;
	(void)signal(SIGSYS, exit_42);
	assert_int_equal(tty_raw_begin(&raw, pty.slave, &err), 0);
	assert_int_equal(sigaction(SIGSYS, NULL, &action), 0);
	assert_true(action.sa_handler != exit_42);
	tty_raw_end(&raw);
	assert_int_equal(sigaction(SIGSYS, NULL, &action), 0);
	assert_true(action.sa_handler == exit_42);
	(void)signal(SIGSYS, SIG_DFL);
	close_pty(&pty);
}

static void test_copy_size(void **state)
{
	const struct winsize wanted = {
		.ws_row = 12, .ws_col = 34, .ws_xpixel = 56, .ws_ypixel = 78
	};
	struct pty host = open_pty();
	struct pty container = open_pty();
	struct winsize size;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_int_equal(ioctl(host.master, TIOCSWINSZ, &wanted), 0);
	assert_true(tty_copy_size(host.slave, container.master));
	assert_int_equal(ioctl(container.slave, TIOCGWINSZ, &size), 0);
	assert_memory_equal(&size, &wanted, sizeof(size));
	assert_false(tty_copy_size(null, container.master));
	close(null);
	close_pty(&host);
	/* An unknown size does not replace a known one. */
	host = open_pty();
	assert_false(tty_copy_size(host.slave, container.master));
	assert_int_equal(ioctl(container.slave, TIOCGWINSZ, &size), 0);
	assert_memory_equal(&size, &wanted, sizeof(size));
	close_pty(&host);
	close_pty(&container);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peer_is_the_slave),
		cmocka_unit_test(test_peer_of_no_terminal),
		cmocka_unit_test(test_raw_and_back),
		cmocka_unit_test(test_raw_of_a_terminal_that_hung_up),
		cmocka_unit_test(test_raw_of_no_terminal),
		cmocka_unit_test(test_a_crash_restores),
		cmocka_unit_test(test_handlers_are_given_back),
		cmocka_unit_test(test_copy_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
