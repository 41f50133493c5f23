/* plan_limits.c - see plan_limits.h. */
#include "container/plan_limits.h"
#include "container/systemd_properties.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_CREATE

struct plan_limit {
	struct plan_limit *next;
	struct cgroup_write write;
};

static const char *copy(struct planner *p, const char *text)
{
	return text ? planner_format(p, "%s", text) : NULL;
}

static int take(void *data, const struct cgroup_write *write)
{
	struct planner *p = data;
	struct plan_limit *limit = arena_alloc(&p->c->arena, sizeof(*limit));

	p->failed |= !limit;
	if (!limit)
		return -ENOMEM;
	*limit = (struct plan_limit){ .write = { .directory = copy(p, write->directory),
						 .file = copy(p, write->file),
						 .value = copy(p, write->value),
						 .pointer = copy(p, write->pointer) } };
	*p->last_limit = limit;
	p->last_limit = &limit->next;
	return 0;
}

static const struct oci_resources *resources_of(const struct planner *p)
{
	const struct oci_linux *linux = p->c->bundle.config->linux;

	return linux ? linux->resources : NULL;
}

void plan_limits_find(struct planner *p)
{
	const struct cgroup_planner planner = { take, p, &p->c->report->log };
	const struct oci_resources *resources = resources_of(p);
	struct oci_resources others = resources ? *resources : (struct oci_resources){ 0 };
	struct error err;

	p->last_limit = &p->limits;
	error_clear(&err);
	if (p->c->options->manager == CONTAINER_NO_CGROUP && others.devices.count > 0) {
		log_warn(&p->c->report->log, "/linux/resources/devices",
			 "not applied: the cgroup manager is \"disabled\"");
		others.devices.count = 0;
	}
	if (cgroup_plan(p->c->cgroup, &others, &planner, &err) < 0)
		log_warn(&p->c->report->log, err.pointer[0] ? err.pointer : NULL,
			 "run would fail: %s", err.message);
}

void plan_limits_show(struct planner *p)
{
	for (const struct plan_limit *limit = p->limits; limit; limit = limit->next) {
		const struct cgroup_write *write = &limit->write;
		struct description *d = planner_add(p, write->pointer);

		if (write->file)
			describe_text(d, "file",
				      planner_format(p, "%s/%s", write->directory, write->file));
		else
			describe_text(d, "program", write->directory);
		describe_text(d, write->file ? "value" : "rule", write->value);
	}
}

/* As systemd_start() has them. */
static void add_properties(struct planner *p, struct systemd_properties *list)
{
	const struct oci_resources *resources = resources_of(p);
	static const struct oci_device_rule_list none;
	const bool v2 = p->c->facts.cgroups.mode == HOST_CGROUP_V2;
	int rc = systemd_properties_add(list, resources, v2);

	if (rc == 0 && !v2)
		rc = systemd_properties_devices(list, resources ? &resources->devices : &none);
	if (rc == 0)
		rc = systemd_properties_annotated(list, &p->c->bundle.config->annotations);
	if (rc < 0)
		log_warn(&p->c->report->log, list->err->pointer[0] ? list->err->pointer : NULL,
			 "run would fail: %s", list->err->message);
}

void plan_limits_show_scope(struct planner *p)
{
	char *texts[SYSTEMD_PROPERTIES_MAX];
	struct error err;
	struct systemd_properties list = { &p->c->arena, texts, 0, &err, false };
	struct description *d =
	    planner_add(p, p->c->bundle.config->linux && p->c->bundle.config->linux->cgroups_path
			       ? "/linux/cgroupsPath"
			       : NULL);

	describe_text(d, "unit", p->c->scope.unit);
	describe_text(d, "slice", p->c->scope.slice);
	error_clear(&err);
	add_properties(p, &list);
	for (int i = 0; i < list.count && texts[i]; i++)
		describe_text(planner_add(p, "/linux/resources"), "property", texts[i]);
}
