/* run.c - the loop: each step in order, timed if tracing, the first failure ends it. */
#include "init/init.h"

typedef int step_function(struct init *init, struct step *step);

/* The table is typed by the cast only: each function takes its own struct step_<name>. */
static step_function *const functions[STEP_COUNT] = {
#define STEP(ID, name, what, fields) [STEP_##ID] = (step_function *)(void (*)(void))step_run_##name,
#include "tare/steps.def"
#undef STEP
};

static void note_time(struct init *init, uint32_t index, bool end)
{
	if (!init->times)
		return;
	if (end)
		init->times[index].end = sys_now();
	else
		init->times[index].start = sys_now();
}

/* start has no program to look steps up in: they are told with their times. */
static struct gate_time *begin_after_gate(struct init *init, const struct step *step)
{
	struct gate_page *page = init->page;
	const char *origin = init->base + step->origin;
	struct gate_time *time;

	if (!page || !page->traced || page->timed >= GATE_TIMES)
		return NULL;
	time = &page->times[page->timed++];
	time->kind = step->kind;
	for (uint32_t i = 0; step->origin && i < GATE_ORIGIN - 1 && origin[i] != '\0'; i++)
		time->origin[i] = origin[i];
	time->time.start = sys_now();
	return time;
}

static int run_step(struct init *init, struct step *step)
{
	struct gate_time *time;
	int rc;

	if (step->kind == STEP_NONE || step->kind >= STEP_COUNT)
		return -EINVAL; /* tare and tare-init are of one build: cannot happen */
	init->part = PART_NONE;
	init->text[0] = '\0';
	note_time(init, step->index, false);
	time = begin_after_gate(init, step);
	rc = functions[step->kind](init, step);
	note_time(init, step->index, true);
	if (time && init->page->traced)
		time->time.end = sys_now();
	return rc;
}

/* A seccomp filter may be loaded by now that forbids to say it: plain stores reach tare too. */
static void note_failure(struct init *init, int errnum)
{
	((struct program_header *)(void *)init->base)->exec_errno = errnum;
	if (init->page) {
		init->page->step_kind =
		    ((const struct step *)(void *)(init->base + init->step))->kind;
		init->page->exec_errno = errnum;
	}
}

int run_program(struct init *init)
{
	struct program_header *header = (void *)init->base;
	int rc = 0;

	init->step = header->steps;
	while (init->step < header->steps_end) {
		struct step *step = (void *)(init->base + init->step);

		header->current = init->step;
		rc = run_step(init, step);
		if (rc < 0) {
			if (init->together)
				unmount_undo(init);
			note_failure(init, -rc);
			report_failure(init, rc);
			return rc;
		}
		init->step += step->size;
	}
	return rc;
}
