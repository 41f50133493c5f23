/* hooks.c - see hooks.h. */
#include "container/hooks.h"

#include "ocispec/write.h"
#include "sys/signals.h"
#include "sys/subprocess.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ERROR_CODE CODE_HOOK

enum {
	LINES_SHOWN = 4,
	OUTPUT_SHOWN = 360, /* bytes: with the path it must fit into a message */
};

/* The sentence begins with it. A longer path is cut; the pointer leads to all of it. */
#define HOOK "the %s hook %.160s"

struct hook_run {
	const struct hooks_request *request;
	const struct oci_hook *hook;
	struct oci_text state;
	char pointer[64];
};

/* ---- what it said */

/*
 * Engines look for these words in all that the runtime says, and take the failure of a hook for
 * that of the container's program (CALLERS.md, rule 8). The hook may well say them.
 */
static const struct {
	const char *phrase;
	const char *instead;
} phrases[] = {
	{ "no such file or directory", "ENOENT" },
	{ "permission denied", "EACCES" },
	{ "operation not permitted", "EPERM" },
	{ "not a directory", "ENOTDIR" },
	{ "is a directory", "EISDIR" },
	{ "executable file not found", "program not found" },
	{ "open executable", "open program" },
};

struct quote {
	char text[OUTPUT_SHOWN + 1];
	size_t used;
};

static void quote_add(struct quote *quote, const char *text, size_t len)
{
	if (len > sizeof(quote->text) - 1 - quote->used)
		return;
	memcpy(quote->text + quote->used, text, len);
	quote->used += len;
	quote->text[quote->used] = '\0';
}

/* Adds what stands at `text`, or what is to stand there; gives the length used up. */
static size_t quote_one(struct quote *quote, const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		size_t size = strlen(phrases[i].phrase);

		if (size <= len && strncasecmp(text, phrases[i].phrase, size) == 0) {
			quote_add(quote, phrases[i].instead, strlen(phrases[i].instead));
			return size;
		}
	}
	if (*text == '\n')
		quote_add(quote, " | ", 3);
	else
		quote_add(quote, *text ? text : "?", 1);
	return 1;
}

static bool is_blank(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Where the last lines begin. A character that is cut in two is left out. */
static size_t find_start(const char *text, size_t len)
{
	size_t room = OUTPUT_SHOWN - 3 * LINES_SHOWN; /* a newline takes three bytes */
	size_t start = len > room ? len - room : 0;
	size_t at = len;

	for (unsigned lines = 0; at > start; at--) {
		if (text[at - 1] == '\n' && ++lines == LINES_SHOWN)
			break;
	}
	while (at > 0 && at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

/* ": " and the last lines of its output, or nothing. */
static void quote_output(const struct subprocess_result *result, struct quote *quote)
{
	const char *text = result->output;
	size_t len = result->output_size;

	memset(quote, 0, sizeof(*quote));
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	if (len == 0)
		return;
	quote_add(quote, ": ", 2);
	for (size_t at = find_start(text, len); at < len;)
		at += quote_one(quote, text + at, len - at);
}

/* ---- how it ended */

static int not_executed(const struct hook_run *run, int errnum, struct error *err)
{
	int rc = error_sys(err, errnum, "execve", run->pointer, HOOK " could not be executed",
			   run->request->name, run->hook->path);

	if (errnum == ENOENT && access(run->hook->path, F_OK) == 0)
		error_add_hint(err, "the file exists, but not the interpreter that it asks for");
	else if (errnum == ENOEXEC)
		error_add_hint(err,
			       "a script has to name its interpreter in the first line: #!/bin/sh");
	return rc;
}

static int judge(const struct hook_run *run, const struct subprocess_result *result,
		 struct error *err)
{
	const char *name = run->request->name;
	const char *path = run->hook->path;
	struct quote said;

	quote_output(result, &said);
	switch (result->end) {
	case SUBPROCESS_EXITED:
		if (result->number == 0)
			return 0;
		return error_set(err, EPROTO, run->pointer, HOOK " exited with status %d%s", name,
				 path, result->number, said.text);
	case SUBPROCESS_KILLED:
		return error_set(err, EPROTO, run->pointer, HOOK " was killed by signal %d%s", name,
				 path, result->number, said.text);
	case SUBPROCESS_TIMED_OUT:
		return error_set(err, ETIMEDOUT, run->pointer, HOOK " took longer than %d s%s",
				 name, path, run->hook->timeout, said.text);
	case SUBPROCESS_NOT_EXECUTED:
		break;
	}
	return not_executed(run, result->number, err);
}

/* ---- running */

/* With a NULL at the end; an empty list gives NULL. */
static int copy_strings(struct arena *arena, const struct oci_strings *list, char *const **out)
{
	char **copy;

	*out = NULL;
	if (list->count == 0)
		return 0;
	copy = arena_array(arena, list->count + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, list->items, list->count * sizeof(*copy));
	*out = copy;
	return 0;
}

static int run_one(const struct hook_run *run, struct error *err)
{
	const struct oci_hook *hook = run->hook;
	struct subprocess_result result;
	struct arena arena = ARENA_INIT;
	struct subprocess what = {
		.path = hook->path,
		.input = run->state.data,
		.input_size = run->state.len,
		.timeout_ms = hook->has_timeout ? (uint64_t)hook->timeout * 1000 : 0,
		.stdout_file = run->request->stdout_file,
		.stderr_file = run->request->stderr_file,
		.fence = run->request->fence,
		.cancel_fd = run->request->cancel_fd,
	};
	int rc = copy_strings(&arena, &hook->args, &what.argv);

	if (rc == 0)
		rc = copy_strings(&arena, &hook->env, &what.envp);
	if (rc == 0)
		rc = subprocess_run(&what, &result);
	arena_free(&arena);
	if (rc == 0)
		return judge(run, &result, err);
	if (rc == -ECANCELED)
		return error_set(err, ECANCELED, run->pointer, HOOK " was interrupted by a signal",
				 run->request->name, hook->path);
	return error_sys(err, -rc, "clone3", run->pointer, "cannot run " HOOK, run->request->name,
			 hook->path);
}

static int write_state(const struct hooks_request *request, struct arena *arena,
		       struct oci_text *out, struct error *err)
{
	int rc = oci_write(arena, oci_state_type, request->state, OCI_COMPACT, out);

	return rc < 0 ? error_sys(err, -rc, "", NULL, "cannot write the state for the %s hooks",
				  request->name)
		      : 0;
}

static void select_hook(struct hook_run *run, size_t index)
{
	run->hook = &run->request->hooks->items[index];
	(void)snprintf(run->pointer, sizeof(run->pointer), "/hooks/%s/%zu", run->request->name,
		       index);
}

int hooks_run(const struct hooks_request *request, struct error *err)
{
	struct hook_run run = { .request = request };
	struct arena arena = ARENA_INIT;
	int rc;

	if (request->hooks->count == 0)
		return 0;
	rc = write_state(request, &arena, &run.state, err);
	for (size_t i = 0; rc == 0 && i < request->hooks->count; i++) {
		select_hook(&run, i);
		rc = run_one(&run, err);
	}
	arena_free(&arena);
	return rc;
}

void hooks_run_all(const struct hooks_request *request, struct log *log)
{
	struct hook_run run = { .request = request };
	struct arena arena = ARENA_INIT;
	struct error err;

	if (request->hooks->count == 0)
		return;
	if (write_state(request, &arena, &run.state, &err) < 0)
		log_warn(log, NULL, "%s", err.message);
	for (size_t i = 0; run.state.data && i < request->hooks->count; i++) {
		int rc;

		select_hook(&run, i);
		rc = run_one(&run, &err);
		if (rc < 0)
			log_warn(log, err.pointer, "%s", err.message);
		if (rc == -ECANCELED && signals_next(request->cancel_fd) <= 0)
			break; /* it would end all the others too */
	}
	arena_free(&arena);
}
