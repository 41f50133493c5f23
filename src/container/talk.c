/* talk.c - see talk.h. */
#include "container/talk.h"
#include "base/fd.h"
#include "sys/scm.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define ERROR_CODE CODE_HELPER

int talk_open(struct talk *talk, struct error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_sys(err, errno, "socketpair", NULL, "cannot talk to tare-init");
	talk->host = ends[0];
	talk->helper = ends[1];
	return 0;
}

void talk_close(struct talk *talk)
{
	close_fd(&talk->host);
	close_fd(&talk->helper);
}

int talk_go(const struct talk *talk)
{
	return send(talk->host, "g", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int talk_receive(const struct talk *talk, struct report *report, int *fd)
{
	struct scm_fds got = { .fds = fd, .room = 1 };
	ssize_t n;

	*fd = FD_NONE;
	/* ECONNRESET, said once: it died with something unread from us. Its own last word is behind
	 * it. */
	do
		n = scm_receive(talk->host, report, sizeof(*report), &got);
	while (n == -EINTR || n == -ECONNRESET);
	if (n <= 0)
		return (int)n;
	if (n != sizeof(*report) || report->part >= PART_COUNT || report->errnum < 0) {
		close_fd(fd);
		return -EBADMSG;
	}
	report->text[sizeof(report->text) - 1] = '\0';
	return 1;
}
