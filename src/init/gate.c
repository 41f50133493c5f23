/*
 * gate.c - a created container waits here for `tare start`.
 *
 * It holds three descriptors besides its standard streams: the socket that it listens on, a file
 * whose lock says that it waits, and, once start has come, the connection. All go at exec.
 */
#include "init/init.h"
#include "init/message.h"

#include <linux/mman.h>

/* The descriptor that start sends, or -errno. */
static int receive(int connection)
{
	char byte;
	struct io_vector vector = { &byte, 1 };
	struct control_fd control = { 0, 0, 0, NO_FD, 0 };
	struct message message = { NULL, 0, &vector, 1, &control, sizeof(control), 0 };
	long n;

	do
		n = sys_call3(__NR_recvmsg, connection, &message, MESSAGE_CLOSE_ON_EXEC);
	while (n == -EINTR);
	if (n < 0)
		return (int)n;
	return n == 1 && control.type == MESSAGE_RIGHTS ? control.fd : -EBADMSG;
}

static struct gate_page *map_page(int fd)
{
	long at = sys_call6(__NR_mmap, 0, sizeof(struct gate_page), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	sys_close(fd);
	return at < 0 && at > -4096 ? NULL : (void *)at;
}

/* One that connects and dies, or sends nonsense, is not a start: the next one may be. */
static int accept_start(struct init *init, int listener)
{
	for (;;) {
		int connection = (int)sys_call4(__NR_accept4, listener, NULL, NULL, O_CLOEXEC),
		    page;

		if (connection == -EINTR || connection == -ECONNABORTED)
			continue;
		if (connection < 0)
			return connection;
		page = receive(connection);
		init->page = page >= 0 ? map_page(page) : NULL;
		if (init->page) {
			init->socket = connection;
			return 0;
		}
		sys_close(connection);
	}
}

unsigned gate_files(const struct step_gate *step, unsigned keep[GATE_FILES])
{
	/* the last three are for hooks that are still to run */
	const int64_t files[GATE_FILES] = { step->listener, step->lock, step->state, step->out,
					    step->err };
	unsigned count = 0;

	for (unsigned i = 0; i < GATE_FILES; i++) {
		if (files[i] >= 0)
			keep[count++] = (unsigned)files[i];
	}
	return count;
}

int step_run_gate(struct init *init, struct step_gate *step)
{
	unsigned keep[GATE_FILES + 1], count = gate_files(step, keep);
	int rc;

	if (init->label >=
	    0) /* which is written for the program, and the hooks before it run first */
		keep[count++] = (unsigned)init->label;
	sys_close(init->socket);
	init->hooks = 0;
	init->root = init->proc = init->pid_ns = init->null = init->empty = NO_FD;
	rc = fence_keep_only(3 + (unsigned)step->preserve, keep, count);
	if (rc == 0)
		rc = accept_start(init, (int)step->listener);
	sys_close((int)step->listener); /* whoever comes second is told that it is too late */
	return rc;
}
