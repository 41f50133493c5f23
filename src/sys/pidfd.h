/*
 * pidfd.h - signal a process and wait for its end, without the races of a pid number.
 *
 * Thin wrappers: the caller knows which process it is and describes the failure.
 */
#ifndef TARE_SYS_PIDFD_H
#define TARE_SYS_PIDFD_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* A close-on-exec pidfd of a process that is known to live, or -errno. */
int pidfd_of(pid_t pid) MUST_CHECK;

/* 0 or -errno; -ESRCH when the process has ended and was waited for. */
int pidfd_signal(int pidfd, int signal);

/* True once the process has ended, whether or not somebody has waited for it. Never blocks. */
bool pidfd_ended(int pidfd);

/*
 * Until the process has ended, in `timeout_ms` at most, or as long as it takes (-1). 0, -ETIMEDOUT
 * or -errno. A signal that is handled begins the time anew.
 */
int pidfd_await_end(int pidfd, int timeout_ms);

/*
 * How a process ended that another has waited for: *wait_status as waitpid(2) gives it. From
 * Linux 6.15 on; -ENOTTY before, -ENODATA while it has not been waited for.
 */
int pidfd_wait_status(int pidfd, int *wait_status) MUST_CHECK;

/* What a shell would report of a wait status: 0..255, or 128 + signal. */
int pidfd_shell_status(int wait_status);

/*
 * Wait for the end of a child and reap it. *exit_status is what a shell would report: the
 * program's own 0..255, or 128 + signal. 0 or -errno (-ECHILD: not a child of this process).
 */
int pidfd_wait(int pidfd, int *exit_status) MUST_CHECK;

#endif
