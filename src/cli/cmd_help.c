/* cmd_help.c - tare help [COMMAND]. */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/man.h"

#include <errno.h>

#define ERROR_CODE CODE_UNKNOWN_COMMAND

int cmd_help(const struct arguments *args, struct container_report *report, struct error *err)
{
	const struct command *topic = NULL;

	(void)report; /* nothing to warn of */
	if (args->count > 0) {
		topic = commands_find(args->positionals[0]);
		if (!topic)
			return error_set(err, EINVAL, NULL, "there is no command \"%s\"",
					 args->positionals[0]);
	}
	return args->man ? man_print(topic, err) : help_print(args->program, topic, err);
}
