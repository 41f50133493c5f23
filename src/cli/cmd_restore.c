/* cmd_restore.c - tare restore: a container from what checkpoint saved. */
#include "cli/commands.h"
#include "cli/id.h"

int cmd_restore(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	int status = 0;
	int ret = 0;

	options.id = args->positionals[0];
	options.restore = &args->checkpoint;
	ret = id_check(options.id, err);
	if (ret < 0)
		return ret;
	ret = container_restore(&options, report, &status, err);
	return ret < 0 ? ret : status;
}
