/* lib.c - see lib.h. */
#include "lib/lib.h"

#include "container/id.h"
#include "container/root.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_USAGE

int lib_root(const char *given, char *to, struct error *err)
{
	struct root_facts facts;

	root_facts_collect(&facts);
	return root_resolve(given, "tare", &facts, to, err);
}

int lib_name(const struct tare_name *from, struct lib_name *to, struct error *err)
{
	int rc;

	if (!from || !from->id)
		return error_set(err, EINVAL, NULL, "no container is named");
	rc = id_check(from->id, err);
	if (rc == 0)
		rc = lib_root(from->root, to->root, err);
	to->name.root = to->root;
	to->name.id = from->id;
	return rc;
}

int lib_check_size(size_t given, size_t ours, struct error *err)
{
	if (given == ours)
		return 0;
	return error_set(err, EINVAL, NULL,
			 "the options have %zu bytes, %zu are known: they are not initialised, or "
			 "for a newer libtare",
			 given, ours);
}

int lib_check_flags(unsigned given, unsigned known, struct error *err)
{
	if ((given & ~known) == 0)
		return 0;
	return error_set(err, EINVAL, NULL, "the flags 0x%x are unknown", given & ~known);
}

static void copy(char *to, size_t size, const char *from)
{
	const size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

void lib_export_error(const struct error *from, struct tare_error *to)
{
	if (!to)
		return;
	memset(to, 0, sizeof(*to));
	to->errnum = from->errnum;
	to->line = from->line;
	to->column = from->column;
	copy(to->code, sizeof(to->code), codes_at(from->code)->name);
	copy(to->message, sizeof(to->message), from->message);
	copy(to->hint, sizeof(to->hint), from->hint);
	copy(to->pointer, sizeof(to->pointer), from->pointer);
	copy(to->file, sizeof(to->file), from->file);
	copy(to->step, sizeof(to->step), from->step);
	copy(to->syscall, sizeof(to->syscall), from->syscall);
}

int lib_finish(int rc, const struct error *err, struct tare_error *to)
{
	if (rc < 0)
		lib_export_error(err, to);
	return rc;
}
