/*
 * create.c - the inside of a container's creation, in order, with the reason for each position.
 *
 * This page is the one place where the order is written (its twin for the host is
 * src/container/create.c). Each call emits the steps of one part of config.json.
 */
#include "compile/create.h"
#include "compile/compile.h"
#include "compile/seccomp.h"
#include "ocispec/map.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int emit_all(struct compile *c)
{
	int rc;

	/* Nothing that leaked in survives an exec; nobody may look into us; ids before files. */
	compile_enter(c);

	/* Namespaces that are made or furnished from inside. Names need no root filesystem. */
	compile_namespaces(c);

	/* Attached before anything is mounted into it: mounting into a detached tree needs 6.15. */
	compile_root(c);

	/* In the order of the config. A procfs among them serves sysctls and labels by its fd. */
	rc = compile_mounts(c);
	if (rc < 0)
		return rc;

	/*
	 * So far the host worked beside us, unless a mount copies from the image. From here on we
	 * are limited, guarded and in our cgroups.
	 */
	compile_await_limits(c);

	/* Into /dev as it is now, whatever the config or the image put there. */
	compile_devices(c);
	compile_console(c);

	/* Everything is mounted, and the host's root still in reach: prestart to createContainer.
	 */
	compile_create_hooks(c);

	/* Through the procfs above, while it is still writable. */
	compile_sysctl(c);

	/* After every mount: a later one could uncover what is hidden. */
	compile_masks(c);

	/* The last things that are created, then everything that had to stay writable closes. */
	compile_cwd(c);
	compile_finish_mounts(c);
	compile_root_readonly(c);

	/* All mounts are there and the host's are still visible: now they go. */
	compile_pivot(c);

	/* Who the process is: see process.c, where the privileges go one by one. */
	return compile_process(c);
}

typedef int emitter(struct compile *c);

static int compile_with(emitter *emit, struct compile *c)
{
	static const struct oci_linux empty;
	int rc = program_init(c->program, c->err);

	if (rc < 0)
		return rc;
	c->linux = c->config->linux ? c->config->linux : &empty;
	c->given_filter = oci_map_get(&c->config->annotations, SECCOMP_GIVEN);
	c->profile = c->given_filter ? NULL : c->linux->seccomp;
	c->facts = c->options->facts;
	c->arena = c->options->arena;
	c->log = c->options->log;
	rc = emit(c);
	if (rc == 0 && c->out_of_memory)
		rc = error_sys(c->err, ENOMEM, "", NULL, "cannot compile the config");
	if (rc == 0)
		rc = program_finish(c->program, c->options->trace, c->err);
	if (rc < 0)
		program_free(c->program);
	return rc;
}

static int emit_create(struct compile *c)
{
	compile_read_namespaces(c);
	return emit_all(c);
}

int compile_create(const struct oci_config *config, const struct compile_options *options,
		   struct program *out, struct error *err)
{
	struct compile c = { .config = config, .options = options, .program = out, .err = err };

	return compile_with(emit_create, &c);
}

static int emit_exec(struct compile *c)
{
	/* Hidden before the container's processes could see us; rated by the host. */
	compile_enter_container(c);
	compile_console(c);
	return compile_process(c);
}

int compile_exec(const struct oci_config *config, const struct compile_options *options,
		 struct program *out, struct error *err)
{
	struct compile c = { .config = config, .options = options, .program = out, .err = err };

	return compile_with(emit_exec, &c);
}

int compile_add_mounts(const struct oci_config *config, const struct compile_options *options,
		       struct program *out, struct error *err)
{
	struct compile c = { .config = config, .options = options, .program = out, .err = err };

	return compile_with(compile_added_mounts, &c);
}

int compile_remove_mounts(const struct oci_config *config, const struct compile_options *options,
			  struct program *out, struct error *err)
{
	struct compile c = { .config = config, .options = options, .program = out, .err = err };

	return compile_with(compile_removed_mounts, &c);
}

bool compile_is_new(const struct compile *c, enum oci_namespace_type type)
{
	return c->namespaces[type].present && !c->namespaces[type].path;
}

const char *compile_format(struct compile *c, const char *format, ...)
{
	char *text = NULL;
	const char *copy;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	copy = len < 0 ? NULL : arena_strndup(c->arena, text, (size_t)len);
	if (len >= 0)
		free(text);
	c->out_of_memory |= !copy;
	return copy ? copy : "";
}

/* Drop the last component of a path under construction. */
static size_t go_up(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

const char *compile_clean_path(struct compile *c, const char *path)
{
	char *clean = arena_alloc(c->arena, strlen(path) + 2);
	size_t len = 0;

	if (!clean) {
		c->out_of_memory = true;
		return "/";
	}
	while (*path != '\0') {
		size_t part = strcspn(path, "/");

		if (part == 2 && path[0] == '.' && path[1] == '.') {
			len = go_up(clean, len);
		} else if (part > 0 && !(part == 1 && path[0] == '.')) {
			clean[len++] = '/';
			memcpy(clean + len, path, part);
			len += part;
		}
		path += part;
		path += *path == '/';
	}
	if (len == 0)
		clean[len++] = '/';
	clean[len] = '\0';
	return clean;
}
