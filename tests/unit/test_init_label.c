/*
 * test_init_label.c - security attributes: what is opened and written, and what is refused. There
 * is no security module here: files that imitate /proc/self/attr take the labels.
 */
#include "test_init.h"

#include <linux/mount.h>
#include <sys/syscall.h>

/* A file with this content stands for the opened attribute. */
static int attribute(const char *content)
{
	int fd = (int)syscall(SYS_memfd_create, "attr", 0);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, content, strlen(content)), strlen(content));
	CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct step_label *label_step(struct stage *s, const char *label)
{
	struct step_label *step = stage_step(s, STEP_LABEL);

	step->label = stage_str(s, label);
	return step;
}

static void label_is_written_and_the_file_closed(struct stage *s)
{
	char text[32] = "";
	int file = attribute(""), kept = dup(file);

	s->init.label = file;
	CHECK_INT(step_run_label(&s->init, label_step(s, "exec tare")), 0);
	CHECK_INT(pread(kept, text, sizeof(text) - 1, 0), 9);
	CHECK_TEXT(text, "exec tare");
	CHECK_INT(s->init.label, NO_FD);
	CHECK_INT(sys_call2(__NR_fcntl, file, F_GETFD), -EBADF);
	close(kept);
}

/* /dev/null takes what is written, and has nothing afterwards. */
static void label_that_does_not_stay_is_an_error(struct stage *s)
{
	s->init.label = sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
	CHECK_INT(step_run_label(&s->init, label_step(s, "exec tare")), -EPROTO);
	CHECK_INT(s->init.part, PART_DIFFERS);
}

static void label_that_is_refused_is_an_error(struct stage *s)
{
	s->init.label = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	CHECK_INT(step_run_label(&s->init, label_step(s, "exec tare")), -EBADF);
	CHECK_INT(s->init.part, PART_WRITE);
}

static int open_label(struct stage *s, const char *file)
{
	struct step_open_label *step = stage_step(s, STEP_OPEN_LABEL);

	s->init.label = NO_FD;
	step->file = stage_str(s, file);
	return step_run_open_label(&s->init, step);
}

static void file_is_found_in_our_own_directory(struct stage *s)
{
	char text[32] = "";

	CHECK_INT(open_label(s, "self/comm"), 0);
	CHECK(s->init.label >= 0);
	CHECK(read(s->init.label, text, sizeof(text) - 1) > 0);
	CHECK(strncmp(text, "test_init_label", 10) == 0);
	CHECK(sys_call2(__NR_fcntl, s->init.label, F_GETFD) & FD_CLOEXEC);
}

/* CVE-2025-52881: neither a link that leads out of procfs nor a mount over its files is followed.
 */
static void nothing_else_is_opened(struct stage *s)
{
	CHECK_INT(open_label(s, "self/root/etc/hostname"), -ELOOP);
	CHECK_INT(open_label(s, "self/missing"), -ENOENT);
	CHECK_INT(s->init.label, NO_FD);
	CHECK_INT(s->init.part, PART_RESOLVE);
	stage_file(s, "fake", "", 0644);
	CHECK_INT(fchdir(s->init.root), 0);
	CHECK_INT(sys_call5(__NR_mount, "fake", "/proc/self/comm", NULL, MS_BIND, NULL), 0);
	CHECK_INT(open_label(s, "self/comm"), -EXDEV);
	CHECK_INT(sys_call2(__NR_umount2, "/proc/self/comm", 0), 0);
}

static void attribute_is_written_at_once(struct stage *s)
{
	struct step_attribute *step = stage_step(s, STEP_ATTRIBUTE);
	char text[32] = "";
	int fd;

	step->file = stage_str(s, "self/comm");
	step->value = stage_str(s, "labelled");
	CHECK_INT(step_run_attribute(&s->init, step), 0);
	fd = sys_openat(AT_FDCWD, "/proc/self/comm", O_RDONLY, 0);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	CHECK_TEXT(text, "labelled\n");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(label_is_written_and_the_file_closed),
		STAGE_TEST(label_that_does_not_stay_is_an_error),
		STAGE_TEST(label_that_is_refused_is_an_error),
		STAGE_TEST(file_is_found_in_our_own_directory),
		STAGE_TEST(nothing_else_is_opened),
		STAGE_TEST(attribute_is_written_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
