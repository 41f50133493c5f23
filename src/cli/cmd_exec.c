/* cmd_exec.c - tare exec: a further program in a container. */
#include "cli/commands.h"
#include "cli/id.h"

int cmd_exec(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_exec exec = args->exec;
	int status = 0;
	int ret = id_name(args, &exec.name, err);

	if (ret < 0)
		return ret;
	exec.args.items = args->positionals + 1;
	exec.args.count = (size_t)args->count - 1;
	exec.has_tty = exec.tty;
	exec.has_no_new_privs = args->no_new_privs.given;
	exec.no_new_privs = args->no_new_privs.on;
	exec.options = args->container;
	exec.options.id = exec.name.id;
	ret = container_exec(&exec, report, &status, err);
	return ret < 0 ? ret : status;
}
