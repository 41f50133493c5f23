/* cmd_run.c - tare run: create a container, start it, wait for it, and delete it. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/listen.h"

int cmd_run(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	int status = 0;
	int ret = 0;

	options.id = args->positionals[0];
	options.notify_socket = listen_notify_socket();
	ret = id_check(options.id, err);
	if (ret < 0)
		return ret;
	ret = container_run(&options, report, &status, err);
	return ret < 0 ? ret : status;
}
