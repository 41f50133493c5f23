/* wait.c - tare wait: see lifecycle.h. */
#include "container/wait.h"
#include "sys/pidfd.h"
#include "sys/procstat.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#define ERROR_CODE CODE_WAIT

/* Between the end of a process and its being waited for nobody is told: looked at this often. */
enum { LOOK_MS = 20, LOOKS = 50 };

/* A signal ends tare, as a rule. */
static int wait_for_end(int pidfd, int64_t timeout_ms, struct error *err)
{
	const int rc = pidfd_await_end(pidfd, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);

	if (rc == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT, NULL, "the container runs on: the time is over");
	return rc < 0 ? error_sys(err, -rc, "poll", NULL, "cannot wait for the container") : 0;
}

/* As long as it is a zombie /proc knows; afterwards its pidfd, if the kernel is new enough. */
static int read_status(const struct found *found, int *wait_status)
{
	struct procstat stat;
	int rc = pidfd_wait_status(found->pidfd, wait_status);

	if (rc == 0)
		return 0;
	if (procstat_read((pid_t)found->record->pid, &stat) < 0 || stat.state != 'Z' ||
	    stat.start_time != found->record->start_time)
		return rc;
	*wait_status = (int)stat.exit_code;
	return 0;
}

static int find_status(const struct found *found, int *exit_status, struct error *err)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	int wait_status = 0, rc = -ENODATA;

	for (int look = 0; look < LOOKS && rc == -ENODATA; look++) {
		if (look > 0)
			(void)nanosleep(&pause, NULL);
		rc = read_status(found, &wait_status);
	}
	if (rc < 0) {
		(void)error_set(err, ENODATA, NULL,
				"the container has ended, and its exit status cannot be known: its "
				"parent has taken it");
		error_add_hint(err, "Linux 6.15 and newer keep it; or stay with the container: "
				    "tare run without --detach");
		return -ENODATA;
	}
	*exit_status = pidfd_shell_status(wait_status);
	return 0;
}

int wait_found(const struct found *found, const struct container_name *name, int64_t timeout_ms,
	       int *exit_status, struct error *err)
{
	int rc;

	if (found->pidfd < 0)
		return error_set(err, ESRCH, NULL,
				 "container %s has ended already: its exit status is not kept",
				 name->id);
	rc = wait_for_end(found->pidfd, timeout_ms, err);
	return rc < 0 ? rc : find_status(found, exit_status, err);
}

int container_wait(const struct container_name *name, int64_t timeout_ms, int *exit_status,
		   struct error *err)
{
	struct found found;
	int rc = found_open_status(&found, name, err);

	if (rc < 0)
		return rc;
	rc = wait_found(&found, name, timeout_ms, exit_status, err);
	found_close(&found);
	return rc;
}
