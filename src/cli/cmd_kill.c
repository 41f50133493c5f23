/* cmd_kill.c - tare kill: send a signal to a container. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/matching.h"
#include "cli/signal.h"

struct killing {
	int signal;
	bool all;
};

static int kill_one(const struct container_name *name, void *data, struct error *err)
{
	const struct killing *killing = data;

	return container_kill(name, killing->signal, killing->all, err);
}

int cmd_kill(const struct arguments *args, struct container_report *report, struct error *err)
{
	bool given = args->count > 1 && args->positionals[1][0] != '\0';
	struct killing killing = { .all = args->kill_all };
	struct container_name name;
	int ret = args->regex ? 0 : id_name(args, &name, err);

	(void)report; /* nothing to warn of */
	if (ret < 0)
		return ret;
	killing.signal = signal_parse(given ? args->positionals[1] : "TERM", err);
	if (killing.signal < 0)
		return killing.signal;
	return args->regex ? matching_each(args, kill_one, &killing, err)
			   : kill_one(&name, &killing, err);
}
