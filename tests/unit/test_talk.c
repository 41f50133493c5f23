/* The talk with tare-init: its last word arrives, however it ends. */
#include "base/fd.h"
#include "container/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct talk open_talk(void)
{
	struct error err = { 0 };
	struct talk talk;

	assert_int_equal(talk_open(&talk, &err), 0);
	return talk;
}

static void say(const struct talk *talk)
{
	struct report report = { .kind = REPORT_FAILED, .errnum = 22, .text = "why" };

	assert_int_equal(send(talk->helper, &report, sizeof(report), MSG_NOSIGNAL), sizeof(report));
}

static void expect_last_word(const struct talk *talk)
{
	struct report report;
	int fd;

	assert_int_equal(talk_receive(talk, &report, &fd), 1);
	assert_int_equal(report.kind, REPORT_FAILED);
	assert_int_equal(report.errnum, 22);
	assert_string_equal(report.text, "why");
	assert_int_equal(talk_receive(talk, &report, &fd), 0);
}

static void a_last_word_is_heard(void **state)
{
	struct talk talk = open_talk();

	(void)state;
	say(&talk);
	close_fd(&talk.helper);
	expect_last_word(&talk);
	talk_close(&talk);
}

/* The kernel tells of the reset before it hands out what lies there. */
static void a_last_word_is_heard_of_one_who_did_not_listen(void **state)
{
	struct talk talk = open_talk();

	(void)state;
	assert_int_equal(talk_go(&talk), 0);
	say(&talk);
	close_fd(&talk.helper);
	expect_last_word(&talk);
	talk_close(&talk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_last_word_is_heard),
		cmocka_unit_test(a_last_word_is_heard_of_one_who_did_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
