/*
 * events.c - tare events: what a container uses, now and then, and when the OOM killer was at work.
 * Ends with the container.
 */
#include "base/fd.h"
#include "container/found.h"
#include "container/interfaces.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#define ERROR_CODE CODE_EVENTS

enum { LOOK_MS = 20, LOOKS = 50 };

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
	struct stats stats = { 0 };
	int rc = stats_read(found->cgroup, &arena, &stats, err);

	if (rc == 0 && interfaces_read(found, &arena, &stats) < 0)
		rc = error_sys(err, ENOMEM, "", NULL, "cannot read the statistics");
	if (rc == 0)
		rc = request->stats(request->data, &stats, err);
	arena_free(&arena);
	return rc;
}

/* One notice for each time it was at work, also if several came together. Were there any? */
static int report_oom(const struct found *found, const struct container_events *request,
		      uint64_t *seen, struct error *err)
{
	const uint64_t before = *seen;
	uint64_t count = 0;
	int rc = 0;

	if (cgroup_oom_kills(found->cgroup, &count) < 0)
		return 0;
	for (; rc == 0 && *seen < count; ++*seen)
		rc = request->oom(request->data, err);
	return rc < 0 ? rc : *seen > before;
}

struct following {
	const struct found *found;
	const struct container_events *request;
	struct pollfd fds[2]; /* the container's end, the OOM killer */
	int64_t next;         /* when statistics are due */
	uint64_t seen;        /* times of the OOM killer */
	unsigned looks;       /* v1 tells before it kills: so often we look again, soon */
};

static int wait_for_events(struct following *f, struct error *err)
{
	int64_t left = f->next - now_ms();
	int n;

	if (f->looks > 0 && left > LOOK_MS)
		left = LOOK_MS;
	n = poll(f->fds, 2, left > 0 ? (int)(left > INT_MAX ? INT_MAX : left) : 0);
	if (n < 0 && errno != EINTR)
		return error_sys(err, errno, "poll", NULL, "cannot wait for events");
	if (n <= 0)
		f->fds[0].revents = f->fds[1].revents = 0;
	return 0;
}

/* 1: the container has ended. */
static int handle_events(struct following *f, struct error *err)
{
	const bool ended = f->fds[0].revents;
	int rc = 0;

	if (f->fds[1].revents & f->fds[1].events) {
		stats_rearm_oom(f->fds[1].fd);
		f->looks = LOOKS;
	}
	if (f->looks > 0 || ended) {
		rc = report_oom(f->found, f->request, &f->seen, err);
		f->looks = rc != 0 || f->looks == 0 ? 0 : f->looks - 1;
	}
	if (rc < 0 || ended)
		return rc < 0 ? rc : 1;
	if (f->next > now_ms())
		return 0;
	f->next += (int64_t)f->request->interval_ms;
	return report_stats(f->found, f->request, err);
}

static int follow(const struct found *found, const struct container_events *request,
		  struct error *err)
{
	short events = 0;
	owned_fd oom = stats_watch_oom(found->cgroup, &events);
	struct following f = { .found = found,
			       .request = request,
			       .fds = { { .fd = found->pidfd, .events = POLLIN },
					{ .fd = oom, .events = events } },
			       .next = now_ms() + (int64_t)request->interval_ms };
	int rc = 0;

	(void)cgroup_oom_kills(found->cgroup, &f.seen);
	while (rc == 0) {
		rc = wait_for_events(&f, err);
		if (rc == 0)
			rc = handle_events(&f, err);
	}
	return rc < 0 ? rc : 0;
}

int container_events(const struct container_events *request, struct error *err)
{
	struct found found;
	int rc = found_open(&found, &request->name, false, err);

	if (rc < 0)
		return rc;
	if (found.pidfd < 0)
		rc = error_set(err, ESRCH, NULL, "container not running: %s", request->name.id);
	else
		rc = found_needs_cgroup(&found, &request->name, err);
	if (rc == 0)
		rc = request->once ? report_stats(&found, request, err)
				   : follow(&found, request, err);
	found_close(&found);
	return rc;
}
