/* The foreground with a terminal: the proxy, its ends, window sizes, what is left behind. */
#include "foreground_stage.h"

#include "container/foreground_proxy.h"

#include <poll.h>
#include <sys/resource.h>
#include <time.h>

enum { BURST = 10 << 20, MEBIBYTE = 1 << 20 };

static int bursts(void)
{
	stage_set_raw(STDOUT_FILENO);
	stage_write_noise(STDOUT_FILENO, BURST);
	return 0;
}

static void test_burst_into_a_pipe(void **state)
{
	struct stage stage;
	char more;

	(void)state;
	stage_start(&stage, &(struct stage_plan){ .container = bursts, .console = true });
	assert_int_equal(stage_read_noise(stage.out, BURST), BURST);
	stage_expect_status(&stage, 0);
	assert_int_equal(read(stage.out, &more, 1), 0);
	stage_stop(&stage);
}

static void test_burst_into_a_terminal(void **state)
{
	struct stage stage;

	(void)state;
	stage_start(&stage, &(struct stage_plan){
				.container = bursts, .console = true, .stdio = STAGE_TERMINAL });
	assert_int_equal(stage_read_noise(stage.out, BURST), BURST);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

/*
 * More than a pipe of one page can hold, so that tare keeps a rest, and less than pipe, ring and
 * the terminal's buffers hold together, so that the container can leave although nobody reads.
 */
enum { LEFT_OVER = FOREGROUND_RING + 4096 };

static int says_a_lot_and_leaves(void)
{
	char text[32];

	stage_set_raw(STDOUT_FILENO);
	(void)snprintf(text, sizeof(text), "%ld", (long)getpid());
	stage_say(text);
	(void)stage_await();
	stage_write_noise(STDOUT_FILENO, LEFT_OVER);
	return 4;
}

/* The container has ended and tare has reaped it; its output waits for a reader. */
static void start_and_outlive(struct stage *stage)
{
	char text[32] = "";
	pid_t container;

	stage_start(stage,
		    &(struct stage_plan){ .container = says_a_lot_and_leaves, .console = true });
	for (size_t i = 0; i < sizeof(text) - 1 && strchr(text, '\n') == NULL; i++)
		assert_int_equal(read(stage->report, text + i, 1), 1);
	container = atoi(text);
	assert_true(container > 1);
	assert_true(fcntl(stage->out, F_SETPIPE_SZ, 4096) > 0);
	stage_tell(stage);
	while (kill(container, 0) == 0)
		(void)poll(NULL, 0, 1);
}

static void test_output_left_in_the_terminal(void **state)
{
	struct stage stage;

	(void)state;
	start_and_outlive(&stage);
	assert_int_equal(stage_read_noise(stage.out, LEFT_OVER), LEFT_OVER);
	stage_expect_status(&stage, 4);
	stage_stop(&stage);
}

/* Nobody reads and the container has gone: SIGTERM is then for tare. */
static void test_a_stuck_reader_can_be_given_up(void **state)
{
	struct stage stage;

	(void)state;
	start_and_outlive(&stage);
	assert_int_equal(kill(stage.tare, SIGTERM), 0);
	stage_expect_status(&stage, 4);
	stage_stop(&stage);
}

static int floods_and_exits_5(void)
{
	stage_set_raw(STDOUT_FILENO);
	stage_write_noise(STDOUT_FILENO, MEBIBYTE);
	return 5;
}

static void test_a_reader_that_leaves(void **state)
{
	struct stage stage;

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = floods_and_exits_5, .console = true });
	assert_int_equal(stage_read_noise(stage.out, 1000), 1000);
	close_fd(&stage.out);
	stage_expect_status(&stage, 5);
	stage_stop(&stage);
}

static void test_a_full_disk_is_an_error(void **state)
{
	struct stage stage;
	struct stage_message outcome;

	(void)state;
	stage_start(&stage, &(struct stage_plan){ .container = floods_and_exits_5,
						  .console = true,
						  .out = "/dev/full" });
	outcome = stage_result(&stage, STAGE_OUTCOME);
	assert_int_equal(outcome.returned, -ENOSPC);
	assert_int_equal(outcome.errnum, ENOSPC);
	assert_int_equal(outcome.value, 5);
	stage_stop(&stage);
}

/* A process that outlives the container and writes for ever does not keep tare. */
static void test_output_without_end(void **state)
{
	struct foreground_proxy proxy;
	struct error err;
	owned_fd zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	owned_fd null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(foreground_proxy_start(&proxy, FD_NONE, &err), 0);
	foreground_relay_init(&proxy.output, zero, null);
	foreground_relay_fill(&proxy.output);
	foreground_proxy_end(&proxy);
	while (foreground_proxy_pending(&proxy))
		foreground_relay_flush(&proxy.output);
	/* More than a terminal can hold, and not much more. */
	assert_in_range(proxy.output.total, 100000, 2 * MEBIBYTE);
	foreground_proxy_stop(&proxy);
}

static int checks_noise(void)
{
	stage_set_raw(STDIN_FILENO);
	stage_say("ready");
	return stage_read_noise(STDIN_FILENO, MEBIBYTE) == MEBIBYTE ? 0 : 1;
}

static void test_input_arrives_unaltered(void **state)
{
	const enum stage_stdio kinds[] = { STAGE_PIPES, STAGE_TERMINAL };
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		stage_start(&stage, &(struct stage_plan){ .container = checks_noise,
							  .console = true,
							  .stdio = kinds[i] });
		stage_expect(&stage, "ready");
		stage_write_noise(stage.in, MEBIBYTE);
		stage_expect_status(&stage, 0);
		stage_stop(&stage);
	}
}

static int reads_a_line_then_waits(void)
{
	char line[16];

	if (read(STDIN_FILENO, line, sizeof(line)) != 6)
		return 1;
	stage_say("line");
	(void)stage_await();
	stage_write(STDOUT_FILENO, "bye\n", 4);
	return 3;
}

/* As with runc: the end of stdin ends the copying, not the container. */
static void test_end_of_stdin(void **state)
{
	struct stage stage;
	char echoed[32] = "";

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = reads_a_line_then_waits, .console = true });
	stage_write(stage.in, "hello\n", 6);
	close_fd(&stage.in);
	stage_expect(&stage, "line");
	stage_tell(&stage);
	stage_expect_status(&stage, 3);
	assert_int_equal(read(stage.out, echoed, sizeof(echoed)), 12);
	assert_string_equal(echoed, "hello\r\nbye\r\n");
	stage_stop(&stage);
}

static int closes_and_opens_again(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	stage_say("closed");
	(void)stage_await();
	if (open("/dev/tty", O_RDWR) != 0)
		return 1;
	stage_write(0, "again", 5);
	return 0;
}

/* Between the two there is nothing to read, and above all no hang-up that poll() reports. */
static void test_a_closed_terminal_is_silent(void **state)
{
	owned_fd master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct pollfd fds[FOREGROUND_PROXY_FDS];
	struct foreground_proxy proxy;
	struct error err;
	int slave;

	(void)state;
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(foreground_proxy_start(&proxy, master, &err), 0);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	close(slave);
	foreground_proxy_poll(&proxy, fds);
	assert_int_equal(fds[1].fd, master);
	assert_int_equal(poll(&fds[1], 1, 0), 0);
	foreground_proxy_stop(&proxy);
}

/* A program without its terminal for a while keeps the proxy; opened again, it works. */
static void test_terminal_closed_for_a_while(void **state)
{
	struct stage stage;
	char text[16] = "";

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = closes_and_opens_again, .console = true });
	stage_expect(&stage, "closed");
	stage_tell(&stage);
	stage_expect_status(&stage, 0);
	assert_int_equal(read(stage.out, text, sizeof(text)), 5);
	assert_string_equal(text, "again");
	stage_stop(&stage);
}

/* Says each window size that it sees, until SIGTERM. */
static int says_sizes(void)
{
	const struct timespec soon = { .tv_nsec = 1000000 };
	struct winsize size = { 0 };
	struct winsize said = { 0 };
	sigset_t end;
	char text[32];

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	do {
		if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
			return 1;
		if (memcmp(&size, &said, sizeof(size)) != 0) {
			(void)snprintf(text, sizeof(text), "%d x %d", size.ws_row, size.ws_col);
			stage_say(text);
			said = size;
		}
	} while (sigtimedwait(&end, NULL, &soon) != SIGTERM);
	return 0;
}

static void set_size_30_90(int master)
{
	const struct winsize size = { .ws_row = 30, .ws_col = 90 };

	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
}

static void test_window_size(void **state)
{
	const struct winsize size = { .ws_row = 50, .ws_col = 132 };
	struct stage stage;

	(void)state;
	stage_start_with(&stage,
			 &(struct stage_plan){
			     .container = says_sizes, .console = true, .stdio = STAGE_TERMINAL },
			 set_size_30_90);
	stage_expect(&stage, "30 x 90");
	/* The kernel sends SIGWINCH to the foreground of the host terminal: to tare. */
	assert_int_equal(ioctl(stage.host, TIOCSWINSZ, &size), 0);
	stage_expect(&stage, "50 x 132");
	assert_int_equal(kill(stage.tare, SIGTERM), 0);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

static void allow_high_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		stage_abort("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		stage_abort("setrlimit");
}

static void test_descriptors_above_1023(void **state)
{
	struct stage stage;
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 2000) {
		print_message("RLIMIT_NOFILE allows no descriptor above 1023 here\n");
		skip();
	}
	stage_start(&stage, &(struct stage_plan){ .container = floods_and_exits_5,
						  .console = true,
						  .before = allow_high_descriptors,
						  .console_at_least = 1500 });
	assert_int_equal(stage_read_noise(stage.out, MEBIBYTE), MEBIBYTE);
	stage_expect_status(&stage, 5);
	stage_stop(&stage);
}

static int waits_then_exits_0(void)
{
	stage_say("ready");
	stage_write(STDOUT_FILENO, ">", 1);
	return stage_await() == 'x' ? 0 : 1;
}

/* The user's terminal, with modes that no kernel starts with. */
static void set_strange_modes(int master)
{
	struct termios modes;

	assert_int_equal(tcgetattr(master, &modes), 0);
	modes.c_lflag &= ~(tcflag_t)ECHOK;
	modes.c_cc[VINTR] = 7;
	assert_int_equal(tcsetattr(master, TCSANOW, &modes), 0);
}

static void expect_strange_modes(const struct stage *stage)
{
	struct termios modes;

	assert_int_equal(tcgetattr(stage->host, &modes), 0);
	assert_true(modes.c_lflag & ICANON);
	assert_true(modes.c_lflag & ECHO);
	assert_true(modes.c_oflag & OPOST);
	assert_false(modes.c_lflag & ECHOK);
	assert_int_equal(modes.c_cc[VINTR], 7);
}

static void expect_raw(const struct stage *stage)
{
	struct termios modes;

	assert_int_equal(tcgetattr(stage->host, &modes), 0);
	assert_false(modes.c_lflag & (ICANON | ECHO | ISIG));
	assert_false(modes.c_oflag & OPOST);
}

static void start_raw(struct stage *stage)
{
	char prompt;

	stage_start_with(stage,
			 &(struct stage_plan){ .container = waits_then_exits_0,
					       .console = true,
					       .stdio = STAGE_TERMINAL },
			 set_strange_modes);
	stage_expect(stage, "ready");
	assert_int_equal(read(stage->out, &prompt, 1), 1);
	expect_raw(stage);
}

static void test_terminal_is_restored(void **state)
{
	struct stage stage;

	(void)state;
	start_raw(&stage);
	stage_tell(&stage);
	stage_expect_status(&stage, 0);
	expect_strange_modes(&stage);
	stage_stop(&stage);
}

static void test_terminal_is_restored_after_a_signal(void **state)
{
	struct stage stage;

	(void)state;
	start_raw(&stage);
	assert_int_equal(kill(stage.tare, SIGTERM), 0);
	stage_expect_status(&stage, 128 + SIGTERM);
	expect_strange_modes(&stage);
	stage_stop(&stage);
}

static void test_terminal_is_restored_after_a_crash(void **state)
{
	const int crashes[] = { SIGBUS, SIGILL, SIGTRAP, SIGSYS };
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		struct stage_message said;

		start_raw(&stage);
		assert_int_equal(kill(stage.tare, crashes[i]), 0);
		said = stage_result(&stage, STAGE_STATUS);
		/* A sanitizer has a handler of its own, which exits; it runs after ours. */
		if (WIFSIGNALED(said.value))
			assert_int_equal(WTERMSIG(said.value), crashes[i]);
		else
			assert_int_not_equal(WEXITSTATUS(said.value), 0);
		expect_strange_modes(&stage);
		stage_stop(&stage);
	}
}

/* A shell takes the terminal while tare is stopped; after SIGCONT it is raw again. */
static void test_stop_and_continue(void **state)
{
	struct stage stage;
	struct termios modes;

	(void)state;
	start_raw(&stage);
	assert_int_equal(kill(stage.tare, SIGSTOP), 0);
	assert_int_equal(tcgetattr(stage.host, &modes), 0);
	modes.c_lflag |= ICANON | ECHO | ISIG;
	modes.c_oflag |= OPOST;
	assert_int_equal(tcsetattr(stage.host, TCSANOW, &modes), 0);
	assert_int_equal(kill(stage.tare, SIGCONT), 0);
	do {
		(void)poll(NULL, 0, 1);
		assert_int_equal(tcgetattr(stage.host, &modes), 0);
	} while (modes.c_lflag & ICANON);
	stage_tell(&stage);
	stage_expect_status(&stage, 0);
	expect_strange_modes(&stage);
	stage_stop(&stage);
}

/* O_NONBLOCK is a property of the open file, which the shell shares. */
static void expect_blocking(const struct stage *stage)
{
	char path[64];
	char line[64];
	unsigned flags = 0;
	FILE *file;

	for (int fd = 0; fd < 2; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)stage->shell, fd);
		file = fopen(path, "re");
		assert_non_null(file);
		while (fgets(line, sizeof(line), file) && sscanf(line, "flags: %o", &flags) != 1)
			;
		(void)fclose(file);
		assert_int_equal(flags & O_ACCMODE, O_RDWR);
		assert_int_equal(flags & O_NONBLOCK, 0);
	}
}

static void test_streams_stay_blocking(void **state)
{
	struct stage stage;

	(void)state;
	start_raw(&stage);
	expect_blocking(&stage);
	stage_tell(&stage);
	stage_expect_status(&stage, 0);
	expect_blocking(&stage);
	stage_stop(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_into_a_pipe),
		cmocka_unit_test(test_burst_into_a_terminal),
		cmocka_unit_test(test_output_left_in_the_terminal),
		cmocka_unit_test(test_a_stuck_reader_can_be_given_up),
		cmocka_unit_test(test_a_reader_that_leaves),
		cmocka_unit_test(test_a_full_disk_is_an_error),
		cmocka_unit_test(test_output_without_end),
		cmocka_unit_test(test_input_arrives_unaltered),
		cmocka_unit_test(test_end_of_stdin),
		cmocka_unit_test(test_a_closed_terminal_is_silent),
		cmocka_unit_test(test_terminal_closed_for_a_while),
		cmocka_unit_test(test_window_size),
		cmocka_unit_test(test_descriptors_above_1023),
		cmocka_unit_test(test_terminal_is_restored),
		cmocka_unit_test(test_terminal_is_restored_after_a_signal),
		cmocka_unit_test(test_terminal_is_restored_after_a_crash),
		cmocka_unit_test(test_stop_and_continue),
		cmocka_unit_test(test_streams_stay_blocking),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* fence_start() does it for tare */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
