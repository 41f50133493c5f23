/*
 * tty.h - terminals: raw mode that is always undone, window size, the other end of a pty.
 */
#ifndef TARE_SYS_TTY_H
#define TARE_SYS_TTY_H

#include "base/error.h"

#include <stdbool.h>
#include <termios.h>

struct tty_raw {
	int fd; /* borrowed; FD_NONE when nothing is to be restored */
	struct termios saved;
	struct termios raw;
};

/*
 * Put a terminal in raw mode: every byte passes as it is, in both directions. Until
 * tty_raw_end(), a crash (SIGSEGV, abort ...) restores it too. One terminal at a time. A terminal
 * that has hung up is left alone.
 */
int tty_raw_begin(struct tty_raw *raw, int fd, struct error *err) MUST_CHECK;

/* After a stop and SIGCONT: the shell has changed the modes in between. */
void tty_raw_again(const struct tty_raw *raw);

/* Restore the terminal. May be called again, and fits __attribute__((cleanup)). */
void tty_raw_end(struct tty_raw *raw);

/*
 * Copy the window size of one terminal to another; the kernel tells the programs there. False if
 * `from` is no terminal or does not know its size.
 */
bool tty_copy_size(int from, int to);

/* Open the slave of a pty master, without a path, close-on-exec, not as controlling terminal. */
int tty_open_peer(int master, struct error *err) MUST_CHECK;

#endif
