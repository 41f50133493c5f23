/*
 * mounts.c - tare mounts: see lifecycle.h.
 *
 * The third client of the compiler: a helper enters the container's namespaces, as that of exec
 * does, but stays out of its pid namespace and of its cgroups: nobody in there sees it, and a
 * container that is frozen does not freeze it.
 */
#include "container/birth.h"
#include "container/enter.h"
#include "container/files.h"
#include "container/found.h"
#include "container/text_file.h"

#include "base/fd.h"
#include "base/trace.h"
#include "check/check.h"
#include "sys/pidfd.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#define ERROR_CODE CODE_MOUNTS

/* What it knows beside struct create, which is its first member so that the rows find it. */
struct change {
	struct create create;
	const struct container_mounts *request;
	struct found found;
	struct oci_config config; /* the container's, with these mounts in the place of its own */
};

static struct change *of(struct create *c)
{
	return (struct change *)(void *)c;
}

static int find(struct create *c)
{
	struct change *x = of(c);
	struct oci_config *config;
	int rc = found_open(&x->found, &x->request->name, true, c->err);

	if (rc == 0 &&
	    (x->found.status == OCI_STATUS_STOPPED || x->found.status == OCI_STATUS_CREATING))
		rc = error_set(c->err, ESRCH, NULL, "cannot change the mounts of a %s container",
			       oci_status_name(x->found.status));
	if (rc == 0)
		rc = state_load_config(&x->found.state, &c->arena, &config, c->err);
	if (rc != 0)
		return rc;
	x->config = *config;
	c->record = *x->found.record;
	c->bundle.config = &x->config;
	c->bundle.arena = &c->arena;
	c->bundle.problems = &c->report->problems;
	c->bundle.path = x->found.record->bundle;
	c->bundle.name = strcmp(x->request->file, "-") == 0 ? "standard input" : x->request->file;
	return 0;
}

/* As the part of a config that it is: a line before, so that columns stay true, and one behind. */
static int wrap(struct bundle *bundle, const struct oci_text *list, struct error *err)
{
	static const char before[] = "{ \"ociVersion\": \"1.0.0\", \"mounts\":\n";

	bundle->text = arena_alloc(bundle->arena, sizeof(before) + list->len + 2);
	if (!bundle->text)
		return error_sys(err, ENOMEM, "", NULL, "cannot read the mounts");
	memcpy(bundle->text, before, sizeof(before) - 1);
	memcpy(bundle->text + sizeof(before) - 1, list->data, list->len);
	bundle->len = sizeof(before) - 1 + list->len;
	memcpy(bundle->text + bundle->len, "\n}", 2);
	bundle->len += 2;
	bundle->lines_before = 1;
	return 0;
}

static int read_mounts(struct create *c)
{
	struct change *x = of(c);
	struct oci_issues issues = { 0 };
	struct oci_text list = { NULL, 0 };
	struct oci_config *read = NULL;
	int rc = text_file_read(x->request->file, "mounts", &c->arena, &list, c->err);

	if (rc < 0 && rc != -ENOMEM)
		error_refine(c->err, CODE_MOUNTS_FILE);
	if (rc == 0)
		rc = wrap(&c->bundle, &list, c->err);
	if (rc < 0)
		return rc;
	rc = oci_config_read(&c->arena, c->bundle.text, c->bundle.len, &read, &issues);
	if (rc == -ENOMEM)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot read the mounts");
	bundle_add_issues(&c->bundle, &issues, read != NULL);
	if (rc < 0 || !read)
		return bundle_refuse(&c->bundle, c->err);
	x->config.mounts = read->mounts;
	return 0;
}

/* Its other mistakes are no news: the container was made from it. */
static int check(struct create *c)
{
	check_spec(c->bundle.config, &c->facts, &c->report->problems);
	return c->report->problems.errors > 0 ? bundle_refuse(&c->bundle, c->err) : 0;
}

/* Of one that goes only the place counts. */
static bool adds(const struct create *c)
{
	return !((const struct change *)(const void *)c)->request->remove;
}

static int compile(struct create *c)
{
	const struct change *x = of(c);
	int rc = enter_find_namespaces((pid_t)x->found.record->pid, &c->compile.enter, c->err);

	if (rc < 0)
		return rc;
	if (!(c->compile.enter & CLONE_NEWNS)) /* what was done there would be done to the host */
		return error_set(c->err, EINVAL, "/linux/namespaces",
				 "the container has no mount namespace of its own");
	create_fill_options(c);
	c->compile.id = x->request->name.id;
	c->compile.exec = true;
	c->compile.trace = trace_enabled();
	return x->request->remove
		   ? compile_remove_mounts(&x->config, &c->compile, &c->program, c->err)
		   : compile_add_mounts(&x->config, &c->compile, &c->program, c->err);
}

static int open_files(struct create *c)
{
	int rc = files_open(&c->program, &c->facts, c->err);

	return rc < 0 ? rc : enter_open_process(&c->program, of(c)->found.pidfd, c->err);
}

/* What it does is done when it says so; it has nothing more to tell. */
static int end(struct create *c)
{
	int status = 0;
	const int rc = pidfd_wait(c->foreground.pidfd, &status);

	return rc < 0 ? error_sys(c->err, -rc, "waitid", NULL, "cannot learn how tare-init ended")
		      : 0;
}

static const struct create_step steps[] = {
	{ "find the container", find, NULL, NULL, false },
	{ "ask the host", create_ask_host, NULL, NULL, false },
	{ "read the mounts", read_mounts, NULL, NULL, false },
	{ "check the mounts", check, NULL, adds, false },
	{ "compile the program", compile, NULL, NULL, false },
	{ "open the files", open_files, create_close_files, NULL, false },
	{ "prepare the helper", create_prepare_helper, NULL, NULL, false },
	{ "clone the helper", create_clone_helper, birth_kill, NULL, false },
	{ "follow the helper", birth_follow, NULL, NULL, false },
	{ "see it leave", end, NULL, NULL, false },
	{ 0 },
};

int container_mounts(const struct container_mounts *request, struct container_report *report,
		     struct error *err)
{
	struct container_options options = { .id = request->name.id, .root = request->name.root };
	struct change x = { .request = request };
	struct create *c = &x.create;
	int rc;

	create_init(c, &options, report, err);
	x.found.pidfd = x.found.state.dir = x.found.state.root = FD_NONE;
	x.found.state.journal = FD_NONE;
	c->table = steps;
	rc = create_run(c);
	if (rc < 0)
		create_undo(c);
	create_free(c);
	found_close(&x.found);
	return rc;
}
