/* namespaces.c - steps that wait for the host, join and furnish namespaces. */
#include "init/init.h"

#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>

/* The host has work to do in between: id maps, limits, hooks. */
int step_run_await(struct init *init, struct step_await *step)
{
	char go;
	long n;

	if (step->milestone == MILESTONE_RUNTIME && report_simple(init, REPORT_REACHED) < 0)
		sys_exit(1);
	n = sys_read(init->socket, &go, 1);
	if (n < 0)
		return init_fail(init, PART_HOST_GONE, n);
	if (n == 0)
		sys_exit(1); /* tare died: nobody is left to be told */
	return 0;
}

/* Until exec nobody in the container may trace us or open our descriptors (CVE-2016-9962). */
int step_run_hide(struct init *init, struct step_hide *step)
{
	(void)init;
	(void)step;
	return sys_prctl(PR_SET_DUMPABLE, 0, 0);
}

/* Of v1: see src/cgroup/enter.c. */
int step_run_cgroup(struct init *init, struct step_cgroup *step)
{
	const long n = sys_write((int)step->tasks, "0", 1);

	(void)init;
	sys_close((int)step->tasks);
	return n < 0 ? (int)n : 0;
}

/*
 * In a new user namespace we were executed before the id maps existed, with all capabilities
 * through the ambient set. Files are created with our ids, so these must be mapped ones.
 */
int step_run_become(struct init *init, struct step_become *step)
{
	int rc = sys_prctl(PR_SET_KEEPCAPS, 1, 0);

	(void)init;
	if (rc == 0)
		rc = (int)sys_call3(__NR_setresgid, step->gid, step->gid, step->gid);
	if (rc == 0)
		rc = (int)sys_call3(__NR_setresuid, step->uid, step->uid, step->uid);
	if (rc < 0)
		return rc;

	/* A user other than 0 lost its effective set by the change; take it back. */
	struct __user_cap_header {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	uint32_t data[6] = { 0 }; /* effective, permitted, inheritable: low words, then high ones */

	rc = (int)sys_call2(__NR_capget, &header, data);
	if (rc < 0)
		return rc;
	data[0] = data[1];
	data[3] = data[4];
	return (int)sys_call2(__NR_capset, &header, data);
}

int step_run_unshare(struct init *init, struct step_unshare *step)
{
	(void)init;
	return (int)sys_call1(__NR_unshare, step->flags);
}

/*
 * Offsets can be written until somebody is in the namespace, so clone3(CLONE_NEWTIME) is no use;
 * exec does not enter it on every kernel, so we do (KERNEL.md, sentence 22). The host's /proc is
 * still there: we have not changed our root yet.
 */
int step_run_time(struct init *init, struct step_time *step)
{
	int rc = (int)sys_call1(__NR_unshare, CLONE_NEWTIME), fd;
	long n;

	if (rc < 0)
		return init_fail(init, PART_CLONE, rc);
	if (step->offsets.length > 0) {
		fd = sys_openat(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC, 0);
		if (fd < 0)
			return init_fail(init, PART_WRITE, fd);
		n = sys_write(fd, init_text(init, step->offsets), step->offsets.length);
		sys_close(fd);
		if (n != (long)step->offsets.length)
			return init_fail(init, PART_WRITE, n < 0 ? (int)n : -EIO);
	}
	fd = sys_openat(AT_FDCWD, "/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return init_fail(init, PART_OPEN_SOURCE, fd);
	rc = (int)sys_call2(__NR_setns, fd, CLONE_NEWTIME);
	sys_close(fd);
	return rc;
}

/* Linux 6.11; without it a procfs is made by a child (mount.c). */
#define PIDFD_GET_PID_NAMESPACE 0xff05

/*
 * All namespaces of a running container in one call. Its root becomes ours with its mount
 * namespace; its pid namespace is for our children only, so nobody in there sees us yet.
 */
int step_run_enter(struct init *init, struct step_enter *step)
{
	int rc;

	/* for a procfs of it; only a child of ours will be in it */
	if (init->together && step->flags & CLONE_NEWPID)
		init->pid_ns =
		    (int)sys_call3(__NR_ioctl, step->process, PIDFD_GET_PID_NAMESPACE, 0);
	rc = (int)sys_call2(__NR_setns, step->process, step->flags);
	sys_close((int)step->process);
	if (rc < 0)
		return rc;
	init->root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	return init->root < 0 ? init_fail(init, PART_RESOLVE, init->root) : 0;
}

/* A pid namespace takes effect for children only: we stay outside until enter_pid. */
int step_run_join(struct init *init, struct step_join *step)
{
	int rc = (int)sys_call2(__NR_setns, step->ns, step->type);

	if (rc == 0 && step->type == CLONE_NEWPID)
		init->pid_ns = (int)step->ns;
	else
		sys_close((int)step->ns);
	return rc;
}

/* What the kernel gives a session keyring, and for processes of its owner: the right to search. */
#define KEYRING_PERMISSIONS 0x3f1b0000u

int step_run_keyring(struct init *init, struct step_keyring *step)
{
	long rc =
	    sys_call2(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, init_text(init, step->keyring));

	if (rc >= 0 && step->searchable)
		rc = sys_call3(__NR_keyctl, KEYCTL_SETPERM, rc, KEYRING_PERMISSIONS);
	return rc < 0 && rc != -ENOSYS ? (int)rc : 0; /* a kernel without keys has none to share */
}

int step_run_loopback(struct init *init, struct step_loopback *step)
{
	struct ifreq request;
	int fd = (int)sys_call3(__NR_socket, 1 /* AF_UNIX */, 2 | O_CLOEXEC /* SOCK_DGRAM */, 0);
	int rc;

	(void)step;
	(void)init;
	if (fd < 0)
		return fd;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, "lo", 3);
	request.ifr_flags = IFF_UP;
	rc = (int)sys_call3(__NR_ioctl, fd, SIOCSIFFLAGS, &request);
	sys_close(fd);
	return rc;
}

int step_run_hostname(struct init *init, struct step_hostname *step)
{
	return (int)sys_call2(__NR_sethostname, init_text(init, step->hostname),
			      step->hostname.length);
}

int step_run_domainname(struct init *init, struct step_domainname *step)
{
	return (int)sys_call2(__NR_setdomainname, init_text(init, step->domainname),
			      step->domainname.length);
}

/* Whoever nobody knows of must not go on: if the message about us was lost, so is our socket. */
static int wait_until_known(struct init *init)
{
	char known;
	long n = sys_read(init->socket, &known, 1);

	if (n < 0)
		return init_fail(init, PART_HOST_GONE, n);
	if (n == 0)
		sys_exit(1);
	return 0;
}

/*
 * Everything privileged is done: the process that appears in a pid namespace of others is born
 * with its final privileges, so that a tracer there gains nothing (KERNEL.md, sentence 13).
 * clone(2), because a seccomp filter that is loaded already may know no clone3.
 */
int step_run_enter_pid(struct init *init, struct step_enter_pid *step)
{
	struct report report;
	int pidfd = NO_FD;
	long pid;

	(void)step;
	pid = sys_call5(__NR_clone, CLONE_PARENT | CLONE_PIDFD, 0, &pidfd, 0, 0);
	if (pid < 0)
		return init_fail(init, PART_CLONE, pid);
	if (pid == 0)
		return wait_until_known(init);
	memset(&report, 0, sizeof(report));
	report.kind = REPORT_PID;
	report.value = pid;
	if (report_send(init, &report, pidfd) < 0) { /* nobody would know of it */
		((struct program_header *)(void *)init->base)->exec_errno = EPERM;
		sys_call2(__NR_kill, pid, 9 /* SIGKILL */);
		sys_exit(1);
	}
	sys_exit(0);
}
