/* cmd_list.c - tare list: all containers, as a table, as JSON, or their ids alone. */
#include "cli/buffer.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "container/lifecycle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE CODE_LIST

enum { COLUMNS = 6, GAP = 3, WIDTH_MIN = 12 };

/* One line of the table. */
struct row {
	const char *cells[COLUMNS];
};

/* A container that ends while we look is no news; one that cannot be read is. */
static int read_states(const struct arguments *args, const struct oci_strings *ids,
		       struct arena *arena, struct oci_state_list *states, struct log *log)
{
	states->items = arena_array(arena, ids->count, sizeof(*states->items));
	if (!states->items)
		return -ENOMEM;
	for (size_t i = 0; i < ids->count; i++) {
		struct container_name name = { args->container.root, ids->items[i] };
		struct oci_state *state = &states->items[states->count];
		struct error err;
		int ret = 0;

		error_clear(&err);
		ret = container_state(&name, arena, state, &err);
		state->has_pid = true; /* 0 when it has stopped */
		if (ret == 0)
			states->count++;
		else
			memset(state, 0, sizeof(*state));
		if (ret < 0 && ret != -ENOENT)
			log_warn(log, NULL, "%s is left out: %s", name.id, err.message);
	}
	return 0;
}

static void write_ids(FILE *to, const struct oci_strings *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		(void)fprintf(to, "%s\n", ids->items[i]);
}

static int write_json(FILE *to, struct arena *arena, const struct oci_state_list *states)
{
	(void)fputc('[', to);
	for (size_t i = 0; i < states->count; i++) {
		struct oci_text text = { 0 };
		int ret = oci_write(arena, oci_state_type, &states->items[i], OCI_COMPACT, &text);

		if (ret < 0)
			return ret;
		(void)fprintf(to, "%s%s", i > 0 ? "," : "", text.data);
	}
	(void)fputs("]\n", to);
	return 0;
}

/* A path may hold anything, also what steers a terminal. */
static const char *show(struct arena *arena, const char *text)
{
	struct buffer shown;

	buffer_clear(&shown);
	buffer_add_escaped(&shown, BUFFER_TERMINAL, text ? text : "", BUFFER_SIZE);
	return arena_strdup(arena, shown.data);
}

static bool fill_row(struct arena *arena, const struct oci_state *state, struct row *row)
{
	row->cells[0] = show(arena, state->id);
	row->cells[1] = arena_format(arena, "%d", (int)state->pid);
	row->cells[2] = show(arena, oci_status_name(state->status));
	row->cells[3] = show(arena, state->bundle);
	row->cells[4] = show(arena, state->created);
	row->cells[5] = show(arena, state->owner);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!row->cells[i])
			return false;
	}
	return true;
}

/* In characters: bytes that do not continue one. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void write_rows(FILE *to, const struct row *rows, size_t count)
{
	int widths[COLUMNS];

	for (size_t column = 0; column < COLUMNS; column++) {
		widths[column] = WIDTH_MIN;
		for (size_t i = 0; i < count; i++) {
			int width = width_of(rows[i].cells[column]) + GAP;

			if (width > widths[column])
				widths[column] = width;
		}
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column + 1 < COLUMNS; column++) {
			const char *cell = rows[i].cells[column];

			(void)fprintf(to, "%s%*s", cell, widths[column] - width_of(cell), "");
		}
		(void)fprintf(to, "%s\n", rows[i].cells[COLUMNS - 1]);
	}
}

static int write_table(FILE *to, struct arena *arena, const struct oci_state_list *states)
{
	static const struct row header = { { "ID", "PID", "STATUS", "BUNDLE", "CREATED",
					     "OWNER" } };
	struct row *rows = arena_array(arena, states->count + 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	rows[0] = header;
	for (size_t i = 0; i < states->count; i++) {
		if (!fill_row(arena, &states->items[i], &rows[i + 1]))
			return -ENOMEM;
	}
	write_rows(to, rows, states->count + 1);
	return 0;
}

struct listing {
	const struct arguments *args;
	struct arena *arena;
	struct oci_strings ids;
	struct log *log;
};

static int write_list(FILE *to, const void *data, struct error *err)
{
	const struct listing *l = data;
	struct oci_state_list states = { 0 };
	int ret = 0;

	if (l->args->list_quiet) {
		write_ids(to, &l->ids);
		return 0;
	}
	ret = read_states(l->args, &l->ids, l->arena, &states, l->log);
	if (ret == 0)
		ret = l->args->json ? write_json(to, l->arena, &states)
				    : write_table(to, l->arena, &states);
	return ret < 0 ? error_sys(err, -ret, "", NULL, "cannot write the list") : 0;
}

int cmd_list(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct listing listing = { .args = args, .arena = &arena, .log = &report->log };
	int ret = container_list(args->container.root, &arena, &listing.ids, err);

	if (ret == 0)
		ret = output_written(write_list, &listing, err);
	arena_free(&arena);
	return ret;
}
