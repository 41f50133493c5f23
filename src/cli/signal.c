/* signal.c - see signal.h. */
#include "cli/signal.h"

#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#define ERROR_CODE CODE_SIGNAL

/*
 * The kernel's numbers end at 64. The C libraries keep the first real-time signals for themselves,
 * each another few of them; 34 is what glibc leaves, and what programs mean by RTMIN+3.
 */
#define SIGNAL_MAX   64
#define SIGNAL_RTMIN 34
#define SIGNAL_RTMAX 64

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },       { "INT", SIGINT },       { "QUIT", SIGQUIT },
	{ "ILL", SIGILL },       { "TRAP", SIGTRAP },     { "ABRT", SIGABRT },
	{ "IOT", SIGABRT },      { "BUS", SIGBUS },       { "FPE", SIGFPE },
	{ "KILL", SIGKILL },     { "USR1", SIGUSR1 },     { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },     { "PIPE", SIGPIPE },     { "ALRM", SIGALRM },
	{ "TERM", SIGTERM },     { "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },      { "CONT", SIGCONT },     { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },     { "TTIN", SIGTTIN },     { "TTOU", SIGTTOU },
	{ "URG", SIGURG },       { "XCPU", SIGXCPU },     { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },     { "WINCH", SIGWINCH },
	{ "IO", SIGIO },         { "POLL", SIGIO },       { "PWR", SIGPWR },
	{ "SYS", SIGSYS },       { "UNUSED", SIGSYS },
};

/* `text` follows RTMIN or RTMAX: nothing, or `sign` and a number of steps. */
static int count_steps(const char *text, char sign)
{
	uint64_t steps = 0;

	if (text[0] == '\0')
		return 0;
	if (text[0] != sign || text_to_u64(text + 1, SIGNAL_RTMAX - SIGNAL_RTMIN, &steps) < 0)
		return -EINVAL;
	return (int)steps;
}

static int parse_realtime(const char *name)
{
	size_t len = strlen("RTMIN");
	int steps = -EINVAL;

	if (strncasecmp(name, "RTMIN", len) == 0) {
		steps = count_steps(name + len, '+');
		return steps < 0 ? steps : SIGNAL_RTMIN + steps;
	}
	if (strncasecmp(name, "RTMAX", len) == 0) {
		steps = count_steps(name + len, '-');
		return steps < 0 ? steps : SIGNAL_RTMAX - steps;
	}
	return -EINVAL;
}

static int parse_name(const char *name)
{
	if (strncasecmp(name, "SIG", strlen("SIG")) == 0)
		name += strlen("SIG");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].number;
	}
	return parse_realtime(name);
}

int signal_parse(const char *text, struct error *err)
{
	uint64_t number = 0;
	int named = 0;

	if (text_to_u64(text, SIGNAL_MAX, &number) == 0 && number > 0)
		return (int)number;
	named = parse_name(text);
	if (named > 0)
		return named;
	(void)error_set(err, EINVAL, NULL, "unknown signal \"%s\"", text);
	error_add_hint(err,
		       "a number from 1 to %d, a name such as TERM or SIGTERM, RTMIN+n or "
		       "RTMAX-n",
		       SIGNAL_MAX);
	return -EINVAL;
}
