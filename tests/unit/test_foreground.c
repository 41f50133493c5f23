/* The foreground without a terminal: exit status, signals, orphans, streams. */
#include "foreground_stage.h"

#include "container/foreground_relay.h"
#include "sys/signals.h"

#include <poll.h>
#include <sys/prctl.h>

static int exits_with_7(void)
{
	return 7;
}

static int kills_itself(void)
{
	(void)raise(SIGKILL);
	return 0;
}

static int dies_of_sigterm(void)
{
	(void)raise(SIGTERM);
	return 0;
}

static int greets(void)
{
	char line[5];

	if (!stage_read(STDIN_FILENO, line, sizeof(line)))
		return 1;
	stage_write(STDOUT_FILENO, line, sizeof(line));
	return 0;
}

static void expect_exit(int (*container)(void), int exit_status)
{
	struct stage stage;

	stage_start(&stage, &(struct stage_plan){ .container = container });
	stage_expect_status(&stage, exit_status);
	stage_stop(&stage);
}

static void test_exit_status(void **state)
{
	(void)state;
	expect_exit(exits_with_7, 7);
	expect_exit(kills_itself, 128 + SIGKILL);
	expect_exit(dies_of_sigterm, 128 + SIGTERM);
}

static void test_streams_are_the_containers_own(void **state)
{
	struct stage stage;
	char line[5];

	(void)state;
	stage_start(&stage, &(struct stage_plan){ .container = greets });
	stage_write(stage.in, "hello", 5);
	assert_true(stage_read(stage.out, line, 5));
	assert_memory_equal(line, "hello", 5);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

/* Says the number of each signal that comes, until the highest, which is delivered last. */
static int lists_signals(void)
{
	sigset_t all;
	char text[32];
	int signal;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	stage_say("ready");
	do {
		if (sigwait(&all, &signal) != 0)
			return 1;
		(void)snprintf(text, sizeof(text), "signal %d", signal);
		stage_say(text);
	} while (signal != SIGRTMAX);
	return 0;
}

static void expect_signals(struct stage *stage, const int *signals, size_t count)
{
	char text[32];

	stage_expect(stage, "ready");
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(kill(stage->tare, signals[i]), 0);
		(void)snprintf(text, sizeof(text), "signal %d", signals[i]);
		stage_expect(stage, text);
	}
}

static void test_signals_are_forwarded(void **state)
{
	const int forwarded[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,  SIGUSR1,
				  SIGALRM, SIGTSTP, SIGCONT, SIGABRT,  SIGIO,
				  SIGPWR,  SIGXCPU, SIGUSR2, SIGRTMIN, SIGRTMAX };
	struct stage stage;

	(void)state;
	stage_start(&stage, &(struct stage_plan){ .container = lists_signals });
	expect_signals(&stage, forwarded, sizeof(forwarded) / sizeof(forwarded[0]));
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

static void expect_last_signal(struct stage *stage)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "signal %d", SIGRTMAX);
	assert_int_equal(kill(stage->tare, SIGRTMAX), 0);
	stage_expect(stage, text);
}

static void test_some_signals_are_not_forwarded(void **state)
{
	const int kept[] = { SIGURG, SIGWINCH, SIGCHLD };
	struct stage stage;

	(void)state;
	stage_start(&stage, &(struct stage_plan){ .container = lists_signals });
	stage_expect(&stage, "ready");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_int_equal(kill(stage.tare, kept[i]), 0);
	expect_last_signal(&stage);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

static void ignore_hangup(void)
{
	(void)signal(SIGHUP, SIG_IGN);
}

static void test_nohup_holds_for_the_container(void **state)
{
	struct stage stage;

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = lists_signals, .before = ignore_hangup });
	stage_expect(&stage, "ready");
	assert_int_equal(kill(stage.tare, SIGHUP), 0);
	expect_last_signal(&stage);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

static void ignore_children(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
}

static void test_inherited_ignored_sigchld(void **state)
{
	struct stage stage;

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = exits_with_7, .before = ignore_children });
	stage_expect_status(&stage, 7);
	stage_stop(&stage);
}

static void test_faults_of_our_own_are_not_blocked(void **state)
{
	const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGTTOU, SIGTTIN };
	sigset_t set;

	(void)state;
	signals_forwardable(&set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_int_equal(sigismember(&set, faults[i]), 0);
}

/* A child and its orphan, which says whether tare adopted it and then leaves a zombie. */
static int leaves_an_orphan(void)
{
	pid_t tare = getppid();
	pid_t middle = fork();
	char text[32];

	if (middle > 0) {
		(void)waitpid(middle, NULL, 0);
		(void)stage_await();
		return 0;
	}
	if (fork() > 0)
		_exit(0);
	while (getppid() != tare) /* "middle" may not have left yet */
		(void)poll(NULL, 0, 1);
	(void)snprintf(text, sizeof(text), "%ld", (long)getpid());
	stage_say(text);
	_exit(0);
}

static void test_orphans_are_adopted_and_reaped(void **state)
{
	struct stage stage;
	char text[32] = "";
	pid_t orphan;

	(void)state;
	stage_start(&stage,
		    &(struct stage_plan){ .container = leaves_an_orphan, .subreaper = true });
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(read(stage.report, text + i, 1), 1);
		if (text[i] == '\n')
			break;
	}
	orphan = atoi(text);
	assert_true(orphan > 1);
	while (kill(orphan, 0) == 0) /* a zombie still answers; one that is reaped does not */
		(void)poll(NULL, 0, 1);
	stage_tell(&stage);
	stage_expect_status(&stage, 0);
	stage_stop(&stage);
}

static void test_relay_asks_only_for_what_can_move(void **state)
{
	struct foreground_relay relay;
	int in[2];
	int out[2];
	char much[FOREGROUND_RING] = "";

	(void)state;
	stage_pipe(in);
	stage_pipe(out);
	foreground_relay_init(&relay, in[0], out[1]);
	assert_int_equal(foreground_relay_wants_read(&relay), POLLIN);
	assert_int_equal(foreground_relay_wants_write(&relay), 0);
	stage_write(in[1], much, sizeof(much));
	foreground_relay_fill(&relay);
	assert_int_equal(foreground_relay_wants_read(&relay), 0);
	assert_int_equal(foreground_relay_wants_write(&relay), POLLOUT);
	foreground_relay_flush(&relay);
	assert_int_equal(foreground_relay_wants_read(&relay), POLLIN);
	/* The reader leaves: nothing to wait for at that end, and the writer goes on. */
	close(out[0]);
	foreground_relay_flush(&relay);
	assert_int_equal(foreground_relay_wants_write(&relay), 0);
	assert_int_equal(foreground_relay_wants_read(&relay), POLLIN);
	assert_int_equal(relay.failed, 0);
	stage_write(in[1], much, sizeof(much));
	foreground_relay_fill(&relay); /* two reads, for the ring wraps */
	foreground_relay_fill(&relay);
	assert_int_equal(relay.used, 0);
	assert_int_equal(relay.total, 2 * sizeof(much));
	assert_int_equal(foreground_relay_wants_read(&relay), POLLIN);
	close(in[1]);
	foreground_relay_fill(&relay);
	assert_int_equal(foreground_relay_wants_read(&relay), 0);
	close(in[0]);
	close(out[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_streams_are_the_containers_own),
		cmocka_unit_test(test_signals_are_forwarded),
		cmocka_unit_test(test_some_signals_are_not_forwarded),
		cmocka_unit_test(test_nohup_holds_for_the_container),
		cmocka_unit_test(test_inherited_ignored_sigchld),
		cmocka_unit_test(test_faults_of_our_own_are_not_blocked),
		cmocka_unit_test(test_orphans_are_adopted_and_reaped),
		cmocka_unit_test(test_relay_asks_only_for_what_can_move),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* fence_start() does it for tare */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
