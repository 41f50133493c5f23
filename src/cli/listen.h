/* listen.h - socket activation: the descriptors that systemd, or podman for it, passes to us. */
#ifndef TARE_CLI_LISTEN_H
#define TARE_CLI_LISTEN_H

#include "container/options.h"

/*
 * From LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES of our environment (sd_listen_fds(3)): they come
 * before the descriptors of --preserve-fds and add to their number. Another's, by LISTEN_PID, are
 * none; without LISTEN_PID they are ours.
 */
int listen_read(struct container_options *options, struct error *err) MUST_CHECK;

/* Who supervises us wants to hear that the container is ready (sd_notify(3)); NULL: nobody. */
const char *listen_notify_socket(void);

#endif
