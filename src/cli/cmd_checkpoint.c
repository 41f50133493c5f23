/* cmd_checkpoint.c - tare checkpoint: save the processes of a container. */
#include "cli/commands.h"
#include "cli/id.h"

int cmd_checkpoint(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_name name;
	int ret = id_name(args, &name, err);

	return ret < 0 ? ret : container_checkpoint(&name, &args->checkpoint, &report->log, err);
}
