/* cmd_wait.c - tare wait: until a container ends, and how it did. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"

#include <stdio.h>

int cmd_wait(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_name name;
	char line[16];
	int status = 0;
	int ret = id_name(args, &name, err);

	(void)report; /* nothing to warn of */
	if (ret == 0)
		ret = container_wait(&name, args->wait_timeout > 0 ? args->wait_timeout : -1,
				     &status, err);
	if (ret < 0)
		return ret;
	(void)snprintf(line, sizeof(line), "%d\n", status);
	return output_print(line, err);
}
