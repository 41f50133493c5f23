/* sys.c - the system calls that more than one file of tare-init makes. */
#include "init/sys.h"

#include <linux/stat.h>
#include <linux/time.h>

#ifndef TARE_INIT_FREESTANDING
/* Hosted: libc's syscall() and errno, declared here to keep libc's headers out. */
extern long syscall(long nr, ...);
extern int *__errno_location(void);

long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(nr, a, b, c, d, e, f);

	return result < 0 ? -*__errno_location() : result;
}
#endif

int sys_close(int fd)
{
	return (int)sys_call1(__NR_close, fd);
}

int sys_openat(int dir, const char *path, int flags, unsigned mode)
{
	return (int)sys_call4(__NR_openat, dir, path, flags, mode);
}

/* A signal cannot interrupt us for good: the default action of all that arrive is to kill. */
long sys_read(int fd, void *to, size_t size)
{
	long n;

	do
		n = sys_call3(__NR_read, fd, to, size);
	while (n == -EINTR);
	return n;
}

long sys_write(int fd, const void *from, size_t size)
{
	long n;

	do
		n = sys_call3(__NR_write, fd, from, size);
	while (n == -EINTR);
	return n;
}

int sys_prctl(long option, long a, long b)
{
	return (int)sys_call5(__NR_prctl, option, a, b, 0, 0);
}

void sys_exit(int status)
{
	for (;;)
		sys_call1(__NR_exit_group, status);
}

uint64_t sys_now(void)
{
	struct timespec now = { 0, 0 };

	sys_call2(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int sys_stat(int dir, const char *path, int flags, struct sys_stat *out)
{
	struct statx sx;
	long rc;

	rc = sys_call5(__NR_statx, dir, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, &sx);
	if (rc < 0)
		return (int)rc;
	out->mode = sx.stx_mode;
	out->major = sx.stx_rdev_major;
	out->minor = sx.stx_rdev_minor;
	out->uid = sx.stx_uid;
	out->gid = sx.stx_gid;
	out->ino = sx.stx_ino;
	out->device = (uint64_t)sx.stx_dev_major << 32 | sx.stx_dev_minor;
	out->size = sx.stx_size;
	out->mount = sx.stx_mnt_id;
	out->is_mount_root = sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}
