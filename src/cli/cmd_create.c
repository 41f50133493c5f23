/* cmd_create.c - tare create: everything but the start of the program. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/listen.h"
#include "container/lifecycle.h"

int cmd_create(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	int ret = 0;

	options.id = args->positionals[0];
	options.notify_socket = listen_notify_socket();
	ret = id_check(options.id, err);
	return ret < 0 ? ret : container_create(&options, report, err);
}
