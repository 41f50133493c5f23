/* cmd_kill.c - tare kill: send a signal to a container. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/signal.h"

int cmd_kill(const struct arguments *args, struct container_report *report, struct error *err)
{
	bool given = args->count > 1 && args->positionals[1][0] != '\0';
	struct container_name name;
	int ret = id_name(args, &name, err);
	int number = 0;

	(void)report; /* nothing to warn of */
	if (ret < 0)
		return ret;
	number = signal_parse(given ? args->positionals[1] : "TERM", err);
	return number < 0 ? number : container_kill(&name, number, args->kill_all, err);
}
