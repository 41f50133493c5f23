/*
 * birth.h - what the host does between the clone of tare-init and the exec of the program.
 *
 * Rows of the table in create.c.
 */
#ifndef TARE_CONTAINER_BIRTH_H
#define TARE_CONTAINER_BIRTH_H

#include "container/create.h"

int birth_write_maps(struct create *c);
bool birth_has_maps(const struct create *c);

/* Its cgroups are entered by clone and by the helper; one below is the host's matter. */
int birth_enter_inner(struct create *c);
bool birth_enters_inner(const struct create *c);

/* Inside a user namespace lowering it is refused, so it is done from here, before go. */
int birth_set_oom_score(struct create *c);
bool birth_has_oom_score(const struct create *c);

/* Hard limits above ours: a helper in a user namespace could not raise them itself. */
int birth_raise_limits(struct create *c);
bool birth_raises_limits(const struct create *c);

int birth_go(struct create *c);
bool birth_awaits(const struct create *c);
bool birth_awaits_limits(const struct create *c);

/* Read the helper's reports until the program runs, or it is known why it does not. */
int birth_follow(struct create *c);

int birth_write_pid_file(struct create *c);
bool birth_has_pid_file(const struct create *c);

/* The socket that start connects to, and the lock that says that the container waits for it. */
int birth_make_gate(struct create *c);
bool birth_waits_for_start(const struct create *c);

/* Write the process into the record; again if the helper put another one in its place. */
int birth_note(struct create *c);
bool birth_has_successor(const struct create *c);

/* From now on its status is what the kernel says. */
int birth_set_made(struct create *c);

/* To --console-socket and --pidfd-socket: connect, send, close; nobody is waited for. */
int birth_send_console(struct create *c);
bool birth_sends_console(const struct create *c);
int birth_send_pidfd(struct create *c);
bool birth_sends_pidfd(const struct create *c);

int birth_run_poststart(struct create *c);
bool birth_runs(const struct create *c);

/* Undos. */
void birth_run_poststop(struct create *c);
void birth_kill(struct create *c);
void birth_unmount(struct create *c); /* mounts made in our own mount namespace */
void birth_remove_pid_file(struct create *c);

#endif
