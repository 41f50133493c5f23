/* run.c - tare run, create and restore: see options.h. */
#include "container/create.h"
#include "container/lifecycle.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_OUTPUT

/* Stay with it until it ends. What was made is taken away again, unless it is to be kept. */
static int stay(struct create *c)
{
	int rc;

	c->foreground.notify = &c->notify;
	rc = foreground_wait(&c->foreground, &c->exit_status, c->err);

	if (!c->options->keep)
		create_undo(c);
	return rc;
}

static int make(const struct container_options *options, struct container_report *report,
		int *exit_status, struct error *err)
{
	struct create c;
	int rc;

	create_init(&c, options, report, err);
	if (options->restore)
		c.table = create_restore_steps();
	rc = create_run(&c);
	if (rc < 0) {
		create_undo(&c);
	} else if (options->run) {
		state_unlock(&c.state); /* others may kill or pause it while we stay */
		rc = options->detach
			 ? notify_wait(&c.notify, c.foreground.pidfd, c.foreground.pid, err)
			 : stay(&c);
		*exit_status = options->detach ? 0 : c.exit_status;
	}
	create_free(&c);
	return rc;
}

int container_run(const struct container_options *options, struct container_report *report,
		  int *exit_status, struct error *err)
{
	struct container_options running = *options;

	running.run = true;
	*exit_status = 0;
	return make(&running, report, exit_status, err);
}

int container_restore(const struct container_options *options, struct container_report *report,
		      int *exit_status, struct error *err)
{
	return container_run(options, report, exit_status, err);
}

int container_create(const struct container_options *options, struct container_report *report,
		     struct error *err)
{
	int unused;

	return make(options, report, &unused, err);
}
