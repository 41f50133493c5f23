/* cmd_plan.c - tare plan: show the program that run would execute. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"

#include <stdlib.h>

int cmd_plan(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	char *text = NULL;
	int ret = 0;

	if (args->count > 0) {
		options.id = args->positionals[0];
		ret = id_check(options.id, err);
	}
	if (ret == 0)
		ret = container_plan(&options, report, &text, err);
	if (ret == 0)
		ret = output_print(text, err);
	free(text);
	return ret;
}
