/* cmd_delete.c - tare delete: remove what is left of a container. */
#include "cli/commands.h"
#include "cli/id.h"

int cmd_delete(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_name name;
	int ret = id_name(args, &name, err);

	return ret < 0 ? ret : container_delete(&name, args->delete_force, &report->log, err);
}
