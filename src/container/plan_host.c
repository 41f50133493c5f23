/*
 * plan_host.c - see plan_host.h. The order is that of the table of create.c; here is, for each step
 * of it that has something to tell, what it is. Limits of the cgroup are in plan_limits.c.
 */
#include "container/plan_host.h"
#include "cgroup/put.h"
#include "container/plan_limits.h"
#include "container/rdt.h"

#include <string.h>

/* How one step of the host is described. */
struct row {
	const char *name;
	void (*show)(struct planner *p); /* NULL: by its name alone */
	bool quiet; /* if nothing is shown, the step does nothing: it is left out */
	/* in the place of the table's, which asks for what there is only later */
	bool (*applies)(const struct create *c);
};

static const struct oci_config *config_of(const struct planner *p)
{
	return p->c->bundle.config;
}

static const struct oci_linux *linux_of(const struct planner *p)
{
	static const struct oci_linux none;

	return config_of(p)->linux ? config_of(p)->linux : &none;
}

static const char *pointer_to(struct planner *p, const char *map, const char *key)
{
	char escaped[512];

	return planner_format(p, "%s/%s", map, put_escape(key, escaped, sizeof(escaped)));
}

/* ---- before anything is made */

static void show_config(struct planner *p)
{
	const struct bundle *bundle = &p->c->bundle;
	const bool whole = bundle->apart || bundle->name[0] == '/';

	struct description *d = planner_add(p, NULL);

	describe_text(d, "file",
		      whole ? bundle->name
			    : planner_format(p, "%s/%s", bundle->path, bundle->name));
	describe_aside(d);
}

static void show_id(struct planner *p)
{
	describe_text(planner_add(p, NULL), "directory",
		      planner_format(p, "%s/%s", p->c->options->root, p->c->options->id));
}

static void show_record(struct planner *p)
{
	static const char *const files[] = { "record.json", "config.json" };
	const struct oci_string_map *annotations = &config_of(p)->annotations;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		describe_text(planner_add(p, NULL), "file",
			      planner_format(p, "%s/%s/%s", p->c->options->root, p->c->options->id,
					     files[i]));
	for (size_t i = 0; i < annotations->count; i++) {
		const struct oci_string_pair *pair = &annotations->items[i];
		struct description *d = planner_add(p, pointer_to(p, "/annotations", pair->key));

		describe_text(d, "annotation", pair->key);
		describe_text(d, "value", pair->value);
	}
}

static void show_rdt(struct planner *p)
{
	const struct oci_intel_rdt *rdt = linux_of(p)->intel_rdt;
	struct description *d = planner_add(p, "/linux/intelRdt");
	const char **schemata =
	    arena_array(&p->c->arena, rdt->schemata.count + 2, sizeof(*schemata));
	size_t count = 0;

	p->failed |= !schemata;
	if (!schemata)
		return;
	for (; count < rdt->schemata.count; count++)
		schemata[count] = rdt->schemata.items[count];
	if (rdt->l3_cache_schema)
		schemata[count++] = rdt->l3_cache_schema;
	if (rdt->mem_bw_schema)
		schemata[count++] = rdt->mem_bw_schema;
	describe_text(d, "class",
		      rdt->clos_id && rdt->clos_id[0] ? rdt->clos_id : p->c->options->id);
	if (count > 0)
		describe_list(d, "schemata", schemata, count);
	if (rdt->enable_monitoring)
		describe_text(planner_add(p, "/linux/intelRdt/enableMonitoring"), "monitoring",
			      p->c->options->id);
}

/* ---- the cgroup */

static void show_directory(struct planner *p, const char *mount_point, const char *path)
{
	if (path)
		describe_text(
		    planner_add(p, linux_of(p)->cgroups_path ? "/linux/cgroupsPath" : NULL),
		    "directory", planner_format(p, "%s%s", mount_point, path));
}

static void show_directories(struct planner *p)
{
	const struct host_cgroups *host = &p->c->facts.cgroups;

	if (p->c->options->manager == CONTAINER_NO_CGROUP)
		return;
	if (host->v2_mount_point)
		show_directory(p, host->v2_mount_point, p->c->compile.cgroup_v2_path);
	for (size_t i = 0; i < host->v1_count; i++)
		show_directory(p, host->v1[i].mount_point, p->c->compile.cgroup_v1_paths[i]);
}

static void show_delegation(struct planner *p)
{
	static const char *const keys[] = { "run.oci.systemd.subgroup", "run.oci.delegate-cgroup" };
	const struct oci_string_map *annotations = &config_of(p)->annotations;

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		for (size_t i = 0; i < annotations->count; i++) {
			if (strcmp(annotations->items[i].key, keys[k]) == 0)
				describe_text(
				    planner_add(p, pointer_to(p, "/annotations", keys[k])), "below",
				    annotations->items[i].value);
		}
	}
}

/* ---- the program and its process */

static void show_program(struct planner *p)
{
	const struct program_header *header = (const void *)p->c->program.base;
	struct description *d = planner_add(p, NULL);

	describe_number(d, "steps", header->step_count);
	describe_aside(d);
	describe_number(d, "bytes", header->size);
	describe_aside(d);
}

static void show_clone(struct planner *p)
{
	const struct program_host *host = &p->c->program.host;
	struct description *d;

	for (size_t i = 0; i < host->join_count; i++) {
		d = planner_add(p, host->joins[i].pointer);
		describe_word(d, "join", describe_namespaces(d, host->joins[i].type));
		describe_text(d, "path", host->joins[i].path);
	}
	d = planner_add(p, linux_of(p)->namespaces.count > 0 ? "/linux/namespaces" : NULL);
	describe_word(d, "new",
		      host->clone_flags ? describe_namespaces(d, host->clone_flags) : "none");
}

static void show_netdevices(struct planner *p)
{
	const struct oci_net_device_map *devices = &linux_of(p)->net_devices;

	for (size_t i = 0; i < devices->count; i++) {
		const char *name = devices->items[i].value.name;
		struct description *d =
		    planner_add(p, pointer_to(p, "/linux/netDevices", devices->items[i].key));

		describe_text(d, "device", devices->items[i].key);
		describe_text(d, "name", name && name[0] ? name : devices->items[i].key);
	}
}

static void show_map(struct planner *p, const char *kind, const char *property,
		     const struct oci_id_mapping_list *map)
{
	for (size_t i = 0; map && i < map->count; i++) {
		struct description *d =
		    planner_add(p, planner_format(p, "/linux/%s/%zu", property, i));

		describe_word(d, "map", kind);
		describe_number(d, "container", map->items[i].container_id);
		describe_number(d, "host", map->items[i].host_id);
		describe_number(d, "size", map->items[i].size);
	}
}

static void show_maps(struct planner *p)
{
	show_map(p, "uid", "uidMappings", p->c->program.host.uid_map);
	show_map(p, "gid", "gidMappings", p->c->program.host.gid_map);
}

static void show_oom_score(struct planner *p)
{
	describe_number(planner_add(p, "/process/oomScoreAdj"), "value",
			p->c->program.host.oom_score_adj);
}

static void show_raised_limits(struct planner *p)
{
	const struct program *program = &p->c->program;

	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		const struct step_rlimit *limit = (const void *)s;
		struct description *d;

		if (s->kind != STEP_RLIMIT)
			continue;
		d = planner_add(p, program_origin(program, s));
		describe_text(d, "name", program_text(program, limit->name));
		describe_word(d, "hard",
			      planner_format(p, "%llu", (unsigned long long)limit->hard));
	}
}

/* ---- hooks */

static void show_hooks(struct planner *p, const char *kind, const struct oci_hook_list *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		const struct oci_hook *hook = &hooks->items[i];
		struct description *d = planner_add(p, planner_format(p, "/hooks/%s/%zu", kind, i));

		describe_word(d, "hook", kind);
		describe_text(d, "path", hook->path);
		if (hook->args.count > 0)
			describe_list(d, "argv", (const char *const *)hook->args.items,
				      hook->args.count);
		if (hook->env.count > 0)
			describe_list(d, "env", (const char *const *)hook->env.items,
				      hook->env.count);
		if (hook->has_timeout)
			describe_number(d, "timeout", (int64_t)hook->timeout);
	}
}

static const struct oci_hooks *hooks_of(const struct planner *p)
{
	static const struct oci_hooks none;

	return config_of(p)->hooks ? config_of(p)->hooks : &none;
}

static void show_poststop(struct planner *p)
{
	show_hooks(p, "poststop", &hooks_of(p)->poststop);
}

static void show_poststart(struct planner *p)
{
	show_hooks(p, "poststart", &hooks_of(p)->poststart);
}

/* Run while the helper waits, at its await of milestone 2. */
static void show_create_hooks(struct planner *p)
{
	show_hooks(p, "prestart", &hooks_of(p)->prestart);
	show_hooks(p, "createRuntime", &hooks_of(p)->create_runtime);
}

static const struct row rows[] = {
	{ "read the config", show_config, false, NULL },
	{ "take the id", show_id, false, NULL },
	{ "remember the poststop hooks", show_poststop, true, NULL },
	{ "write the record", show_record, false, NULL },
	{ "make the RDT group", show_rdt, false, NULL },
	{ "make the cgroup", show_directories, true, NULL },
	{ "delegate the cgroup", show_delegation, true, NULL },
	{ "leave the scope", NULL, true, NULL },
	{ "compile the program", show_program, false, NULL },
	{ "clone the helper", show_clone, false, NULL },
	{ "move the network devices", show_netdevices, false, NULL },
	{ "start the scope", plan_limits_show_scope, false, NULL },
	{ "write the id maps", show_maps, false, NULL },
	{ "enter the RDT group", NULL, false, rdt_applies },
	{ "set the OOM score", show_oom_score, false, NULL },
	{ "raise the limits", show_raised_limits, false, NULL },
	{ "limit the cgroup", plan_limits_show, true, NULL },
	{ "follow the helper", show_create_hooks, false, NULL },
	{ "run the poststart hooks", show_poststart, true, NULL },
	{ "leave it the class of service", NULL, false, rdt_applies },
};

static const struct row *find_row(const char *name)
{
	static const struct row plain;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return &plain;
}

void plan_host(struct planner *p)
{
	plan_limits_find(p);
	for (const struct create_step *step = create_steps(); step->name; step++) {
		const struct row *row = find_row(step->name);
		bool (*applies)(const struct create *c) =
		    row->applies ? row->applies : step->applies;
		const size_t before = p->plan->count;

		if (applies && !applies(p->c))
			continue;
		p->number++;
		p->name = step->name;
		if (row->show)
			row->show(p);
		if (p->plan->count > before)
			continue;
		if (row->quiet)
			p->number--;
		else
			(void)planner_add(p, NULL);
	}
}
