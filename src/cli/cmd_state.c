/* cmd_state.c - tare state: what a container is doing, as JSON. */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"

int cmd_state(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct oci_state state = { 0 };
	struct container_name name;
	int ret = id_name(args, &name, err);

	(void)report; /* engines read standard error as well: it stays empty */
	if (ret == 0)
		ret = container_state(&name, &arena, &state, err);
	if (ret == 0) {
		state.has_pid = true; /* 0 when it has stopped */
		ret = output_object(&arena, oci_state_type, &state, err);
	}
	arena_free(&arena);
	return ret;
}
