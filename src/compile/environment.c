/*
 * environment.c - see environment.h.
 *
 * The environment of the config, and what is known inside only: the home directory, the pid.
 */
#include "compile/environment.h"

#include <string.h>

enum {
	HOME_ROOM = 1024, /* bytes of "HOME=..." that tare-init may fill in */
	PID_ROOM = 24,    /* "LISTEN_PID=" and digits */
	EXTRA = 4,        /* entries beside those of the config: LISTEN_*, NOTIFY_SOCKET */
};

/* The value of a variable in the config's environment (the last one wins), or NULL. */
const char *environment_value(const struct oci_process *process, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;

	for (size_t i = 0; i < process->env.count; i++) {
		if (strncmp(process->env.items[i], name, len) == 0 &&
		    process->env.items[i][len] == '=')
			value = process->env.items[i] + len + 1;
	}
	return value;
}

static size_t hash_name(const char *entry, size_t len)
{
	size_t hash = 5381;

	for (size_t i = 0; i < len; i++)
		hash = hash * 33 + (unsigned char)entry[i];
	return hash;
}

/* Add the name of an entry to a table of twice the room needed; false if it is there already. */
static bool add_name(const char **table, size_t room, const char *entry)
{
	size_t len = strcspn(entry, "="), at = hash_name(entry, len) % room;

	for (; table[at]; at = (at + 1) % room) {
		if (strncmp(table[at], entry, len) == 0 &&
		    (table[at][len] == '=' || table[at][len] == '\0'))
			return false;
	}
	table[at] = entry;
	return true;
}

/* Ours come last, so that they win; those that a step fills in are only names here. */
static size_t add_extra(struct compile *c, const struct environment *environment,
			const char *extra[EXTRA])
{
	const struct compile_options *options = c->options;
	size_t count = 0;

	if (options->notify)
		extra[count++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	if (!environment->listen)
		return count;
	extra[count++] = "LISTEN_PID";
	extra[count++] = compile_format(c, "LISTEN_FDS=%u", options->listen_fds);
	if (options->listen_fdnames)
		extra[count++] = compile_format(c, "LISTEN_FDNAMES=%s", options->listen_fdnames);
	return count;
}

/* getenv() finds the first of a name, runc lets the last win: only that one is passed on. */
static const char **collect(struct compile *c, const struct environment *environment, size_t *count)
{
	const struct oci_strings *given = &c->config->process->env;
	const size_t most = given->count + EXTRA + 1, room = 2 * most + 1;
	const char **table = arena_array(c->arena, room, sizeof(*table));
	const char **env = arena_array(c->arena, most, sizeof(*env));
	const char *extra[EXTRA];
	size_t first = most;

	*count = 0;
	c->out_of_memory |= !table || !env;
	if (!table || !env)
		return NULL;
	if (environment->home)
		env[--first] = "HOME";
	for (size_t i = add_extra(c, environment, extra); i-- > 0;) {
		(void)add_name(table, room, extra[i]);
		env[--first] = extra[i];
	}
	for (size_t i = given->count; i-- > 0;) {
		if (add_name(table, room, given->items[i]))
			env[--first] = given->items[i];
	}
	*count = most - first;
	memmove(env, env + first, *count * sizeof(*env));
	return env;
}

void environment_emit_home(struct compile *c, struct environment *environment)
{
	const struct oci_process *process = c->config->process;
	char room[HOME_ROOM] = "HOME=/";
	struct step_home *step;

	if (environment_value(process, "HOME"))
		return;
	step = program_add(c->program, STEP_HOME, "/process/env");
	step->uid = process->user ? process->user->uid : 0;
	step->entry = program_data(c->program, room, sizeof(room));
	environment->home = step;
}

void environment_emit_listen(struct compile *c, struct environment *environment)
{
	char room[PID_ROOM] = "LISTEN_PID=";
	struct step_listen *step;

	if (c->options->listen_fds == 0)
		return;
	step = program_add(c->program, STEP_LISTEN, NULL);
	step->entry = program_data(c->program, room, sizeof(room));
	environment->listen = step;
}

/* Let the entry of this name be the one that a step fills in. */
static void refer(struct compile *c, struct program_ref list, const char *name,
		  struct program_ref entry)
{
	uint64_t offset, target = entry.offset;

	for (size_t i = 0; i < list.length && !c->program->overflow; i++) {
		char *at = c->program->base + list.offset + i * sizeof(offset);

		memcpy(&offset, at, sizeof(offset));
		if (strcmp(c->program->base + offset, name) == 0)
			memcpy(at, &target, sizeof(target));
	}
}

void environment_emit_exec(struct compile *c, const struct environment *environment)
{
	const struct oci_strings *args = &c->config->process->args;
	size_t count;
	const char **env = collect(c, environment, &count);
	struct step_exec *step = program_add(c->program, STEP_EXEC, "/process/args/0");

	step->argv = program_list(c->program, (const char *const *)args->items, args->count);
	if (!env)
		return;
	step->env = program_list(c->program, env, count);
	if (environment->home)
		refer(c, step->env, "HOME", environment->home->entry);
	if (environment->listen)
		refer(c, step->env, "LISTEN_PID", environment->listen->entry);
}
