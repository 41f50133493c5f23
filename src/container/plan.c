/* plan.c - see plan.h. */
#include "container/plan.h"
#include "compile/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_cgroup(const struct create *c, FILE *out)
{
	const struct host_cgroups *host = &c->facts.cgroups;

	if (host->v2_mount_point && c->compile.cgroup_v2_path)
		(void)fprintf(out, "      %s%s\n", host->v2_mount_point, c->compile.cgroup_v2_path);
	for (size_t i = 0; i < host->v1_count; i++) {
		if (c->compile.cgroup_v1_paths[i])
			(void)fprintf(out, "      %s%s\n", host->v1[i].mount_point,
				      c->compile.cgroup_v1_paths[i]);
	}
}

static void print_table(const struct create *c, FILE *out)
{
	unsigned number = 0;

	for (const struct create_step *step = create_steps(); step->name; step++) {
		if (step->applies && !step->applies(c))
			continue;
		(void)fprintf(out, "%4u  %s\n", ++number, step->name);
		if (strcmp(step->name, "make the cgroup") == 0)
			print_cgroup(c, out);
		if (strcmp(step->name, "clone the helper") == 0)
			print_host(&c->program, out);
	}
}

char *plan_text(const struct create *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	(void)fprintf(out, "tare, on the host:\n");
	print_table(c, out);
	(void)fprintf(out, "\ntare-init, inside:\n");
	print_steps(&c->program, out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
