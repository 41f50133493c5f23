/*
 * hooks.h - the hooks that run in the runtime's namespaces: prestart, createRuntime, poststart,
 * poststop (runtime-spec, config.md, "POSIX-platform Hooks"). Those that run in the container's
 * have their runner in tare-init.
 */
#ifndef TARE_CONTAINER_HOOKS_H
#define TARE_CONTAINER_HOOKS_H

#include "base/error.h"
#include "base/log.h"
#include "ocispec/config.h"
#include "sys/fence.h"

/* Everything is borrowed. */
struct hooks_request {
	const struct oci_hook_list *hooks;
	const char *name;              /* of the property of /hooks: "createRuntime" */
	const struct oci_state *state; /* what the hooks read on stdin */
	int stdout_file;               /* for what they say, instead of the error; 0: none */
	int stderr_file;
	const struct fence *fence; /* undone in the hooks; NULL: there is none */
	/*
	 * A signalfd for the signals that are to end a hook that hangs (^C), and no others: not for
	 * SIGCHLD. FD_NONE: none.
	 */
	int cancel_fd;
};

/*
 * Run them one after the other. The first that fails ends it: the error says which, how it ended,
 * and what it said last. -ECANCELED: cancel_fd became readable; the signal still waits there.
 */
int hooks_run(const struct hooks_request *request, struct error *err) MUST_CHECK;

/*
 * Run all of them, as is due after the end of a container; failures become warnings. A signal
 * that ends one is taken from cancel_fd, and the next runs.
 */
void hooks_run_all(const struct hooks_request *request, struct log *log);

#endif
