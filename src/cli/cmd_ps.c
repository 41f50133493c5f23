/* cmd_ps.c - tare ps: the processes of a container, as the host numbers them. */
#include "cli/commands.h"
#include "cli/hostps.h"
#include "cli/id.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>

struct listing {
	const struct arguments *args;
	struct oci_pid_list pids;
};

static int write_json(FILE *to, const void *data, struct error *err)
{
	const struct oci_pid_list *pids = &((const struct listing *)data)->pids;

	(void)err;
	(void)fputc('[', to);
	for (size_t i = 0; i < pids->count; i++)
		(void)fprintf(to, "%s%d", i > 0 ? "," : "", (int)pids->items[i]);
	(void)fputs("]\n", to);
	return 0;
}

static int write_table(FILE *to, const void *data, struct error *err)
{
	const struct listing *l = data;
	char *text = NULL;
	int ret =
	    hostps_run(l->args->positionals + 1, l->args->count - 1, &l->args->fence, &text, err);

	if (ret == 0)
		ret = hostps_filter(text, &l->pids, to, err);
	free(text);
	return ret;
}

int cmd_ps(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct listing listing = { .args = args };
	struct container_name name;
	int ret = id_name(args, &name, err);

	(void)report; /* engines read standard error as well: it stays empty */
	if (ret == 0)
		ret = container_pids(&name, &arena, &listing.pids, err);
	if (ret == 0)
		ret = output_written(args->json ? write_json : write_table, &listing, err);
	arena_free(&arena);
	return ret;
}
