/* id.c - see id.h. */
#include "cli/id.h"

int id_name(const struct arguments *args, struct container_name *name, struct error *err)
{
	name->root = args->container.root;
	name->id = args->positionals[0];
	return id_check(name->id, err);
}
