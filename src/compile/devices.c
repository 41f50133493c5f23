/*
 * devices.c - /dev: the default devices and links (config-linux.md "Default Devices"), the
 * devices of the config, and the terminal.
 */
#include "compile/compile.h"

#include <sys/stat.h>
#include <string.h>

struct device {
	const char *path;
	uint64_t mode; /* with the type */
	uint64_t major;
	uint64_t minor;
	uint64_t uid;
	uint64_t gid;
	const char *pointer;
};

static const struct device defaults[] = {
	{ "/dev/null", S_IFCHR | 0666, 1, 3, 0, 0, NULL },
	{ "/dev/zero", S_IFCHR | 0666, 1, 5, 0, 0, NULL },
	{ "/dev/full", S_IFCHR | 0666, 1, 7, 0, 0, NULL },
	{ "/dev/random", S_IFCHR | 0666, 1, 8, 0, 0, NULL },
	{ "/dev/urandom", S_IFCHR | 0666, 1, 9, 0, 0, NULL },
	{ "/dev/tty", S_IFCHR | 0666, 5, 0, 0, 0, NULL },
};

static const struct {
	const char *path;
	const char *content;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/ptmx", "pts/ptmx" },
};

/* A bound /dev is the business of whoever bound it (as with runc). */
static bool dev_is_bound(struct compile *c)
{
	for (size_t i = 0; i < c->config->mounts.count; i++) {
		const struct oci_mount *m = &c->config->mounts.items[i];
		bool bind = m->type && strcmp(m->type, "bind") == 0;

		for (size_t k = 0; k < m->options.count; k++)
			bind |= strcmp(m->options.items[k], "bind") == 0 ||
				strcmp(m->options.items[k], "rbind") == 0;
		if (bind && strcmp(compile_clean_path(c, m->destination), "/dev") == 0)
			return true;
	}
	return false;
}

/*
 * A user namespace may not mknod, neither the container's own nor the caller's (podman of a user is
 * root in one): the host's device of the same name is bound there.
 */
static void emit_device(struct compile *c, const struct device *device)
{
	struct step_device_bind *bind;
	struct step_device *step;

	if ((c->user_namespace || c->facts->in_user_namespace) &&
	    (device->mode & S_IFMT) != S_IFIFO) {
		bind = program_add(c->program, STEP_DEVICE_BIND, device->pointer);
		bind->target = program_str(c->program, device->path);
		bind->source = program_str(c->program, device->path);
		return;
	}
	step = program_add(c->program, STEP_DEVICE, device->pointer);
	step->target = program_str(c->program, device->path);
	step->mode = device->mode;
	step->major = device->major;
	step->minor = device->minor;
	step->uid = device->uid;
	step->gid = device->gid;
}

static uint64_t device_type(const char *type)
{
	switch (type[0]) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default: /* c, u */
		return S_IFCHR;
	}
}

static void emit_configured(struct compile *c, size_t index)
{
	const struct oci_device *item = &c->linux->devices.items[index];
	struct device device = {
		.path = compile_clean_path(c, item->path),
		.mode = device_type(item->type) |
			(item->has_file_mode ? item->file_mode & 07777 : 0666),
		.major = (uint64_t)item->major,
		.minor = (uint64_t)item->minor,
		.uid = item->uid,
		.gid = item->gid,
		.pointer = compile_format(c, "/linux/devices/%zu", index),
	};

	emit_device(c, &device);
}

static bool is_configured(struct compile *c, const char *path)
{
	for (size_t i = 0; i < c->linux->devices.count; i++) {
		const char *clean = compile_clean_path(c, c->linux->devices.items[i].path);

		if (clean && strcmp(clean, path) == 0)
			return true;
	}
	return false;
}

static void emit_links(struct compile *c)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct step_symlink *step = program_add(c->program, STEP_SYMLINK, NULL);

		step->target = program_str(c->program, links[i].path);
		step->content = program_str(c->program, links[i].content);
	}
}

void compile_devices(struct compile *c)
{
	bool bound = dev_is_bound(c);

	for (size_t i = 0; !bound && i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (!is_configured(c, defaults[i].path))
			emit_device(c, &defaults[i]);
	}
	for (size_t i = 0; i < c->linux->devices.count; i++)
		emit_configured(c, i);
	if (!bound)
		emit_links(c);
}

void compile_console(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	struct step_console *step;

	if (!process || !process->terminal)
		return;
	step = program_add(c->program, STEP_CONSOLE, "/process/terminal");
	step->rows = c->options->rows;
	step->columns = c->options->columns;
	if (process->console_size) {
		step->rows = process->console_size->height;
		step->columns = process->console_size->width;
	}
	step->uid = process->user ? process->user->uid : 0;
	step->bind = !c->options->exec;
	c->program->host.terminal = true;
}
