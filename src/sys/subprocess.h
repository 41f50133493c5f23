/*
 * subprocess.h - run one program of the host (a hook, a helper) to its end, which it cannot put
 * off: neither by not reading its stdin, nor by flooding or holding its stdout, nor by hanging.
 */
#ifndef TARE_SYS_SUBPROCESS_H
#define TARE_SYS_SUBPROCESS_H

#include "base/error.h"
#include "sys/fence.h"

#include <stdint.h>

enum { SUBPROCESS_OUTPUT_MAX = 1024 };

/* What to run; everything is borrowed. */
struct subprocess {
	const char *path;  /* absolute: PATH is not searched */
	char *const *argv; /* with a NULL at the end; NULL: the path alone */
	char *const *envp; /* with a NULL at the end; NULL: an empty environment */
	const void *input; /* what stdin holds, NULL: nothing */
	size_t input_size;
	/* Files for stdout and stderr instead of the result; 0 (which is never one): none. */
	int stdout_file;
	int stderr_file;
	uint64_t timeout_ms;       /* from now; 0: none */
	const struct fence *fence; /* undone in the program; NULL: there is none */
	/*
	 * Ends the program when it becomes readable, and is not read: a signalfd for the signals
	 * that mean just that, so not for SIGCHLD. FD_NONE: none.
	 */
	int cancel_fd;
};

enum subprocess_end {
	SUBPROCESS_EXITED,
	SUBPROCESS_KILLED, /* by a signal that was not ours */
	SUBPROCESS_TIMED_OUT,
	SUBPROCESS_NOT_EXECUTED,
};

struct subprocess_result {
	enum subprocess_end end;
	int number; /* the exit status, the signal, or the (positive) errno of execve; else 0 */
	size_t output_size;
	char output[SUBPROCESS_OUTPUT_MAX + 1]; /* the end of stdout and stderr, and a NUL */
};

/*
 * Run it in the working directory and namespaces of the caller, in a session of its own, with no
 * descriptors but the standard ones, no signal blocked or ignored. Returns 0 if the result tells
 * how it ended, or a negative errno: -ECANCELED when cancel_fd said so, -EINVAL for a relative
 * path. After a timeout or a cancellation all processes of its group are killed; after a normal end
 * those left behind are its own affair, and what they write goes nowhere.
 */
int subprocess_run(const struct subprocess *what, struct subprocess_result *result) MUST_CHECK;

#endif
