/* cmd_start.c - tare start: let a created container run its program. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/listen.h"

int cmd_start(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_name name;
	int ret = id_name(args, &name, err);

	(void)report; /* nothing to warn of */
	return ret < 0 ? ret : container_start(&name, listen_notify_socket(), err);
}
