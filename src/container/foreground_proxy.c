/* foreground_proxy.c - see foreground_proxy.h. */
#include "container/foreground_proxy.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define ERROR_CODE CODE_FOREGROUND

/*
 * What the kernel can hold of a pty's output is far below this. What comes beyond it was written
 * after the end of the container's process, by one that outlives it, perhaps for ever.
 */
enum { LEFT_OVER_MAX = 1 << 20 };

enum { POLL_READ = POLLIN | POLLHUP | POLLERR | POLLNVAL };
enum { POLL_WRITE = POLLOUT | POLLHUP | POLLERR | POLLNVAL };

/* True if both are the same pipe or terminal: /proc may be anything where tare is started. */
static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode &&
	       a->st_rdev == b->st_rdev;
}

/*
 * A standard stream, such that reading and writing do not wait. O_NONBLOCK belongs to the open
 * file, which the shell and every other process of the job share: set on it, it would stay there
 * when tare has gone, and break them. So pipes and terminals, which are what can make a write
 * wait, are opened once more, and this open file is ours alone.
 *
 * Where that is refused (a terminal of another user, after su) and for sockets, the stream itself
 * is used. Reading and writing only after poll(), and little at a time, then nearly never waits;
 * if it does, signals are late, not lost.
 */
static int open_stream(int stream, int mode)
{
	char path[32];
	struct stat ours;
	struct stat opened;
	owned_fd fd = FD_NONE;

	if (fstat(stream, &ours) == 0 && (S_ISFIFO(ours.st_mode) || isatty(stream))) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", stream);
		fd = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &opened) == 0 && same_file(&ours, &opened))
			return take_fd(&fd);
	}
	return fcntl(stream, F_DUPFD_CLOEXEC, 0);
}

static int open_streams(struct foreground_proxy *proxy, struct error *err)
{
	int flags = fcntl(proxy->console, F_GETFL);

	if (flags < 0 || fcntl(proxy->console, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_sys(err, errno, "fcntl", NULL,
				 "cannot make the container's terminal non-blocking");
	proxy->in = open_stream(STDIN_FILENO, O_RDONLY);
	if (proxy->in < 0)
		return error_sys(err, errno, "fcntl", NULL, "cannot use stdin");
	proxy->out = open_stream(STDOUT_FILENO, O_WRONLY);
	if (proxy->out < 0)
		return error_sys(err, errno, "fcntl", NULL, "cannot use stdout");
	return 0;
}

int foreground_proxy_start(struct foreground_proxy *proxy, int console, struct error *err)
{
	int r;

	proxy->console = console;
	proxy->slave = FD_NONE;
	proxy->in = FD_NONE;
	proxy->out = FD_NONE;
	proxy->raw.fd = FD_NONE;
	foreground_relay_init(&proxy->input, FD_NONE, FD_NONE);
	foreground_relay_init(&proxy->output, FD_NONE, FD_NONE);
	if (console < 0)
		return 0;
	/*
	 * A program may close its terminal and open it again later: an init does so all the time.
	 * Without a slave of our own that would look like the end of the output (EIO), and like
	 * something to read in every poll(). The real end is the end of the process.
	 */
	proxy->slave = tty_open_peer(console, err);
	if (proxy->slave < 0)
		return proxy->slave;
	r = open_streams(proxy, err);
	if (r < 0)
		return r;
	foreground_proxy_resize(proxy);
	foreground_relay_init(&proxy->input, proxy->in, console);
	foreground_relay_init(&proxy->output, console, proxy->out);
	return isatty(proxy->in) ? tty_raw_begin(&proxy->raw, proxy->in, err) : 0;
}

void foreground_proxy_stop(struct foreground_proxy *proxy)
{
	tty_raw_end(&proxy->raw);
	close_fd(&proxy->in);
	close_fd(&proxy->out);
	close_fd(&proxy->slave);
}

/* A descriptor without events is left out: its POLLHUP or POLLERR would end each poll() at once. */
static void wait_for(struct pollfd *entry, int fd, int events)
{
	entry->fd = events != 0 ? fd : -1;
	entry->events = (short)events;
	entry->revents = 0;
}

void foreground_proxy_poll(const struct foreground_proxy *proxy, struct pollfd *fds)
{
	const struct foreground_relay *input = &proxy->input;
	const struct foreground_relay *output = &proxy->output;

	wait_for(&fds[0], input->from, foreground_relay_wants_read(input));
	wait_for(&fds[1], proxy->console,
		 foreground_relay_wants_write(input) | foreground_relay_wants_read(output));
	wait_for(&fds[2], output->to, foreground_relay_wants_write(output));
}

/*
 * Input is offered to the container's terminal, which never lets us wait, also where poll() was
 * silent of it. The kernel moves what was written by a worker, which sleeps while the reader's
 * buffer is full: a write wakes it, should it have been forgotten. (Twice, on Linux 6.12 with one
 * emulated processor, a mebibyte of input stood still for five minutes.)
 */
void foreground_proxy_move(struct foreground_proxy *proxy, const struct pollfd *fds)
{
	if (fds[0].revents & POLL_READ)
		foreground_relay_fill(&proxy->input);
	if (fds[1].revents & POLL_WRITE || (fds[1].events & POLLOUT && fds[1].revents == 0))
		foreground_relay_flush(&proxy->input);
	if (fds[1].revents & POLL_READ)
		foreground_relay_fill(&proxy->output);
	if (fds[2].revents & POLL_WRITE)
		foreground_relay_flush(&proxy->output);
}

void foreground_proxy_resize(const struct foreground_proxy *proxy)
{
	if (proxy->console < 0)
		return;
	/* Any of them may be redirected; the first that is a terminal with a size counts. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (tty_copy_size(fd, proxy->console))
			return;
	}
}

void foreground_proxy_resume(const struct foreground_proxy *proxy)
{
	tty_raw_again(&proxy->raw);
	foreground_proxy_resize(proxy);
}

void foreground_proxy_end(struct foreground_proxy *proxy)
{
	foreground_relay_init(&proxy->input, FD_NONE, FD_NONE);
	proxy->output.dry = false;
	proxy->output.total = 0;
}

bool foreground_proxy_pending(struct foreground_proxy *proxy)
{
	struct foreground_relay *output = &proxy->output;

	while (!output->dry && output->total < LEFT_OVER_MAX && foreground_relay_wants_read(output))
		foreground_relay_fill(output);
	if (output->dry || output->total >= LEFT_OVER_MAX)
		output->from = FD_NONE;
	return output->used > 0;
}
