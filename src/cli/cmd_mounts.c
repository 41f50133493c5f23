/* cmd_mounts.c - tare mounts: add or remove mounts of a container. */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/id.h"

#include <errno.h>

#define ERROR_CODE CODE_USAGE

int cmd_mounts(const struct arguments *args, struct container_report *report, struct error *err)
{
	const char *what = args->positionals[0];
	struct container_mounts mounts = { .file = args->positionals[2],
					   .remove = text_equal(what, "remove") };
	struct arguments rest = *args;
	int ret;

	if (!mounts.remove && !text_equal(what, "add"))
		return error_set(err, EINVAL, NULL, "mounts are added or removed, not \"%.64s\"",
				 what);
	rest.positionals++; /* the id is the second word */
	ret = id_name(&rest, &mounts.name, err);
	return ret < 0 ? ret : container_mounts(&mounts, report, err);
}
