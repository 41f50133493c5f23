/*
 * test_init_run.c - the loop over the steps, what it reports, and the reports themselves; and a
 * whole small program from the first step to the program that runs.
 */
#include "test_init.h"

static void finish(struct stage *s, bool trace)
{
	const struct program_header *header = (const void *)s->program.base;
	struct error err;

	CHECK_INT(program_finish(&s->program, trace, &err), 0);
	if (header->times)
		s->init.times = (void *)(s->init.base + header->times);
}

static struct step_symlink *link_step(struct stage *s, const char *target)
{
	struct step_symlink *step = stage_step(s, STEP_SYMLINK);

	step->target = stage_str(s, target);
	step->content = stage_str(s, "content");
	return step;
}

static void runs_all_steps_in_order(struct stage *s)
{
	const struct program_header *header = (const void *)s->program.base;
	struct step_make_cwd *cwd = stage_step(s, STEP_MAKE_CWD);
	struct step *last;
	int fd;

	cwd->path = stage_str(s, "/first");
	(void)link_step(s, "/first/link");
	last = stage_step(s, STEP_READY);
	finish(s, false);
	stage_go(s);
	CHECK_INT(run_program(&s->init), 0);
	CHECK_INT(S_TYPE(stage_mode(s, "first/link")), S_LNK);
	CHECK_INT(header->current, program_offset(&s->program, last));
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_READY);
	CHECK_INT(recv(s->talk, &fd, 1, MSG_DONTWAIT), -1);
}

static void stops_at_the_first_failure(struct stage *s)
{
	const struct program_header *header = (const void *)s->program.base;
	struct step_mount *bad;
	struct report report;
	int fd;

	(void)link_step(s, "/before");
	bad = stage_step(s, STEP_MOUNT);
	bad->type = stage_str(s, "nosuchfs");
	bad->target = stage_str(s, "/mnt");
	(void)link_step(s, "/after");
	finish(s, false);
	CHECK_INT(run_program(&s->init), -ENODEV);
	report = stage_hear(s, &fd);
	CHECK_INT(report.kind, REPORT_FAILED);
	CHECK_INT(report.step, program_offset(&s->program, bad));
	CHECK_INT(report.errnum, ENODEV);
	CHECK_INT(report.part, PART_OPEN_FILESYSTEM);
	CHECK_INT(report.step_kind, STEP_MOUNT);
	CHECK_INT(header->current, program_offset(&s->program, bad));
	CHECK_INT(header->exec_errno, ENODEV);
	CHECK_INT(S_TYPE(stage_mode(s, "before")), S_LNK);
	CHECK_INT(stage_mode(s, "after"), 0);
}

static void reports_the_kernels_words(struct stage *s)
{
	static const char *const options[] = { "nosuchoption", "1" };
	struct step_mount *bad = stage_step(s, STEP_MOUNT);
	struct report report;
	int fd;

	bad->type = stage_str(s, "tmpfs");
	bad->target = stage_str(s, "/mnt");
	bad->options = program_list(&s->program, options, 2);
	finish(s, false);
	CHECK_INT(run_program(&s->init), -EINVAL);
	report = stage_hear(s, &fd);
	CHECK_INT(report.part, PART_SET_OPTION);
	CHECK(strstr(report.text, "nosuchoption"));
}

/* A filter that is loaded by now may forbid every message: the page of start needs none. */
static void leaves_the_failure_in_the_page_of_start(struct stage *s)
{
	static const char *const argv[] = { "tool" };
	const struct program_header *header = (const void *)s->program.base;
	struct gate_page page = { .traced = 1 };
	struct step_exec *exec = stage_step(s, STEP_EXEC);

	exec->argv = program_list(&s->program, argv, 1);
	exec->env = program_list(&s->program, argv, 0);
	finish(s, false);
	stage_file(s, "tool", "neither ELF nor #!", 0755);
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	s->init.program = "./tool";
	s->init.page = &page;
	sys_close(s->init.socket);
	CHECK_INT(run_program(&s->init), -ENOEXEC);
	CHECK_INT(page.exec_errno, ENOEXEC);
	CHECK_INT(page.step_kind, STEP_EXEC);
	/* and how long it took, as start asks for that */
	CHECK_INT(page.timed, 1);
	CHECK_INT(page.times[0].kind, STEP_EXEC);
	CHECK(page.times[0].time.start > 0);
	CHECK(page.times[0].time.end >= page.times[0].time.start);
	CHECK_INT(header->exec_errno, ENOEXEC);
}

/* What an earlier step had to say is not said of a later one. */
static void forgets_the_words_of_earlier_steps(struct stage *s)
{
	struct step_mask *mask = stage_step(s, STEP_MASK);
	struct step_join *bad;
	struct report report;
	int fd;

	mask->path = stage_str(s, "/missing");
	bad = stage_step(s, STEP_JOIN);
	bad->type = CLONE_NEWUTS;
	finish(s, false);
	s->init.part = PART_WRITE;
	strcpy(s->init.text, "stale");
	CHECK_INT(run_program(&s->init), -EBADF);
	report = stage_hear(s, &fd);
	CHECK_INT(report.part, PART_NONE);
	CHECK_TEXT(report.text, "");
}

static void refuses_steps_of_no_kind(struct stage *s)
{
	struct step *step = stage_step(s, STEP_READY);
	int fd;

	finish(s, false);
	step->kind = STEP_COUNT;
	CHECK_INT(run_program(&s->init), -EINVAL);
	CHECK_INT(stage_hear(s, &fd).errnum, EINVAL);
	step->kind = STEP_NONE;
	CHECK_INT(run_program(&s->init), -EINVAL);
}

/* An end before its start, or times of another step, would show in every trace. */
static void takes_the_time_of_each_step(struct stage *s)
{
	uint64_t before = sys_now(), after;

	(void)link_step(s, "/a");
	(void)link_step(s, "/b");
	(void)link_step(s, "/c");
	finish(s, true);
	CHECK(s->init.times != NULL);
	CHECK_INT(run_program(&s->init), 0);
	after = sys_now();
	for (int i = 0; i < 3; i++) {
		CHECK(s->init.times[i].start >= before);
		CHECK(s->init.times[i].end >= s->init.times[i].start);
		before = s->init.times[i].end;
	}
	CHECK(before <= after);
}

/* ---- reports */

static void sends_a_descriptor(struct stage *s)
{
	struct report report = { .kind = REPORT_CONSOLE, .value = -5 };
	const struct step *step = stage_step(s, STEP_CONSOLE);
	int fd;

	s->init.step = (uint32_t)program_offset(&s->program, step);
	CHECK_INT(report_send(&s->init, &report, s->init.root), 0);
	report = stage_hear(s, &fd);
	CHECK_INT(report.kind, REPORT_CONSOLE);
	CHECK_INT(report.step, program_offset(&s->program, step));
	CHECK_INT(report.step_kind, STEP_CONSOLE);
	CHECK_INT(report.value, -5);
	CHECK(fd >= 0 && stage_is_at(s, fd, "."));
}

static void sends_milestones(struct stage *s)
{
	int fd;

	CHECK_INT(report_simple(&s->init, REPORT_READY), 0);
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_READY);
	CHECK_INT(fd, NO_FD);
	CHECK_INT(step_run_announce(&s->init, stage_step(s, STEP_ANNOUNCE)), 0);
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_EXECUTING);
}

/* tare is gone: an error, not a signal that kills us without a word. */
static void survives_a_broken_socket(struct stage *s)
{
	CHECK_INT(close(s->talk), 0);
	CHECK_INT(report_simple(&s->init, REPORT_READY), -EPIPE);
	CHECK_INT(s->init.part, PART_SEND);
	report_failure(&s->init, -EIO);
}

/* ---- a program from end to end */

static void becomes_the_program(struct stage *s)
{
	static const char *const argv[] = { "sh", "-c", "exit $CODE" };
	static const char *const env[] = { "CODE=42" };
	struct step_find *find;
	struct step_exec *exec;
	int status = -1;
	pid_t pid;

	find = stage_step(s, STEP_FIND);
	find->name = stage_str(s, "sh");
	find->candidates =
	    program_list(&s->program, (const char *const[]){ "/x/sh", "/bin/sh" }, 2);
	(void)stage_step(s, STEP_READY);
	(void)stage_step(s, STEP_ANNOUNCE);
	exec = stage_step(s, STEP_EXEC);
	exec->argv = program_list(&s->program, argv, 3);
	exec->env = program_list(&s->program, env, 1);
	finish(s, false);
	stage_go(s);
	pid = fork();
	if (pid == 0) {
		(void)run_program(&s->init);
		_exit(99);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 42 << 8);
	CHECK_INT(stage_hear(s, &status).kind, REPORT_READY);
	CHECK_INT(stage_hear(s, &status).kind, REPORT_EXECUTING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(runs_all_steps_in_order),
		STAGE_TEST(stops_at_the_first_failure),
		STAGE_TEST(reports_the_kernels_words),
		STAGE_TEST(leaves_the_failure_in_the_page_of_start),
		STAGE_TEST(forgets_the_words_of_earlier_steps),
		STAGE_TEST(refuses_steps_of_no_kind),
		STAGE_TEST(takes_the_time_of_each_step),
		STAGE_TEST(sends_a_descriptor),
		STAGE_TEST(sends_milestones),
		STAGE_TEST(survives_a_broken_socket),
		STAGE_TEST(becomes_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
