/*
 * signal.h - what a signal may be called on the command line.
 */
#ifndef TARE_CLI_SIGNAL_H
#define TARE_CLI_SIGNAL_H

#include "base/error.h"

/*
 * The number, from a number (1..64), a name with or without SIG in any case, RTMIN, RTMIN+n, RTMAX
 * or RTMAX-n. -EINVAL for anything else.
 */
int signal_parse(const char *text, struct error *err) MUST_CHECK;

#endif
