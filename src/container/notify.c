/* notify.c - see notify.h. */
#include "container/notify.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/scm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ERROR_CODE CODE_NOTIFY_SOCKET

enum { MESSAGE_MOST = 4096, BARRIER_MS = 30000 };

int notify_prepare(int state_dir, struct error *err)
{
	/* mode by hand: whoever the container's users are, they must get in */
	if (mkdirat(state_dir, NOTIFY_DIRECTORY, 0755) < 0 ||
	    fchmodat(state_dir, NOTIFY_DIRECTORY, 0755, 0) < 0)
		return error_sys(err, errno, "mkdirat", NULL,
				 "cannot make the directory of the container's NOTIFY_SOCKET");
	return 0;
}

static int connect_host(const char *name, struct error *err)
{
	owned_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);

	if ((name[0] != '/' && name[0] != '@') || len >= sizeof(address.sun_path))
		return error_set(err, EINVAL, NULL,
				 "NOTIFY_SOCKET is no path and no abstract socket: \"%.128s\"",
				 name);
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		size++;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0) {
		const int rc = error_sys(err, errno, "connect", NULL,
					 "cannot reach the NOTIFY_SOCKET %s", name);

		error_add_hint(err, "unset NOTIFY_SOCKET if nobody supervises the container");
		return rc;
	}
	return take_fd(&fd);
}

static int bind_inside(int state_dir, struct error *err)
{
	owned_fd dir = openat(state_dir, NOTIFY_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	owned_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc;

	if (dir < 0)
		return -ENOENT;
	rc = text_format(address.sun_path, sizeof(address.sun_path),
			 "/proc/self/fd/%d/" NOTIFY_SOCKET, dir);
	if (rc >= 0)
		(void)unlinkat(dir, NOTIFY_SOCKET, 0); /* of a start that was interrupted */
	if (rc < 0 || fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchmodat(dir, NOTIFY_SOCKET, 0777, 0) < 0)
		return error_sys(err, errno, "bind", NULL,
				 "cannot make the container's NOTIFY_SOCKET");
	return take_fd(&fd);
}

int notify_open(struct notify *notify, int state_dir, const char *host, struct error *err)
{
	struct stat st;

	if (fstatat(state_dir, NOTIFY_DIRECTORY, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	notify->host = connect_host(host, err);
	if (notify->host < 0)
		return notify->host;
	notify->inside = bind_inside(state_dir, err);
	return notify->inside < 0 ? notify->inside : 0;
}

/* One of the lines of a message says it. */
static bool says_ready(const char *message)
{
	static const char word[] = "READY=1";

	while (*message != '\0') {
		const size_t len = strcspn(message, "\n");

		if (len == sizeof(word) - 1 && memcmp(message, word, len) == 0)
			return true;
		message += len + (message[len] == '\n');
	}
	return false;
}

static int tell_host(struct notify *notify, pid_t pid, struct error *err)
{
	char text[64];
	int rc = text_format(text, sizeof(text), "READY=1\nMAINPID=%d\n", (int)pid);
	ssize_t sent;

	if (rc < 0)
		return error_sys(err, -rc, "", NULL, "cannot tell that the container is ready");
	do
		sent = send(notify->host, text, strlen(text), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? error_sys(err, errno, "send", NULL,
				    "cannot tell the NOTIFY_SOCKET that the container is ready")
			: 0;
}

int notify_take(struct notify *notify, pid_t pid, struct error *err)
{
	char message[MESSAGE_MOST + 1];
	ssize_t len;

	while ((len = recv(notify->inside, message, MESSAGE_MOST, 0)) >= 0) {
		message[len] = '\0';
		if (!says_ready(message))
			continue;
		close_fd(&notify->inside);
		return tell_host(notify, pid, err);
	}
	return 0;
}

/* A descriptor that the supervisor closes when it has handled what came before (BARRIER=1). */
static int wait_for_host(struct notify *notify, struct error *err)
{
	owned_fd ours = FD_NONE, theirs = FD_NONE;
	struct pollfd poll_fd = { .events = 0 };
	int ends[2], rc, n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, errno, "pipe2", NULL, "cannot wait for the NOTIFY_SOCKET");
	ours = ends[0];
	theirs = ends[1];
	rc = scm_send(notify->host, "BARRIER=1", 9, &theirs, 1);
	close_fd(&theirs);
	if (rc < 0)
		return error_sys(err, -rc, "sendmsg", NULL, "cannot wait for the NOTIFY_SOCKET");
	poll_fd.fd = ours;
	do
		n = poll(&poll_fd, 1, BARRIER_MS);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return 0;
	return error_set(
	    err, ETIMEDOUT, NULL,
	    "whoever has the NOTIFY_SOCKET took no note within 30 s that the container "
	    "is ready");
}

int notify_wait(struct notify *notify, int pidfd, pid_t pid, struct error *err)
{
	int rc = 0, n;

	while (rc == 0 && notify->inside >= 0) {
		struct pollfd fds[2] = { { .fd = notify->inside, .events = POLLIN },
					 { .fd = pidfd, .events = POLLIN } };

		n = poll(fds, 2, -1);
		if (n < 0 && errno != EINTR)
			return error_sys(err, errno, "poll", NULL,
					 "cannot wait for the container to be ready");
		if (n > 0 && fds[0].revents)
			rc = notify_take(notify, pid, err);
		else if (n > 0) /* it has ended, and nothing is left of it to read */
			return 0;
	}
	return rc < 0 || notify->host < 0 ? rc : wait_for_host(notify, err);
}

void notify_close(struct notify *notify)
{
	close_fd(&notify->inside);
	close_fd(&notify->host);
}
