/* Names and numbers of signals, as kill takes them. */
#include "cli/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* 0: unknown. */
static const struct {
	const char *text;
	int number;
} cases[] = {
	{ "1", 1 },          { "9", 9 },           { "15", 15 },
	{ "34", 34 },        { "64", 64 },         { "0", 0 },
	{ "65", 0 },         { "-1", 0 },          { "-9", 0 },
	{ "+9", 0 },         { "09", 0 },          { "9 ", 0 },
	{ "0x9", 0 },        { "9.0", 0 },         { "18446744073709551625", 0 },
	{ "HUP", 1 },        { "INT", 2 },         { "QUIT", 3 },
	{ "ILL", 4 },        { "TRAP", 5 },        { "ABRT", 6 },
	{ "IOT", 6 },        { "BUS", 7 },         { "FPE", 8 },
	{ "KILL", 9 },       { "USR1", 10 },       { "SEGV", 11 },
	{ "USR2", 12 },      { "PIPE", 13 },       { "ALRM", 14 },
	{ "TERM", 15 },      { "STKFLT", 16 },     { "CHLD", 17 },
	{ "CLD", 17 },       { "CONT", 18 },       { "STOP", 19 },
	{ "TSTP", 20 },      { "TTIN", 21 },       { "TTOU", 22 },
	{ "URG", 23 },       { "XCPU", 24 },       { "XFSZ", 25 },
	{ "VTALRM", 26 },    { "PROF", 27 },       { "WINCH", 28 },
	{ "IO", 29 },        { "POLL", 29 },       { "PWR", 30 },
	{ "SYS", 31 },       { "UNUSED", 31 },     { "SIGKILL", 9 },
	{ "sigkill", 9 },    { "kill", 9 },        { "SigTerm", 15 },
	{ "RTMIN", 34 },     { "SIGRTMIN", 34 },   { "rtmin", 34 },
	{ "RTMIN+0", 34 },   { "SIGRTMIN+3", 37 }, { "sigrtmin+30", 64 },
	{ "RTMAX", 64 },     { "RTMAX-0", 64 },    { "SIGRTMAX-1", 63 },
	{ "rtmax-30", 34 },  { "RTMIN+31", 0 },    { "RTMAX-31", 0 },
	{ "RTMIN-1", 0 },    { "RTMAX+1", 0 },     { "RTMIN+", 0 },
	{ "RTMIN++1", 0 },   { "RTMIN+03", 0 },    { "RTMINX", 0 },
	{ "RTM", 0 },        { "FOO", 0 },         { "SIG", 0 },
	{ "SIGSIGKILL", 0 }, { "SIG9", 0 },        { "KILLER", 0 },
	{ "KIL", 0 },        { " KILL", 0 },       { "", 0 },
};

static void parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err;
		char message[64];
		int number = 0;

		error_clear(&err);
		number = signal_parse(cases[i].text, &err);
		if (number != (cases[i].number ? cases[i].number : -22))
			fail_msg("%s: %d, expected %d", cases[i].text, number, cases[i].number);
		if (number > 0)
			continue;
		(void)snprintf(message, sizeof(message), "unknown signal \"%s\"", cases[i].text);
		assert_string_equal(err.message, message);
		assert_string_equal(err.hint, "a number from 1 to 64, a name such as TERM or "
					      "SIGTERM, RTMIN+n or RTMAX-n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(parses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
