/*
 * console.c - the terminal of the container: a pair from its own devpts.
 *
 * Nothing of it is found by name only: the multiplexer and the slave are recognised by their
 * device numbers, and the slave comes from the master itself (CVE-2025-52565).
 */
#include "init/mount.h"
#include "init/path.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/openat2.h>
#include <linux/tty.h>

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2, PTS_MAJOR_FIRST = 136, PTS_MAJOR_LAST = 143 };

struct window_size {
	unsigned short rows, columns, x, y;
};

static int open_master(struct init *init)
{
	const uint64_t flags = O_RDWR | O_NOCTTY | O_NONBLOCK;
	const uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	struct sys_stat stat;
	int fd, unlock = 0, rc;

	fd = path_open_how(init->root, "/dev/pts/ptmx", flags, resolve);
	if (fd == -ENOENT)
		fd = path_open_how(init->root, "/dev/ptmx", flags, resolve);
	if (fd < 0)
		return init_fail(init, PART_RESOLVE, fd);
	rc = sys_stat(fd, "", AT_EMPTY_PATH, &stat);
	if (rc < 0 || S_TYPE(stat.mode) != S_CHR || stat.major != PTMX_MAJOR ||
	    stat.minor != PTMX_MINOR)
		return init_fail(init, PART_EXISTS, -ENOTTY);
	rc = (int)sys_call3(__NR_ioctl, fd, TIOCSPTLCK, &unlock);
	if (rc == 0) /* blocking again: the flag was for whatever else might have been there */
		rc = (int)sys_call3(__NR_fcntl, fd, F_SETFL, O_RDWR);
	return rc < 0 ? init_fail(init, PART_NONE, rc) : fd;
}

static int open_slave(struct init *init, int master)
{
	struct sys_stat stat;
	int fd = (int)sys_call3(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), rc;

	if (fd < 0)
		return fd;
	rc = sys_stat(fd, "", AT_EMPTY_PATH, &stat);
	if (rc < 0 || S_TYPE(stat.mode) != S_CHR || stat.major < PTS_MAJOR_FIRST ||
	    stat.major > PTS_MAJOR_LAST)
		return init_fail(init, PART_EXISTS, -ENOTTY);
	return fd;
}

/* A link of the image is not followed: it may lead to whatever it likes (CVE-2025-52565). */
static int open_console_target(struct init *init)
{
	struct sys_stat stat;
	const char *name;
	int dir = path_open_parent(init, init->root, "/dev/console", &name), made, fd;

	if (dir < 0)
		return dir;
	made = sys_openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0600);
	if (made >= 0)
		sys_close(made);
	fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	sys_close(dir);
	if (fd < 0)
		return init_fail(init, PART_MAKE_FILE, made < 0 && made != -EEXIST ? made : fd);
	if (sys_stat(fd, "", AT_EMPTY_PATH, &stat) < 0 ||
	    (S_TYPE(stat.mode) != S_REG && S_TYPE(stat.mode) != S_CHR)) {
		sys_close(fd);
		return init_fail(init, PART_EXISTS, -EEXIST);
	}
	return fd;
}

static int bind_console(struct init *init, int slave)
{
	int tree = mount_clone(slave, 0), target, rc;

	if (tree < 0)
		return init_fail(init, PART_CLONE_SOURCE, tree);
	target = open_console_target(init);
	if (target < 0)
		return target;
	rc = mount_attach(tree, target);
	sys_close(target);
	sys_close(tree);
	return rc < 0 ? init_fail(init, PART_ATTACH, rc) : 0;
}

static int use_as_streams(struct init *init, struct step_console *step, int slave)
{
	struct window_size size = { (unsigned short)step->rows, (unsigned short)step->columns, 0,
				    0 };
	int rc = 0;

	if (step->rows || step->columns)
		rc = (int)sys_call3(__NR_ioctl, slave, TIOCSWINSZ, &size);
	if (rc == 0)
		rc = (int)sys_call3(__NR_fchown, slave, step->uid, ~0u);
	for (int fd = 0; rc >= 0 && fd < 3; fd++)
		rc = (int)sys_call3(__NR_dup3, slave, fd, 0);
	return rc < 0 ? init_fail(init, PART_NONE, rc) : 0;
}

int step_run_console(struct init *init, struct step_console *step)
{
	struct report report;
	int master = open_master(init), slave, rc;

	if (master < 0)
		return master;
	slave = open_slave(init, master);
	if (slave < 0)
		return slave;
	rc = step->bind ? bind_console(init, slave) : 0;
	if (rc == 0)
		rc = use_as_streams(init, step, slave);
	if (rc < 0)
		return rc;
	sys_close(slave);
	memset(&report, 0, sizeof(report));
	report.kind = REPORT_CONSOLE;
	rc = report_send(init, &report, master);
	sys_close(master);
	return rc;
}
