/*
 * main.c - tare-criu: what tare asks of CRIU, by its RPC (`criu swrk`).
 *
 *   tare-criu dump|pre-dump|restore CHANNEL NAME[=VALUE]...
 *
 * A program of its own, so that nobody else pays for loading protobuf (docs/design.md). CHANNEL is
 * the number of a SOCK_SEQPACKET descriptor: tare-criu waits there for one message before it
 * begins (tare has moved it into the container's cgroup by then) and tells what happens:
 *
 *   "hooks PID"      the namespaces are there: waits for an answer, "y" to go on
 *   "console"        with the master of the container's terminal
 *   "restored PID"   all is done
 *
 * NAME=VALUE are fields of the request, see request.c. The restored process is our child and
 * outlives us. A failure is one line on stderr and status 1; CRIU's own story is in its log.
 */
#include "base/text.h"
#include "criu/request.h"
#include "criu/service.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOUNT_ROOT "mount-root="

/*
 * CRIU wants a mount point as the new root. Ours is in a mount namespace that ends with us, and
 * what it restores is in one of its own.
 */
static int mount_root(const char *root)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0) {
		fprintf(stderr, "cannot mount %s: errno %d\n", root, errno);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct request request;
	uint64_t channel = 0;
	char word[16];
	int rc;

	if (argc < 3 || request_init(&request, argv[1]) < 0 ||
	    text_to_u64(argv[2], INT32_MAX, &channel) < 0) {
		fprintf(stderr, "usage: tare-criu dump|pre-dump|restore CHANNEL NAME[=VALUE]...\n");
		return 2;
	}
	if (recv((int)channel, word, sizeof(word), 0) <= 0)
		return 1; /* tare has gone */
	for (int i = 3; i < argc; i++) {
		/* comes first: CRIU mounts below the directories that are opened for it */
		if (strncmp(argv[i], MOUNT_ROOT, strlen(MOUNT_ROOT)) == 0
			? mount_root(argv[i] + strlen(MOUNT_ROOT)) < 0
			: request_add(&request, argv[i]) < 0)
			return 1;
	}
	rc = service_run(&request, (int)channel);
	request_free(&request);
	return rc < 0 ? 1 : 0;
}
