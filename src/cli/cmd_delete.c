/* cmd_delete.c - tare delete: remove what is left of a container. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/matching.h"

struct deleting {
	bool force;
	struct log *log;
};

static int delete_one(const struct container_name *name, void *data, struct error *err)
{
	const struct deleting *deleting = data;

	return container_delete(name, deleting->force, deleting->log, err);
}

int cmd_delete(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct deleting deleting = { args->delete_force, &report->log };
	struct container_name name;
	int ret;

	if (args->regex)
		return matching_each(args, delete_one, &deleting, err);
	ret = id_name(args, &name, err);
	return ret < 0 ? ret : delete_one(&name, &deleting, err);
}
