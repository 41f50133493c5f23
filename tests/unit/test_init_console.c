/*
 * test_init_console.c - the terminal of the container: made from its own devpts, verified by what
 * it is, bound on /dev/console, its master sent to tare.
 */
#include "test_init.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>

struct window_size {
	unsigned short rows, columns, x, y;
};

/* /dev with a devpts of its own, as the compiler's steps make it. */
static void mount_devpts(struct stage *s)
{
	static const char *const options[] = { "newinstance", NULL, "ptmxmode", "0666" };
	struct step_mount *step = stage_step(s, STEP_MOUNT);

	step->type = stage_str(s, "devpts");
	step->target = stage_str(s, "/dev/pts");
	step->options = program_list(&s->program, options, 4);
	CHECK_INT(step_run_mount(&s->init, step), 0);
	stage_reset(s);
}

static struct step_console *console_step(struct stage *s)
{
	struct step_console *step = stage_step(s, STEP_CONSOLE);

	step->rows = 25;
	step->columns = 80;
	step->uid = 1234;
	step->bind = true;
	return step;
}

static void makes_the_terminal(struct stage *s)
{
	struct step_session session = { .terminal = 1 };
	struct window_size size = { 0 };
	struct sys_stat stat, slave;
	struct report report;
	int master;

	mount_devpts(s);
	CHECK_INT(step_run_console(&s->init, console_step(s)), 0);
	report = stage_hear(s, &master);
	CHECK_INT(report.kind, REPORT_CONSOLE);
	CHECK_INT(step_run_session(&s->init, &session), 0);
	CHECK(master >= 0);
	CHECK_INT(sys_call3(__NR_ioctl, master, TIOCGWINSZ, &size), 0);
	CHECK(size.rows == 25 && size.columns == 80);
	CHECK_INT(getsid(0), getpid());
	CHECK_INT(sys_stat(0, "", AT_EMPTY_PATH, &slave), 0);
	CHECK_INT(slave.uid, 1234);
	for (int fd = 0; fd < 3; fd++) {
		CHECK_INT(sys_stat(fd, "", AT_EMPTY_PATH, &stat), 0);
		CHECK(stat.major == 136 && stat.minor == slave.minor && stat.ino == slave.ino);
	}
	CHECK_INT(sys_stat(s->init.root, "dev/console", 0, &stat), 0);
	CHECK(stat.major == 136 && stat.minor == slave.minor);
	/* it is the controlling terminal */
	CHECK(sys_openat(AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC, 0) >= 0);
}

static void talks_both_ways(struct stage *s)
{
	char text[16] = "";
	int master;

	mount_devpts(s);
	CHECK_INT(step_run_console(&s->init, console_step(s)), 0);
	(void)stage_hear(s, &master);
	CHECK_INT(sys_write(master, "in\n", 3), 3);
	CHECK_INT(sys_read(0, text, sizeof(text)), 3);
	CHECK(memcmp(text, "in\n", 3) == 0);
	/* the master reads without waiting for a flag that was only for opening */
	CHECK_INT(sys_call3(__NR_fcntl, master, F_GETFL, 0) & O_NONBLOCK, 0);
}

static void fail_console(struct stage *s, int rc, enum report_part part)
{
	int fd;

	stage_reset(s);
	CHECK_INT(step_run_console(&s->init, console_step(s)), rc);
	CHECK_INT(s->init.part, part);
	CHECK_INT(recv(s->talk, &fd, 1, MSG_DONTWAIT), -1); /* nothing was sent */
}

static void needs_a_devpts(struct stage *s)
{
	stage_mkdir(s, "dev");
	fail_console(s, -ENOENT, PART_RESOLVE);
}

/* CVE-2025-52565: whatever the image puts there is known by its numbers. */
static void refuses_a_false_multiplexer(struct stage *s)
{
	stage_mkdir(s, "dev");
	stage_mkdir(s, "dev/pts");
	stage_file(s, "dev/pts/ptmx", "", 0666);
	fail_console(s, -ENOTTY, PART_EXISTS);
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "dev/pts/ptmx", 0), 0);
	CHECK_INT(sys_call4(__NR_mknodat, s->init.root, "dev/pts/ptmx", S_CHR | 0666, 1 << 8 | 3),
		  0);
	fail_console(s, -ENOTTY, PART_EXISTS);
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "dev/pts/ptmx", 0), 0);
	CHECK_INT(sys_call4(__NR_mknodat, s->init.root, "dev/pts/ptmx", S_FIFO | 0666, 0), 0);
	fail_console(s, -ENOTTY, PART_EXISTS);
}

/* The image decides what /dev/console is; a link could lead the terminal over any other file. */
static void refuses_a_console_that_leads_away(struct stage *s)
{
	stage_mkdir(s, "etc");
	stage_file(s, "etc/passwd", "", 0644);
	mount_devpts(s);
	stage_link(s, "../etc/passwd", "dev/console");
	fail_console(s, -EEXIST, PART_EXISTS);
	CHECK_INT(S_TYPE(stage_mode(s, "etc/passwd")), S_REG);
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "dev/console", 0), 0);
	stage_mkdir(s, "dev/console");
	fail_console(s, -EEXIST, PART_EXISTS);
}

/* A further process of a container gets a terminal, but /dev/console is that of the first. */
static void leaves_the_console_of_others(struct stage *s)
{
	struct step_console *step;

	mount_devpts(s);
	step = console_step(s);
	step->bind = false;
	CHECK_INT(step_run_console(&s->init, step), 0);
	CHECK_INT(stage_mode(s, "dev/console"), 0);
}

static void size_may_be_left_open(struct stage *s)
{
	struct window_size size = { 1, 1, 1, 1 };
	int master;

	mount_devpts(s);
	CHECK_INT(step_run_console(&s->init, stage_step(s, STEP_CONSOLE)), 0);
	(void)stage_hear(s, &master);
	CHECK_INT(sys_call3(__NR_ioctl, master, TIOCGWINSZ, &size), 0);
	CHECK(size.rows == 0 && size.columns == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(makes_the_terminal),
		STAGE_TEST(talks_both_ways),
		STAGE_TEST(needs_a_devpts),
		STAGE_TEST(refuses_a_false_multiplexer),
		STAGE_TEST(refuses_a_console_that_leads_away),
		STAGE_TEST(leaves_the_console_of_others),
		STAGE_TEST(size_may_be_left_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
