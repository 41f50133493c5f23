/*
 * label.c - what security modules are told of the program, by files of our own /proc/self/attr.
 *
 * They are opened while the host's /proc is in reach, verified to be one, and nothing can be
 * mounted over them (CVE-2019-19921, CVE-2025-52881); the label is written last, as it is for the
 * next execve, whoever makes it.
 */
#include "init/path.h"

#include <linux/magic.h>
#include <linux/openat2.h>

static int open_own(struct init *init, struct program_ref file)
{
	long fs[16]; /* struct statfs: the magic comes first */
	int proc = sys_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	int fd;

	if (proc < 0)
		return init_fail(init, PART_RESOLVE, proc);
	if (sys_call2(__NR_fstatfs, proc, fs) < 0 || fs[0] != PROC_SUPER_MAGIC) {
		sys_close(proc);
		return init_fail(init, PART_RESOLVE, -EOPNOTSUPP);
	}
	fd = path_open_how(proc, init_text(init, file), O_RDWR,
			   RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
	sys_close(proc);
	return fd < 0 ? init_fail(init, PART_RESOLVE, fd) : fd;
}

static int write_all(struct init *init, int fd, struct program_ref value)
{
	long n = sys_write(fd, init_text(init, value), value.length);

	if (n < 0)
		return init_fail(init, PART_WRITE, n);
	return n < (long)value.length ? init_fail(init, PART_SHORT_WRITE, -EIO) : 0;
}

/* An empty value takes back what was set. */
int step_run_attribute(struct init *init, struct step_attribute *step)
{
	int fd = open_own(init, step->file), rc;

	if (fd < 0)
		return fd;
	rc = write_all(init, fd, step->value);
	sys_close(fd);
	return rc;
}

int step_run_open_label(struct init *init, struct step_open_label *step)
{
	int fd = open_own(init, step->file);

	if (fd < 0)
		return fd;
	init->label = fd;
	return 0;
}

/* Written, and there: a module that took it in silence would leave the program unconfined. */
int step_run_label(struct init *init, struct step_label *step)
{
	char seen;
	long n;
	int rc = write_all(init, init->label, step->label);

	if (rc == 0) {
		n = sys_call4(__NR_pread64, init->label, &seen, 1, 0);
		if (n <= 0)
			rc = init_fail(init, PART_DIFFERS, n < 0 ? n : -EPROTO);
	}
	sys_close(init->label);
	init->label = NO_FD;
	return rc;
}
