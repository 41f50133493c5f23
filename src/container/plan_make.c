/* plan_make.c - tare plan: the whole plan of a container (options.h). */
#include "container/plan_host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CODE CODE_OUTPUT

static struct description *spare(struct planner *p)
{
	p->failed = true;
	p->plan->source->spare = (struct description){ .arena = &p->c->arena };
	return &p->plan->source->spare;
}

static struct plan_step *add_step(struct planner *p)
{
	struct plan *plan = p->plan;

	if (plan->count == p->room) {
		const size_t room = p->room ? 2 * p->room : 64;
		struct plan_step *steps = reallocarray(plan->steps, room, sizeof(*steps));

		if (!steps)
			return NULL;
		plan->steps = steps;
		p->room = room;
	}
	return &plan->steps[plan->count++];
}

struct description *planner_add(struct planner *p, const char *pointer)
{
	struct plan_step *step = add_step(p);

	if (!step)
		return spare(p);
	*step = (struct plan_step){
		.number = p->number,
		.name = p->name,
		.title = p->name,
		.pointer = pointer ? pointer : "",
		.about = { .arena = &p->c->arena },
	};
	return &step->about;
}

const char *planner_format(struct planner *p, const char *format, ...)
{
	const char *copy = NULL;
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len >= 0) {
		copy = arena_strndup(&p->c->arena, text, (size_t)len);
		free(text);
	}
	p->failed |= !copy;
	return copy ? copy : "";
}

static void plan_inside(struct planner *p)
{
	const struct program *program = &p->c->program;

	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		struct plan_step *step = add_step(p);

		if (!step) {
			p->failed = true;
			return;
		}
		*step = (struct plan_step){
			.number = s->index + 1,
			.inside = true,
			.name = program_step_name(s->kind),
			.title = program_step_title(s->kind),
			.pointer = s->origin ? program_origin(program, s) : "",
			.about = { .arena = &p->c->arena },
		};
		describe_step(&step->about, program, s);
	}
}

/* The config was read before: it is JSON. */
static void locate(struct planner *p)
{
	const struct bundle *bundle = &p->c->bundle;
	struct plan *plan = p->plan;
	struct oci_place *places = calloc(plan->count + 1, sizeof(*places));

	p->failed |= !places;
	if (!places)
		return;
	for (size_t i = 0; i < plan->count; i++)
		places[i].pointer = plan->steps[i].pointer;
	p->failed |= oci_locate_all(bundle->text, bundle->len, places, plan->count) < 0;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].pointer[0] == '\0')
			continue; /* the whole document would be found */
		plan->steps[i].line = places[i].line;
		plan->steps[i].column = places[i].column;
	}
	free(places);
}

static int fill(struct plan *plan, struct error *err)
{
	struct planner p = { .c = &plan->source->create, .plan = plan };

	plan->file = p.c->bundle.name;
	plan_host(&p);
	plan_inside(&p);
	locate(&p);
	for (size_t i = 0; i < plan->count; i++)
		p.failed |= plan->steps[i].about.failed;
	return p.failed ? error_sys(err, ENOMEM, "", NULL, "cannot plan the container") : 0;
}

static void release(struct plan_source *source)
{
	create_free(&source->create);
	free(source);
}

int container_plan(const struct container_options *options, struct container_report *report,
		   struct plan *plan, struct error *err)
{
	struct plan_source *source = calloc(1, sizeof(*source));
	int rc;

	*plan = (struct plan){ .source = source, .release = release };
	if (!source)
		return error_sys(err, ENOMEM, "", NULL, "cannot plan the container");
	source->options = *options;
	source->options.run = true;
	if (!source->options.id)
		source->options.id = "ID";
	create_init(&source->create, &source->options, report, err);
	rc = create_plan(&source->create);
	if (rc == 0)
		rc = fill(plan, err);
	if (rc < 0)
		plan_free(plan);
	return rc;
}
