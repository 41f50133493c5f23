/* pidfd.c - see pidfd.h. */
#include "sys/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int pidfd_of(pid_t pid)
{
	/* The kernel sets close-on-exec on every pidfd. */
	long fd = syscall(SYS_pidfd_open, pid, 0U);

	return fd < 0 ? -errno : (int)fd;
}

int pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0U) < 0 ? -errno : 0;
}

int pidfd_await_end(int pidfd, int timeout_ms)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&end, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ETIMEDOUT;
	return end.revents & POLLIN ? 0 : -EBADF;
}

bool pidfd_ended(int pidfd)
{
	return pidfd_await_end(pidfd, 0) == 0;
}

/* linux/pidfd.h of 6.15, the first version of the structure that has an exit code. */
struct info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

#define GET_INFO  _IOWR(0xff, 11, struct info)
#define INFO_EXIT (1ull << 3)

int pidfd_wait_status(int pidfd, int *wait_status)
{
	struct info info = { .mask = INFO_EXIT };

	if (ioctl(pidfd, GET_INFO, &info) < 0)
		return errno == EINVAL ? -ENOTTY : errno == ESRCH ? -ENODATA : -errno;
	if (!(info.mask & INFO_EXIT))
		return -ENODATA;
	*wait_status = info.exit_code;
	return 0;
}

int pidfd_shell_status(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

int pidfd_wait(int pidfd, int *exit_status)
{
	siginfo_t info;

	/* __WALL: a process that was cloned without an exit signal is a child like any other. */
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	*exit_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}
