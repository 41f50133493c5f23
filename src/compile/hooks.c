/*
 * hooks.c - /hooks, as far as tare-init has to do with them: where it waits for those that run in
 * the runtime's namespaces, and those that it runs itself (config.md, "POSIX-platform Hooks").
 */
#include "compile/compile.h"

static const struct oci_hooks none;

static const struct oci_hooks *hooks_of(const struct compile *c)
{
	return c->config->hooks ? c->config->hooks : &none;
}

static void emit_hook(struct compile *c, const struct oci_hook *hook, const char *pointer)
{
	struct step_hook *step = program_add(c->program, STEP_HOOK, pointer);
	const size_t given = hook->args.count;
	const char **argv = arena_array(c->arena, given + 2, sizeof(*argv));

	c->out_of_memory |= !argv;
	if (!argv)
		return;
	argv[0] = hook->path; /* what is executed; the arguments follow */
	argv[1] = hook->path;
	for (size_t i = 0; i < given; i++)
		argv[1 + i] = hook->args.items[i];
	step->path = program_str(c->program, hook->path);
	step->argv = program_list(c->program, argv, given ? given + 1 : 2);
	step->env = program_list(c->program, (const char *const *)hook->env.items, hook->env.count);
	step->timeout = hook->has_timeout ? (uint64_t)hook->timeout : 0;
}

static void emit_list(struct compile *c, const struct oci_hook_list *hooks, const char *name)
{
	for (size_t i = 0; i < hooks->count; i++)
		emit_hook(c, &hooks->items[i], compile_format(c, "/hooks/%s/%zu", name, i));
}

void compile_create_hooks(struct compile *c)
{
	const struct oci_hooks *hooks = hooks_of(c);
	struct step_await *await;

	if (hooks->prestart.count + hooks->create_runtime.count + hooks->create_container.count +
		hooks->start_container.count ==
	    0)
		return;
	await = program_add(c->program, STEP_AWAIT, "/hooks");
	await->milestone = MILESTONE_RUNTIME;
	emit_list(c, &hooks->create_container, "createContainer");
}

void compile_start_hooks(struct compile *c)
{
	if (!c->options->exec)
		emit_list(c, &hooks_of(c)->start_container, "startContainer");
}
