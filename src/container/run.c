/* run.c - tare run, and tare plan: see options.h. */
#include "container/create.h"
#include "container/plan.h"

#include <errno.h>
#include <string.h>

int container_run(const struct container_options *options, struct container_report *report,
		  int *exit_status, struct error *err)
{
	struct create c;
	int rc;

	create_init(&c, options, report, err);
	rc = create_run(&c);
	if (rc == 0) {
		rc = foreground_wait(&c.foreground, &c.exit_status, err);
		*exit_status = c.exit_status;
	}
	if (rc < 0 || !options->keep)
		create_undo(&c);
	create_free(&c);
	return rc;
}

int container_plan(const struct container_options *options, struct container_report *report,
		   char **text, struct error *err)
{
	struct container_options anonymous = *options;
	struct create c;
	int rc;

	if (!anonymous.id)
		anonymous.id = "ID";
	create_init(&c, &anonymous, report, err);
	rc = create_plan(&c);
	if (rc == 0) {
		*text = plan_text(&c);
		if (!*text)
			rc = error_sys(err, ENOMEM, "", NULL, "cannot print the program");
	}
	create_free(&c);
	return rc;
}
