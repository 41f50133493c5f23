/*
 * test_cli.h - the program from argv to exit status, in a child, over containers that only write
 * down what is asked of them.
 */
#ifndef TEST_CLI_H
#define TEST_CLI_H

#include "cli/cli.h"
#include "container/criu.h"
#include "container/lifecycle.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_WORDS    24

struct result {
	int status;
	char out[16384];
	char err[8192];
};

static inline int temporary(void)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline void collect(int fd, char *to, size_t size)
{
	ssize_t len = pread(fd, to, size - 1, 0);

	assert_true(len >= 0);
	to[len] = '\0';
	assert_int_equal(close(fd), 0);
}

static inline void child(char **argv, int argc, int out, int err)
{
	int status = 0;

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(99);
	status = cli_main(argc, argv);
	(void)fflush(stdout);
	exit(status); /* not _exit: the leak checker looks then */
}

/* `out`: where standard output goes, or -1 to capture it. */
static inline void run_to(const char *line, int out, struct result *result)
{
	static char program[] = "tare";
	char text[1024], *argv[MAX_WORDS + 2] = { program };
	int capture = temporary(), err = temporary(), argc = 1, status = 0;
	pid_t pid;

	assert_true(snprintf(text, sizeof(text), "%s", line) < (int)sizeof(text));
	for (char *word = strtok(text, " "); word && argc <= MAX_WORDS; word = strtok(NULL, " "))
		argv[argc++] = word;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(argv, argc, out < 0 ? capture : out, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	result->status = WEXITSTATUS(status);
	collect(capture, result->out, sizeof(result->out));
	collect(err, result->err, sizeof(result->err));
}

static inline void run(const char *line, struct result *result)
{
	run_to(line, -1, result);
}

/* What was asked of containers since forget_calls(): written in the child, read by the test. */
static char *calls;
#define CALLS_SIZE 4096

static inline void forget_calls(void)
{
	if (!calls)
		calls = mmap(NULL, CALLS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	assert_ptr_not_equal(calls, MAP_FAILED);
	calls[0] = '\0';
}

/* How every verb ends. */
static int outcome;
static const char *outcome_message;

static inline int end_call(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline int end_call(struct error *err, const char *format, ...)
{
	size_t used = calls ? strlen(calls) : 0;
	va_list args;

	if (calls) {
		va_start(args, format);
		(void)vsnprintf(calls + used, CALLS_SIZE - used, format, args);
		va_end(args);
	}
	return outcome < 0 ? error_set(err, -outcome, NULL, "%s", outcome_message) : 0;
}

static inline void show_options(const struct container_options *o, char *text, size_t size)
{
	(void)snprintf(
	    text, size, "root=%s id=%s bundle=%s config=%s pid-file=%s fds=%u%s%s%s%s%s%s%s%s%s\n",
	    o->root, o->id, o->bundle, o->config, o->pid_file ? o->pid_file : "-", o->preserve_fds,
	    o->console_socket ? " console=" : "", o->console_socket ? o->console_socket : "",
	    o->pidfd_socket ? " pidfd=" : "", o->pidfd_socket ? o->pidfd_socket : "",
	    o->no_pivot ? " no-pivot" : "", o->no_new_keyring ? " no-new-keyring" : "",
	    o->no_subreaper ? " no-subreaper" : "", o->keep ? " keep" : "",
	    o->detach ? " detach" : "");
}

int container_create(const struct container_options *options, struct container_report *report,
		     struct error *err)
{
	char text[1024];

	(void)report;
	show_options(options, text, sizeof(text));
	return end_call(err, "create %s", text);
}

int container_start(const struct container_name *name, const char *notify_socket, struct error *err)
{
	(void)notify_socket;
	return end_call(err, "start %s %s\n", name->root, name->id);
}

bool criu_is_available(void)
{
	return false;
}

int container_checkpoint(const struct container_name *name, const struct criu_options *options,
			 struct log *log, struct error *err)
{
	(void)log;
	return end_call(err, "checkpoint %s %s images=%s\n", name->root, name->id,
			options->images ? options->images : "");
}

int container_restore(const struct container_options *options, struct container_report *report,
		      int *exit_status, struct error *err)
{
	(void)report;
	*exit_status = 0;
	return end_call(err, "restore %s %s images=%s\n", options->root, options->id,
			options->restore->images ? options->restore->images : "");
}

int container_wait(const struct container_name *name, int64_t timeout_ms, int *exit_status,
		   struct error *err)
{
	*exit_status = 0;
	return end_call(err, "wait %s %s %d\n", name->root, name->id, (int)timeout_ms);
}

int container_mounts(const struct container_mounts *request, struct container_report *report,
		     struct error *err)
{
	(void)report;
	return end_call(err, "mounts %s %s %s %s\n", request->name.root, request->name.id,
			request->remove ? "remove" : "add", request->file);
}

int container_pause(const struct container_name *name, struct error *err)
{
	return end_call(err, "pause %s %s\n", name->root, name->id);
}

int container_resume(const struct container_name *name, struct error *err)
{
	return end_call(err, "resume %s %s\n", name->root, name->id);
}

int container_kill(const struct container_name *name, int signal, bool all, struct error *err)
{
	return end_call(err, "kill %s %s %d%s\n", name->root, name->id, signal, all ? " all" : "");
}

int container_delete(const struct container_name *name, bool force, struct log *log,
		     struct error *err)
{
	log_warn(log, NULL, "a mount is left");
	return end_call(err, "delete %s %s%s\n", name->root, name->id, force ? " force" : "");
}

static inline void add_word(char *text, size_t size, const char *name, const char *value)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, size - used, " %s=%s", name, value);
}

static inline void add_number(char *text, size_t size, const char *name, uint32_t value)
{
	char digits[16];

	(void)snprintf(digits, sizeof(digits), "%u", value);
	add_word(text, size, name, digits);
}

/* How the program ends that exec runs. */
static int exec_status;

int container_exec(const struct container_exec *exec, struct container_report *report,
		   int *exit_status, struct error *err)
{
	char text[1024] = "", options[1024];

	(void)report;
	for (size_t i = 0; i < exec->args.count; i++)
		add_word(text, sizeof(text), "arg", exec->args.items[i]);
	for (size_t i = 0; i < exec->env.count; i++)
		add_word(text, sizeof(text), "env", exec->env.items[i]);
	for (size_t i = 0; i < exec->caps.count; i++)
		add_word(text, sizeof(text), "cap", exec->caps.items[i]);
	for (size_t i = 0; i < exec->additional_gids.count; i++)
		add_number(text, sizeof(text), "group", exec->additional_gids.items[i]);
	if (exec->process_file)
		add_word(text, sizeof(text), "process", exec->process_file);
	if (exec->cwd)
		add_word(text, sizeof(text), "cwd", exec->cwd);
	if (exec->has_uid)
		add_number(text, sizeof(text), "uid", exec->uid);
	if (exec->has_gid)
		add_number(text, sizeof(text), "gid", exec->gid);
	if (exec->has_tty)
		add_number(text, sizeof(text), "tty", exec->tty);
	if (exec->has_no_new_privs)
		add_number(text, sizeof(text), "no-new-privs", exec->no_new_privs);
	if (exec->ignore_paused)
		add_number(text, sizeof(text), "ignore-paused", exec->ignore_paused);
	*exit_status = exec_status;
	show_options(&exec->options, options, sizeof(options));
	return end_call(err, "exec %s %s%s: %s", exec->name.root, exec->name.id, text, options);
}

/* Which states there are, by id; one without a bundle cannot be read. */
static const struct oci_state *states;
static size_t state_count;

int container_state(const struct container_name *name, struct arena *arena, struct oci_state *out,
		    struct error *err)
{
	int ret = end_call(err, "state %s %s\n", name->root, name->id);

	(void)arena;
	for (size_t i = 0; ret == 0 && i < state_count; i++) {
		if (strcmp(states[i].id, name->id) != 0)
			continue;
		*out = states[i];
		return out->bundle ? 0 : error_set(err, EINVAL, NULL, "its record is damaged");
	}
	return ret < 0 ? ret : error_set(err, ENOENT, NULL, "container does not exist");
}

static char *listed[8];
static size_t listed_count;

int container_list(const char *root, struct arena *arena, struct oci_strings *ids,
		   struct error *err)
{
	(void)arena;
	ids->items = listed;
	ids->count = listed_count;
	return end_call(err, "list %s\n", root);
}

static int32_t listed_pids[4];
static size_t listed_pid_count;

int container_pids(const struct container_name *name, struct arena *arena,
		   struct oci_pid_list *pids, struct error *err)
{
	(void)arena;
	pids->items = listed_pids;
	pids->count = listed_pid_count;
	return end_call(err, "pids %s %s\n", name->root, name->id);
}

#endif
