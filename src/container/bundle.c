/* bundle.c - see bundle.h. */
#include "container/bundle.h"
#include "base/fd.h"
#include "check/check.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ERROR_CODE CODE_BUNDLE

static int find(struct bundle *bundle, const char *path, struct error *err)
{
	char *real = realpath(path, NULL);

	if (!real) {
		int rc = error_sys(err, errno, "realpath", NULL, "cannot open the bundle %s", path);

		error_add_hint(err,
			       "a bundle is a directory with a config.json; name it with --bundle");
		return rc;
	}
	bundle->path = arena_strdup(bundle->arena, real);
	free(real);
	return bundle->path ? 0 : error_sys(err, ENOMEM, "", NULL, "cannot read the bundle");
}

/* O_NONBLOCK: a FIFO in the place of the file must not keep us waiting. */
static int open_config(const struct bundle *bundle, size_t *size, struct error *err)
{
	owned_fd dir = open(bundle->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	owned_fd fd = FD_NONE;
	struct stat st;
	int rc;

	if (dir < 0)
		return error_sys(err, errno, "open", NULL, "cannot open the bundle %s",
				 bundle->path);
	fd = openat(bundle->apart ? AT_FDCWD : dir, bundle->name,
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if ((fd < 0 || fstat(fd, &st) < 0) && bundle->apart)
		return error_sys(err, errno, "openat", NULL, "cannot read %s", bundle->name);
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = error_sys(err, errno, "openat", NULL, "cannot read %s of the bundle %s",
			       bundle->name, bundle->path);
		error_add_hint(err, "write one with: tare spec --bundle %s", bundle->path);
		return rc;
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, NULL, "%s%s%s is not a regular file", bundle->name,
				 bundle->apart ? "" : " of the bundle ",
				 bundle->apart ? "" : bundle->path);
	if (st.st_size > (off_t)OCI_TEXT_MAX)
		return error_set(err, EFBIG, NULL, "%s is larger than %zu MiB", bundle->name,
				 OCI_TEXT_MAX / 1024 / 1024);
	*size = (size_t)st.st_size;
	return take_fd(&fd);
}

static int read_all(struct bundle *bundle, int fd, size_t size, struct error *err)
{
	bundle->text = arena_alloc(bundle->arena, size + 1);
	if (!bundle->text)
		return error_sys(err, ENOMEM, "", NULL, "cannot read %s", bundle->name);
	while (bundle->len < size) {
		ssize_t n = read(fd, bundle->text + bundle->len, size - bundle->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, errno, "read", NULL, "cannot read %s", bundle->name);
		if (n == 0)
			break; /* somebody made it shorter meanwhile: the parser will tell */
		bundle->len += (size_t)n;
	}
	return 0;
}

/* 0: unknown */
static unsigned line_in_file(const struct bundle *bundle, unsigned line)
{
	return line > bundle->lines_before ? line - bundle->lines_before : 0;
}

void bundle_add_issues(const struct bundle *bundle, const struct oci_issues *issues, bool is_json)
{
	struct problems *problems = bundle->problems;

	for (const struct oci_issue *i = issues->first; i; i = i->next) {
		struct problem *p =
		    problems_add(problems, PROBLEM_ERROR, i->pointer, "%s", i->message);

		if (!p)
			continue;
		/* what is no JSON ends the reading: it comes last */
		p->code = i->next || is_json ? CODE_SCHEMA : CODE_JSON;
		p->line = line_in_file(bundle, i->line);
		p->column = i->column;
		if (i->hint)
			problem_hint(p, "%s", i->hint);
	}
}

int bundle_load(struct bundle *bundle, const char *path, const char *name, struct error *err)
{
	struct oci_issues issues = { 0 };
	size_t size = 0;
	int rc;

	bundle->name = name ? name : "config.json";
	rc = find(bundle, path ? path : ".", err);
	if (rc < 0)
		return rc;
	owned_fd fd = open_config(bundle, &size, err);

	if (fd < 0)
		return fd;
	rc = read_all(bundle, fd, size, err);
	if (rc < 0)
		return rc;
	rc = oci_config_read(bundle->arena, bundle->text, bundle->len, &bundle->config, &issues);
	if (rc == -ENOMEM)
		return error_sys(err, ENOMEM, "", NULL, "cannot read %s", bundle->name);
	bundle_add_issues(bundle, &issues, bundle->config != NULL);
	return 0;
}

static void locate(const struct bundle *bundle, const char *pointer, unsigned *line,
		   unsigned *column)
{
	(void)oci_locate(bundle->text, bundle->len, pointer, line, column);
	*line = line_in_file(bundle, *line);
}

/* The rules know pointers only; say where these are. */
static void locate_problems(const struct bundle *bundle, struct problems *problems)
{
	for (struct problem *p = problems->first; p; p = p->next) {
		if (p->line == 0)
			locate(bundle, p->pointer, &p->line, &p->column);
	}
}

void bundle_locate_all(const struct bundle *bundle)
{
	if (bundle->text)
		locate_problems(bundle, bundle->problems);
}

static int summarise(const struct bundle *bundle, const struct problems *problems,
		     struct error *err)
{
	const struct problem *first = problems->first;
	int rc;

	while (first && first->severity != PROBLEM_ERROR)
		first = first->next;
	if (!first)
		return error_set(err, EINVAL, NULL, "%s is invalid", bundle->name);
	if (problems->errors == 1)
		rc = error_set(err, EINVAL, first->pointer, "%s: %s %s", bundle->name,
			       first->pointer[0] ? first->pointer : "the document", first->message);
	else
		rc = error_set(err, EINVAL, first->pointer, "%s has %zu mistakes, the first: %s %s",
			       bundle->name, problems->errors,
			       first->pointer[0] ? first->pointer : "the document", first->message);
	(void)snprintf(err->file, sizeof(err->file), "%s", bundle->name);
	error_refine(err, first->code);
	err->line = first->line;
	err->column = first->column;
	if (first->hint)
		error_add_hint(err, "%s", first->hint);
	return rc;
}

int bundle_refuse(const struct bundle *bundle, struct error *err)
{
	if (bundle->text)
		locate_problems(bundle, bundle->problems);
	return summarise(bundle, bundle->problems, err);
}

int bundle_check(const struct bundle *bundle, const struct host_facts *facts, struct error *err)
{
	struct problems *problems = bundle->problems;

	if (bundle->config)
		check_spec(bundle->config, facts, problems);
	return problems->errors > 0 || !bundle->config ? bundle_refuse(bundle, err) : 0;
}

void bundle_locate(const struct bundle *bundle, struct error *err)
{
	if (err->pointer[0] == '\0' || err->line > 0 || !bundle->text)
		return;
	(void)snprintf(err->file, sizeof(err->file), "%s", bundle->name);
	locate(bundle, err->pointer, &err->line, &err->column);
}
