/*
 * signals.h - which signals are passed on to a container, and receiving them from a signalfd.
 */
#ifndef TARE_SYS_SIGNALS_H
#define TARE_SYS_SIGNALS_H

#include "base/error.h"

#include <signal.h>

/* The signals meant for the container's process: see the reasons in signals.c. */
void signals_forwardable(sigset_t *set);

/*
 * Block a set of signals and open a signalfd (close-on-exec, non-blocking) for them. Signals that
 * arrive from now on wait there. Gives the mask that was in force. Returns the fd or -errno.
 */
int signals_open(const sigset_t *set, sigset_t *old_mask, struct error *err) MUST_CHECK;

/* The next signal from a signalfd, 0 when none waits, -errno if reading failed. */
int signals_next(int fd) MUST_CHECK;

#endif
