/*
 * events.c - tare events: what a container uses, now and then, and when the OOM killer was at work.
 * Ends with the container.
 */
#include "base/fd.h"
#include "container/found.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int report_stats(const struct found *found, const struct container_events *request,
			struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct stats stats;
	int rc = stats_read(found->cgroup, &arena, &stats, err);

	if (rc == 0)
		rc = request->stats(request->data, &stats, err);
	arena_free(&arena);
	return rc;
}

/* One notice for each time it was at work, also if several came together. */
static int report_oom(const struct found *found, const struct container_events *request, int fd,
		      uint64_t *seen, struct error *err)
{
	uint64_t count = 0;
	int rc = 0;

	stats_rearm_oom(fd);
	if (cgroup_oom_kills(found->cgroup, &count) < 0)
		return 0;
	for (; rc == 0 && *seen < count; ++*seen)
		rc = request->oom(request->data, err);
	return rc;
}

static int follow(const struct found *found, const struct container_events *request,
		  struct error *err)
{
	short events = 0;
	owned_fd oom = stats_watch_oom(found->cgroup, &events);
	struct pollfd fds[] = { { .fd = found->pidfd, .events = POLLIN },
				{ .fd = oom, .events = events } };
	int64_t next = now_ms() + (int64_t)request->interval_ms;
	uint64_t seen = 0;
	int rc = 0;

	(void)cgroup_oom_kills(found->cgroup, &seen);
	while (rc == 0) {
		const int64_t left = next - now_ms();
		int n = poll(fds, 2, left > 0 ? (int)left : 0);

		if (n < 0 && errno != EINTR)
			return error_sys(err, errno, "poll", NULL, "cannot wait for events");
		if (n > 0 && fds[1].revents & events)
			rc = report_oom(found, request, oom, &seen, err);
		if (n > 0 && fds[0].revents)
			return rc;
		if (rc == 0 && next <= now_ms()) {
			rc = report_stats(found, request, err);
			next += (int64_t)request->interval_ms;
		}
	}
	return rc;
}

int container_events(const struct container_events *request, struct error *err)
{
	struct found found;
	int rc = found_open(&found, &request->name, false, err);

	if (rc < 0)
		return rc;
	if (found.pidfd < 0)
		rc = error_set(err, ESRCH, NULL, "container not running: %s", request->name.id);
	else if (!found.cgroup || cgroup_is_none(found.cgroup))
		rc = error_set(err, ENOTSUP, NULL, "container %s has no cgroup of its own",
			       request->name.id);
	else if (request->once)
		rc = report_stats(&found, request, err);
	else
		rc = follow(&found, request, err);
	found_close(&found);
	return rc;
}
