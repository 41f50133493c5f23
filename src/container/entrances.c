/* entrances.c - see entrances.h. */
#include "container/entrances.h"

#include <errno.h>
#include <limits.h>

#define ERROR_CODE CODE_CGROUP

int entrances_find(struct create *c)
{
	const char **names = NULL;
	char name[PATH_MAX];
	size_t count = 0;

	while (c->cgroup && cgroup_entrance(c->cgroup, count, name))
		count++;
	if (count > 0)
		names = arena_array(&c->arena, count, sizeof(*names));
	for (size_t i = 0; names && i < count; i++) {
		names[i] = arena_strdup(&c->arena, cgroup_entrance(c->cgroup, i, name));
		if (!names[i])
			names = NULL;
	}
	if (count > 0 && !names)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot locate the cgroup");
	c->compile.entrances = names;
	c->compile.entrance_count = count;
	/* systemd may put it where a slice is: whoever comes last has his way */
	c->compile.cgroup_later |= c->options->manager == CONTAINER_SYSTEMD && count > 0;
	c->compile.cgroup_pointer = c->cgroup ? cgroup_pointer(c->cgroup) : NULL;
	return 0;
}

int entrances_open(struct create *c)
{
	size_t index = 0;

	for (struct step *s = program_first(&c->program); s; s = program_next(&c->program, s)) {
		int fd;

		if (s->kind != STEP_CGROUP)
			continue;
		fd = cgroup_open_entrance(c->cgroup, index++, c->err);
		if (fd < 0)
			return fd;
		((struct step_cgroup *)(void *)s)->tasks = fd;
	}
	return 0;
}
