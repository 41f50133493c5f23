/* cmd_pause.c - tare pause: freeze the processes of a container. */
#include "cli/commands.h"
#include "cli/id.h"

int cmd_pause(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_name name;
	int ret = id_name(args, &name, err);

	(void)report; /* nothing to warn of */
	return ret < 0 ? ret : container_pause(&name, err);
}
