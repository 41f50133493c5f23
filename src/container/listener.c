/* listener.c - see listener.h. */
#include "container/listener.h"

#include "base/fd.h"
#include "base/text.h"
#include "check/check.h"
#include "container/lifehooks.h"
#include "ocispec/write.h"
#include "sys/scm.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define ERROR_CODE CODE_SECCOMP_LISTENER

enum { PATIENCE_SECONDS = 10 };

/* The time is that of connect(2), too: without it a full queue of a hung agent would hang us. */
static int connect_to(const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	owned_fd sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (sock < 0)
		return -errno;
	rc = text_format(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (rc < 0)
		return rc;
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&sock);
}

static int describe(const struct listener_of *of, struct arena *arena, struct oci_text *out)
{
	static char name[] = "seccompFd";
	char *fds[] = { name };
	struct oci_state state = lifehooks_state(of->record, of->status);
	const struct oci_container_process_state process = {
		.oci_version = of->record->oci_version,
		.fds = { .items = fds, .count = 1 },
		.has_pid = true,
		.pid = of->pid,
		.metadata = of->config->linux->seccomp->listener_metadata,
		.state = &state,
	};

	return oci_write(arena, oci_container_process_state_type, &process, OCI_COMPACT, out);
}

static int failed(int rc, const char *pointer, const char *path, struct error *err)
{
	if (rc == -EAGAIN) {
		rc = error_set(err, ETIMEDOUT, pointer,
			       "the seccomp listener %s did not take the connection within %d "
			       "seconds",
			       path, PATIENCE_SECONDS);
		error_add_hint(
		    err, "it listens, but does not accept: is the agent stuck or overloaded?");
		return rc;
	}
	if (rc == -EPROTOTYPE) {
		rc = error_set(err, EPROTOTYPE, pointer,
			       "the seccomp listener %s is no stream socket", path);
		error_add_hint(err, "the specification wants AF_UNIX and SOCK_STREAM");
		return rc;
	}
	rc = error_sys(err, -rc, "connect", pointer,
		       "cannot hand the notifications of the seccomp filter to %s", path);
	error_add_hint(err, rc == -ECONNREFUSED
				? "nobody listens on this socket any more: start the agent again"
				: "the agent has to listen there before the container is made");
	return rc;
}

int listener_send(const struct listener_of *of, int fd, struct error *err)
{
	const char *pointer, *path = check_seccomp_receiver(of->config, &pointer);
	struct arena arena = { 0 };
	owned_fd sock = FD_NONE;
	struct oci_text text;
	int rc;

	if (!path)
		return error_set(err, EINVAL, "/linux/seccomp/listenerPath",
				 "SCMP_ACT_NOTIFY needs a listener to notify");
	sock = connect_to(path);
	if (sock < 0)
		return failed(sock, pointer, path, err);
	rc = describe(of, &arena, &text);
	if (rc == 0)
		rc = scm_send(sock, text.data, text.len, &fd, 1);
	arena_free(&arena);
	return rc < 0 ? failed(rc, pointer, path, err) : 0;
}
