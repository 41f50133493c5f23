/*
 * listener.h - hand the listener of a seccomp filter to the agent that answers its calls
 * (runtime-spec, config-linux.md "Seccomp", listenerPath).
 */
#ifndef TARE_CONTAINER_LISTENER_H
#define TARE_CONTAINER_LISTENER_H

#include "base/error.h"
#include "ocispec/config.h"

#include <sys/types.h>

/* Whose filter it is. */
struct listener_of {
	const struct oci_config *config;
	const struct oci_record *record;
	enum oci_status status; /* of the container */
	pid_t pid;              /* of the process that the filter is for */
};

/*
 * Connect to the listener's socket and send the descriptor with the state of the process, as one
 * message. The agent need not have accepted yet; one whose queue is full is given ten seconds.
 */
int listener_send(const struct listener_of *of, int fd, struct error *err) MUST_CHECK;

#endif
