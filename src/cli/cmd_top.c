/*
 * cmd_top.c - tare top: a table of what containers use, again and again. On a terminal it is
 * redrawn in its place until q or a signal; elsewhere one follows the other.
 */
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"
#include "cli/top.h"
#include "sys/signals.h"
#include "sys/tty.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ERROR_CODE CODE_OUTPUT

enum { USUAL_MS = 1000, FIRST_MS = 200 };

struct top {
	const struct arguments *args;
	struct arena arenas[2]; /* of this look and of the one before */
	struct top_table tables[2];
	unsigned now; /* index of this look's */
	int signals;
	struct tty_raw raw;
	bool live; /* redrawn in place, on a terminal */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- a look */

struct sample {
	struct top_row *row;
	const struct top_row *before;
};

static int take_stats(void *data, const struct stats *stats, struct error *err)
{
	const struct sample *sample = data;

	(void)err;
	top_fill(sample->row, stats, sample->before);
	return 0;
}

static bool has_processes(enum oci_status status)
{
	return status == OCI_STATUS_RUNNING || status == OCI_STATUS_PAUSED ||
	       status == OCI_STATUS_CREATED;
}

/*
 * 1: there is a row. 0: there is none, as the container has ended meanwhile, or is not to be seen
 * in a list of all.
 */
static int look_at(struct top *t, const char *id, bool named, struct error *err)
{
	struct top_table *table = &t->tables[t->now], *last = &t->tables[!t->now];
	struct top_row *row = &table->rows[table->count];
	struct sample sample = { row, top_find(last, id) };
	const struct container_name name = { t->args->container.root, id };
	const struct container_events request = {
		.name = name, .once = true, .data = &sample, .stats = take_stats
	};
	struct oci_state state;
	int rc = container_state(&name, &t->arenas[t->now], &state, err);

	if (rc < 0 || !has_processes(state.status))
		return rc == -ENOENT && (!named || sample.before) ? 0 : rc;
	*row = (struct top_row){ .status = state.status, .at = now_ns(), .cpu = -1 };
	row->id = arena_strdup(&t->arenas[t->now], id);
	if (!row->id)
		return error_sys(err, ENOMEM, "", NULL, "cannot look at the containers");
	rc = container_events(&request, err);
	if (rc < 0 && container_state(&name, &t->arenas[t->now], &state, err) == 0 &&
	    has_processes(state.status))
		return named ? rc : 1; /* it has no cgroup that counts: a row without numbers */
	return rc < 0 ? 0 : 1;
}

static int list_ids(struct top *t, struct oci_strings *ids, struct error *err)
{
	if (t->args->count == 0)
		return container_list(t->args->container.root, &t->arenas[t->now], ids, err);
	*ids = (struct oci_strings){ t->args->positionals, (size_t)t->args->count };
	for (size_t i = 0; i < ids->count; i++) {
		int rc = id_check(ids->items[i], err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int look(struct top *t, struct error *err)
{
	struct top_table *table = &t->tables[t->now];
	struct oci_strings ids = { 0 };
	int rc = list_ids(t, &ids, err);

	table->count = 0;
	table->rows =
	    rc == 0 ? arena_array(&t->arenas[t->now], ids.count + 1, sizeof(*table->rows)) : NULL;
	if (rc == 0 && !table->rows)
		rc = error_sys(err, ENOMEM, "", NULL, "cannot look at the containers");
	for (size_t i = 0; rc >= 0 && i < ids.count; i++) {
		rc = look_at(t, ids.items[i], t->args->count > 0, err);
		table->count += rc == 1;
		if (rc < 0 && t->args->count == 0)
			rc = 0; /* of all: one that cannot be read hides no other */
	}
	if (rc >= 0)
		error_clear(err);
	return rc < 0 ? rc : 0;
}

static void turn(struct top *t)
{
	t->now = !t->now;
	arena_free(&t->arenas[t->now]);
	t->arenas[t->now] = (struct arena)ARENA_INIT;
}

/* ---- showing it */

/* Where the terminal passes each byte as it is, a line needs its carriage return. */
static char *with_returns(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *to = out;

	for (const char *from = text; out && *from != '\0'; from++) {
		if (*from == '\n')
			*to++ = '\r';
		*to++ = *from;
	}
	if (out)
		*to = '\0';
	return out;
}

static int put(const struct top *t, const char *text, struct error *err)
{
	char *shown = t->live ? with_returns(text) : NULL;
	int rc = t->live && !shown ? error_sys(err, ENOMEM, "", NULL, "cannot show the table")
				   : output_print(shown ? shown : text, err);

	free(shown);
	return rc;
}

static int write_table(FILE *to, const void *data, struct error *err)
{
	const struct top *t = data;

	(void)err;
	if (t->live)
		(void)fputs("\x1b[H\x1b[J", to);
	(t->args->json ? top_write_json : top_write_text)(to, &t->tables[t->now]);
	if (t->live)
		(void)fputs("\nq: quit\n", to);
	return 0;
}

static int show(const struct top *t, struct error *err)
{
	char *text = NULL;
	int rc = output_collect(write_table, t, &text, err);

	if (rc == 0)
		rc = put(t, text, err);
	free(text);
	return rc;
}

/* ---- going on */

static bool wants_end(struct top *t, const struct pollfd *fds)
{
	char key = '\0';

	if (fds[0].revents & POLLIN && signals_next(t->signals) != SIGWINCH)
		return true;
	if (!fds[1].revents)
		return false;
	/* ^C and ^D are bytes like others here; an end of input is one, too */
	return read(STDIN_FILENO, &key, 1) <= 0 || strchr("qQ\x03\x04", key);
}

/* 1: it is to end. */
static int wait_for(struct top *t, uint64_t milliseconds, struct error *err)
{
	const uint64_t until = now_ns() + milliseconds * 1000000;
	struct pollfd fds[2] = { { .fd = t->signals, .events = POLLIN },
				 { .fd = t->live ? STDIN_FILENO : -1, .events = POLLIN } };

	for (uint64_t now = now_ns(); now < until; now = now_ns()) {
		const int n = poll(fds, 2, (int)((until - now) / 1000000) + 1);

		if (n < 0 && errno != EINTR)
			return error_sys(err, errno, "poll", NULL, "cannot wait");
		if (n > 0 && wants_end(t, fds))
			return 1;
	}
	return 0;
}

static int run(struct top *t, struct error *err)
{
	const uint64_t interval = t->args->events_interval ? t->args->events_interval : USUAL_MS;
	int rc = look(t, err);

	/* the first table comes soon, with the use of the processor between two looks */
	for (uint64_t pause = FIRST_MS; rc == 0; pause = interval) {
		rc = wait_for(t, pause < interval ? pause : interval, err);
		if (rc != 0)
			break;
		turn(t);
		rc = look(t, err);
		if (rc == 0)
			rc = show(t, err);
		if (rc == 0 && t->args->top_once)
			break;
	}
	return rc < 0 ? rc : 0;
}

static int begin(struct top *t, struct error *err)
{
	sigset_t wanted, old;

	(void)sigemptyset(&wanted);
	for (const int *s = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, 0 }; *s; s++)
		(void)sigaddset(&wanted, *s);
	t->signals = signals_open(&wanted, &old, err);
	if (t->signals < 0)
		return t->signals;
	t->live =
	    !t->args->top_once && !t->args->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	return t->live ? tty_raw_begin(&t->raw, STDIN_FILENO, err) : 0;
}

int cmd_top(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct top t = { .args = args,
			 .arenas = { ARENA_INIT, ARENA_INIT },
			 .signals = FD_NONE,
			 .raw = { .fd = FD_NONE } };
	int rc = begin(&t, err);

	(void)report;
	if (rc == 0)
		rc = run(&t, err);
	tty_raw_end(&t.raw);
	close_fd(&t.signals);
	arena_free(&t.arenas[0]);
	arena_free(&t.arenas[1]);
	return rc;
}
