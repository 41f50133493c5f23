/* print.c - see print.h. */
#include "compile/print.h"
#include "compile/describe.h"

void print_steps(const struct program *program, FILE *out)
{
	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		struct arena arena = ARENA_INIT;
		struct description d = { .arena = &arena };

		(void)fprintf(out, "%4u  %-14s", s->index + 1, program_step_name(s->kind));
		describe_step(&d, program, s);
		describe_print(&d, out);
		if (s->origin)
			(void)fprintf(out, "  <- %s", program_origin(program, s));
		(void)fputc('\n', out);
		arena_free(&arena);
	}
}

static void print_map(const char *name, const struct oci_id_mapping_list *map, FILE *out)
{
	(void)fprintf(out, "      %s:", name);
	for (size_t i = 0; i < map->count; i++)
		(void)fprintf(out, "%s %u->%u (%u)", i > 0 ? "," : "", map->items[i].container_id,
			      map->items[i].host_id, map->items[i].size);
	(void)fputc('\n', out);
}

void print_host(const struct program *program, FILE *out)
{
	const struct program_host *host = &program->host;
	struct arena arena = ARENA_INIT;
	struct description d = { .arena = &arena };

	(void)fprintf(out, "      new namespaces: %s\n",
		      describe_namespaces(&d, host->clone_flags));
	for (size_t i = 0; i < host->join_count; i++)
		(void)fprintf(out, "      join %s namespace %s  <- %s\n",
			      describe_namespaces(&d, host->joins[i].type), host->joins[i].path,
			      host->joins[i].pointer);
	if (host->uid_map) {
		print_map("user ids", host->uid_map, out);
		print_map("group ids", host->gid_map, out);
	}
	if (host->has_oom_score_adj)
		(void)fprintf(out, "      OOM score adjustment: %d  <- /process/oomScoreAdj\n",
			      host->oom_score_adj);
	arena_free(&arena);
}
