/* check.c - tare check: everything that is known to be wrong with a bundle, before it is run. */
#include "check/check.h"
#include "base/fd.h"
#include "container/bundle.h"
#include "container/hints.h"
#include "container/options.h"
#include "container/plan.h"
#include "container/review.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* Files of the host that the config names: missing ones would fail at create. */
static void look_for(struct problems *problems, const char *pointer, const char *path,
		     const char *what)
{
	owned_fd fd = open(path, O_PATH | O_CLOEXEC);
	struct problem *p = NULL;

	if (fd < 0 && errno == ENOENT) {
		p = problems_add(problems, PROBLEM_ERROR, pointer, "%s %s does not exist", what,
				 path);
		problem_hint(p, "create it on the host, or correct the path");
	} else if (fd < 0 && errno != EACCES) {
		p = problems_add(problems, PROBLEM_ERROR, pointer, "%s %s cannot be opened: %s",
				 what, path, error_cause(errno));
	}
	if (p)
		p->code = CODE_FILE_MISSING;
}

static const char *in_bundle(const struct bundle *bundle, const char *path)
{
	const char *whole =
	    path[0] == '/' ? path : arena_format(bundle->arena, "%s/%s", bundle->path, path);

	return whole ? whole : path;
}

static void look_for_mounts(const struct bundle *bundle)
{
	const struct oci_mount_list *list = &bundle->config->mounts;
	char pointer[64];

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_mount *mount = &list->items[i];

		if (!check_is_bind(mount) || !mount->source || mount->source[0] == '\0')
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu/source", i);
		look_for(bundle->problems, pointer, in_bundle(bundle, mount->source), "the source");
	}
}

static void look_for_hooks(const struct bundle *bundle, const char *kind,
			   const struct oci_hook_list *list)
{
	char pointer[64];

	for (size_t i = 0; i < list->count; i++) {
		(void)snprintf(pointer, sizeof(pointer), "/hooks/%s/%zu/path", kind, i);
		if (list->items[i].path)
			look_for(bundle->problems, pointer, list->items[i].path, "the hook");
	}
}

/* What the flags of its mount take from the programs of the image. */
static void look_at_root(struct problems *problems, const char *path)
{
	struct statvfs fs;
	struct problem *p = NULL;

	if (statvfs(path, &fs) < 0)
		return;
	if (fs.f_flag & ST_NOEXEC) {
		p = problems_add(problems, PROBLEM_WARNING, "/root/path",
				 "its filesystem is mounted noexec: no program of it will start");
		problem_hint(p, "remount it with exec, or unpack the image elsewhere");
	} else if (fs.f_flag & ST_NOSUID) {
		p = problems_add(problems, PROBLEM_WARNING, "/root/path",
				 "its filesystem is mounted nosuid: set-user-ID programs and file "
				 "capabilities have no effect");
		problem_hint(p, "remount it with suid, unless that is meant");
	}
	if (p)
		p->code = CODE_REVIEW;
}

static void look_for_files(const struct bundle *bundle)
{
	const struct oci_config *config = bundle->config;
	const struct oci_hooks *hooks = config->hooks;
	char pointer[64];

	if (config->root && config->root->path)
		look_for(bundle->problems, "/root/path", in_bundle(bundle, config->root->path),
			 "the root filesystem");
	if (config->root && config->root->path)
		look_at_root(bundle->problems, in_bundle(bundle, config->root->path));
	look_for_mounts(bundle);
	for (size_t i = 0; config->linux && i < config->linux->namespaces.count; i++) {
		const char *path = config->linux->namespaces.items[i].path;

		(void)snprintf(pointer, sizeof(pointer), "/linux/namespaces/%zu/path", i);
		if (path && path[0] != '\0')
			look_for(bundle->problems, pointer, path, "the namespace");
	}
	if (!hooks)
		return;
	/* those that run inside have their paths there */
	look_for_hooks(bundle, "prestart", &hooks->prestart);
	look_for_hooks(bundle, "createRuntime", &hooks->create_runtime);
	look_for_hooks(bundle, "createContainer", &hooks->create_container);
	look_for_hooks(bundle, "poststart", &hooks->poststart);
	look_for_hooks(bundle, "poststop", &hooks->poststop);
}

/* What only compiling finds out, such as a filter that cannot be made. The first of them. */
static void look_at_program(const struct container_options *options, struct problems *problems)
{
	struct container_report dry;
	struct error err;
	struct problem *p;
	struct plan plan = { 0 };

	if (problems->errors > 0)
		return;
	error_clear(&err);
	log_init(&dry.log);
	problems_init(&dry.problems);
	if (container_plan(options, &dry, &plan, &err) < 0) {
		hints_add(&err);
		p = problems_add(problems, PROBLEM_ERROR, err.pointer, "%s", err.message);
		if (p)
			p->code = err.code;
		if (err.hint[0])
			problem_hint(p, "%s", err.hint);
	}
	plan_free(&plan);
	problems_free(&dry.problems);
	log_free(&dry.log);
}

int container_check(const struct container_options *options, struct container_report *report,
		    struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct bundle bundle = { .arena = &arena, .problems = &report->problems };
	struct host_facts facts = { 0 };
	struct error ignored;
	int rc = bundle_load(&bundle, options->bundle, options->config, err);

	if (rc == 0)
		rc = host_read(&facts, err);
	if (rc == 0 && bundle.config) {
		look_for_files(&bundle);
		review_config(bundle.config, &report->problems);
	}
	error_clear(&ignored);
	if (rc == 0)
		(void)(bundle_check(&bundle, &facts, &ignored) < 0);
	if (rc == 0)
		look_at_program(options, &report->problems);
	if (rc == 0)
		bundle_locate_all(&bundle);
	host_free(&facts);
	arena_free(&arena);
	return rc;
}
