/* cmd_ps.c - tare ps: the processes of a container, as the host numbers them. */
#include "cli/commands.h"
#include "cli/hostps.h"
#include "cli/id.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ERROR_CODE CODE_PS

static int write_json(FILE *to, const struct oci_pid_list *pids)
{
	(void)fputc('[', to);
	for (size_t i = 0; i < pids->count; i++)
		(void)fprintf(to, "%s%d", i > 0 ? "," : "", (int)pids->items[i]);
	(void)fputs("]\n", to);
	return 0;
}

static int write_table(const struct arguments *args, FILE *to, const struct oci_pid_list *pids,
		       struct error *err)
{
	char *text = NULL;
	int ret = hostps_run(args->positionals + 1, args->count - 1, &args->fence, &text, err);

	if (ret == 0)
		ret = hostps_filter(text, pids, to, err);
	free(text);
	return ret;
}

static int print_pids(const struct arguments *args, const struct oci_pid_list *pids,
		      struct error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int ret = 0;

	if (!to)
		return error_sys(err, errno, "", NULL, "cannot list the processes");
	ret = args->json ? write_json(to, pids) : write_table(args, to, pids, err);
	if (fclose(to) != 0 && ret == 0)
		ret = error_sys(err, ENOMEM, "", NULL, "cannot list the processes");
	if (ret == 0)
		ret = output_print(text, err);
	free(text);
	return ret;
}

int cmd_ps(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct oci_pid_list pids = { 0 };
	struct container_name name;
	int ret = id_name(args, &name, err);

	(void)report; /* engines read standard error as well: it stays empty */
	if (ret == 0)
		ret = container_pids(&name, &arena, &pids, err);
	if (ret == 0)
		ret = print_pids(args, &pids, err);
	arena_free(&arena);
	return ret;
}
