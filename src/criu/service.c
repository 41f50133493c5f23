/* service.c - see service.h: requests and answers are packets, files come beside them. */
#include "criu/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKET_MAX = 64 * 1024 };

struct service {
	int socket;
	int channel;
	pid_t pid;
};

static int fail(const char *what)
{
	fprintf(stderr, "%s: errno %d\n", what, errno);
	return -1;
}

static int start(struct service *service, const char *program)
{
	int ends[2];
	char number[16];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		return fail("cannot talk to criu");
	(void)snprintf(number, sizeof(number), "%d", ends[1]);
	service->pid = fork();
	if (service->pid < 0)
		return fail("cannot start criu");
	if (service->pid == 0) {
		(void)close(ends[0]);
		(void)close(service->channel);
		(void)execl(program, program, "swrk", number, (char *)NULL);
		fprintf(stderr, "%s cannot be executed: errno %d\n", program, errno);
		_exit(127);
	}
	(void)close(ends[1]);
	service->socket = ends[0];
	return 0;
}

static int send_request(const struct service *service, const CriuReq *request)
{
	const size_t size = criu_req__get_packed_size(request);
	unsigned char *packed = malloc(size);
	ssize_t sent = -1;

	if (packed && criu_req__pack(request, packed) == size)
		sent = send(service->socket, packed, size, MSG_NOSIGNAL);
	free(packed);
	return sent == (ssize_t)size ? 0 : fail("cannot send the request to criu");
}

/* What came with it: the only file that CRIU ever sends is a terminal. */
static int take_file(struct msghdr *header)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);
	int fd = -1;

	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
	    part->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

static CriuResp *receive(const struct service *service, int *file)
{
	static unsigned char packet[PACKET_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec room = { packet, sizeof(packet) };
	struct msghdr header = { .msg_iov = &room,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(service->socket, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*file = n > 0 ? take_file(&header) : -1;
	return n > 0 && !(header.msg_flags & MSG_TRUNC) ? criu_resp__unpack(NULL, (size_t)n, packet)
							: NULL;
}

/* To tare, with a file or without (-1). */
static int tell(const struct service *service, const char *text, int file)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { (char *)text, strlen(text) };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };

	if (file >= 0) {
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		CMSG_FIRSTHDR(&header)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&header)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&header)->cmsg_len = CMSG_LEN(sizeof(file));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), &file, sizeof(file));
	}
	return sendmsg(service->channel, &header, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int tell_pid(const struct service *service, const char *word, int pid)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%s %d", word, pid);
	return tell(service, text, -1);
}

static bool ask_for_hooks(const struct service *service, int pid)
{
	char answer = 'n';

	return tell_pid(service, "hooks", pid) == 0 && recv(service->channel, &answer, 1, 0) == 1 &&
	       answer == 'y';
}

static int answer_notify(const struct service *service, const CriuNotify *notify, int file)
{
	CriuReq answer = CRIU_REQ__INIT;

	answer.type = CRIU_REQ_TYPE__NOTIFY;
	answer.has_notify_success = 1;
	answer.notify_success = 1;
	if (notify && notify->script && strcmp(notify->script, "setup-namespaces") == 0)
		answer.notify_success = ask_for_hooks(service, notify->pid);
	if (notify && notify->script && strcmp(notify->script, "orphan-pts-master") == 0)
		answer.notify_success = file >= 0 && tell(service, "console", file) == 0;
	return send_request(service, &answer);
}

static int judge(const struct service *service, const CriuResp *response)
{
	if (!response->success) {
		if (response->cr_errmsg) /* else its log has more to say than we do */
			fprintf(stderr, "criu: %s\n", response->cr_errmsg);
		return -1;
	}
	if (response->restore && tell_pid(service, "restored", response->restore->pid) < 0)
		return fail("cannot report to tare");
	return 0;
}

/* 1: go on. A pre-dump leaves CRIU waiting for the next one: it ends when the socket closes. */
static int handle(const struct service *service, const CriuResp *response, int file)
{
	if (response->type == CRIU_REQ_TYPE__NOTIFY)
		return answer_notify(service, response->notify, file) < 0 ? -1 : 1;
	return judge(service, response);
}

int service_run(struct request *request, int channel)
{
	struct service service = { .socket = -1, .channel = channel };
	int rc = start(&service, request->program), status, file;

	if (rc == 0)
		rc = send_request(&service, &request->message) < 0 ? -1 : 1;
	while (rc == 1) {
		CriuResp *response = receive(&service, &file);

		if (response) {
			rc = handle(&service, response, file);
			criu_resp__free_unpacked(response, NULL);
		} else {
			fprintf(stderr, "criu ended without an answer\n");
			rc = -1;
		}
		if (file >= 0)
			(void)close(file);
	}
	if (service.socket >= 0)
		(void)close(service.socket);
	if (service.pid > 0)
		(void)waitpid(service.pid, &status, 0);
	return rc;
}
