/*
 * update.c - tare update: other limits for a container that exists.
 *
 * What is applied is what the container then has of the sections that change, so that values which
 * depend on each other agree; what is kept in the state is the whole. If that or the kernel
 * refuses, the files of the cgroup are set back to what was read from them.
 */
#include "base/fd.h"
#include "check/check.h"
#include "container/found.h"
#include "container/merge.h"
#include "container/rdt.h"
#include "container/systemd.h"
#include "container/text_file.h"
#include "ocispec/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_UPDATE

struct update {
	const struct container_update *request;
	struct container_report *report;
	struct error *err;
	struct found found;
	struct oci_config *config;    /* as stored */
	struct oci_resources *stored; /* what it had, or NULL */
	const struct oci_resources *changes;
	struct oci_resources *after;
	char *schemata; /* what resctrl had; NULL: untouched */
};

static int read_changes(struct update *u)
{
	struct oci_issues issues = { 0 };
	struct oci_text text = { NULL, 0 };
	void *object = NULL;
	int rc;

	if (!u->request->file) {
		u->changes = &u->request->resources;
		return 0;
	}
	rc = text_file_read(u->request->file, "resources", &u->found.arena, &text, u->err);
	if (rc < 0)
		return rc;
	if (oci_read(&u->found.arena, oci_resources_type, text, &object, &issues) < 0)
		return error_set(u->err, EINVAL, NULL, "the resources cannot be used: %s%s%s",
				 issues.first ? issues.first->pointer : "",
				 issues.first ? ": " : "",
				 issues.first ? issues.first->message : "not understood");
	u->changes = object;
	return 0;
}

/* The semantic rules, on the config as it would become. */
static int check(struct update *u)
{
	struct host_facts facts;
	int rc = host_read(&facts, u->err);

	if (rc < 0)
		return rc;
	check_spec(u->config, &facts, &u->report->problems);
	host_free(&facts);
	for (const struct problem *p = u->report->problems.first; p; p = p->next) {
		if (p->severity != PROBLEM_ERROR ||
		    strncmp(p->pointer, "/linux/resources", 16) != 0)
			continue;
		rc = error_set(u->err, EINVAL, p->pointer, "%s: %s", p->pointer, p->message);
		error_refine(u->err, p->code);
		if (p->hint)
			error_add_hint(u->err, "%s", p->hint);
		break;
	}
	problems_free(&u->report->problems);
	problems_init(&u->report->problems);
	return rc;
}

static int load(struct update *u)
{
	static const struct oci_resources nothing;
	int rc = state_load_config(&u->found.state, &u->found.arena, &u->config, u->err);

	if (rc < 0)
		return rc;
	if (!u->config->linux)
		u->config->linux = arena_alloc(&u->found.arena, sizeof(*u->config->linux));
	if (!u->config->linux)
		return error_sys(u->err, ENOMEM, "", NULL, "cannot update the container");
	u->stored = u->config->linux->resources;
	rc = read_changes(u);
	if (rc < 0)
		return rc;
	u->after = merge_resources(&u->found.arena, u->stored ? u->stored : &nothing, u->changes);
	if (!u->after)
		return error_sys(u->err, ENOMEM, "", NULL, "cannot update the container");
	u->config->linux->resources = u->after;
	return check(u);
}

static int apply(struct update *u)
{
	const struct oci_resources touched = merge_touched(u->after, u->changes);

	return cgroup_update(u->found.cgroup, &touched, &u->report->log, u->err);
}

/* As the kernel had it before: that need not be what the config says. */
static void take_back(struct update *u)
{
	struct error failure;

	error_clear(&failure);
	if (cgroup_revert(u->found.cgroup, &failure) < 0)
		log_warn(&u->report->log, NULL,
			 "what was set before the failure could not all be taken back: %s",
			 failure.message);
	if (u->schemata && rdt_write_back(u->found.record, u->schemata) < 0)
		log_warn(&u->report->log, NULL, "the schemata could not be taken back");
}

static int change_schemata(struct update *u)
{
	const struct oci_intel_rdt *wanted = &u->request->rdt;
	int rc;

	if (!wanted->l3_cache_schema && !wanted->mem_bw_schema)
		return 0;
	rc = rdt_update(u->found.record, wanted, &u->found.arena, &u->schemata, u->err);
	if (rc < 0 || !u->config->linux || !u->config->linux->intel_rdt)
		return rc;
	if (wanted->l3_cache_schema)
		u->config->linux->intel_rdt->l3_cache_schema = wanted->l3_cache_schema;
	if (wanted->mem_bw_schema)
		u->config->linux->intel_rdt->mem_bw_schema = wanted->mem_bw_schema;
	return 0;
}

/* Or it would set the old limits again at its next reload. */
static int tell_systemd(struct update *u)
{
	const struct oci_resources touched = merge_touched(u->after, u->changes);
	const bool v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;

	if (!u->found.record->systemd_scope)
		return 0;
	return systemd_update(u->found.record, &touched, v2, &u->found.arena, u->err);
}

/* What later commands, and a later update, find. */
static int write_config(struct update *u, struct error *err)
{
	struct oci_text text;
	int rc = oci_write(&u->found.arena, oci_config_type, u->config, OCI_PRETTY, &text);

	if (rc < 0)
		return error_sys(err, -rc, "", NULL, "cannot write down the new resources");
	return state_save_config(&u->found.state, text, err);
}

/* systemd comes last, as it cannot be told what it was before. */
static int save(struct update *u)
{
	struct error failure;
	int rc = write_config(u, u->err);

	if (rc < 0)
		return rc;
	rc = tell_systemd(u);
	if (rc == 0)
		return 0;
	u->config->linux->resources = u->stored;
	error_clear(&failure);
	if (write_config(u, &failure) < 0)
		log_warn(&u->report->log, NULL, "the container's config has the new values: %s",
			 failure.message);
	return rc;
}

static int update(struct update *u)
{
	int rc;

	if (u->found.pidfd < 0)
		return error_set(u->err, ESRCH, NULL, "container not running: %s",
				 u->request->name.id);
	rc = load(u);
	if (rc < 0)
		return rc;
	rc = found_needs_cgroup(&u->found, &u->request->name, u->err);
	if (rc < 0)
		return rc;
	rc = apply(u);
	if (rc == 0)
		rc = change_schemata(u);
	if (rc == 0)
		rc = save(u);
	if (rc < 0)
		take_back(u);
	return rc;
}

int container_update(const struct container_update *request, struct container_report *report,
		     struct error *err)
{
	struct update u = { .request = request, .report = report, .err = err };
	int rc = found_open(&u.found, &request->name, true, err);

	if (rc < 0)
		return rc;
	rc = update(&u);
	found_close(&u.found);
	return rc;
}
