/* paths.c - sysctl, maskedPaths, readonlyPaths. */
#include "compile/compile.h"

#include <string.h>

/*
 * As sysctl(8): if the first separator is a slash, slashes separate and dots belong to names;
 * otherwise the other way round ("net.ipv4.conf.eth0/100.forwarding").
 */
static char *sysctl_path(struct compile *c, const char *key)
{
	char *path = arena_strdup(c->arena, key);
	size_t first = strcspn(key, "./");

	if (!path || key[first] == '/')
		return path;
	for (char *p = path; *p != '\0'; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	return path;
}

/* RFC 6901: "~" and "/" in a key are written "~0" and "~1". */
static const char *key_pointer(struct compile *c, const char *parent, const char *key)
{
	char *text = arena_alloc(c->arena, strlen(parent) + 2 * strlen(key) + 2);
	char *p = text;

	if (!text)
		return parent;
	memcpy(p, parent, strlen(parent));
	p += strlen(parent);
	*p++ = '/';
	for (; *key != '\0'; key++) {
		if (*key == '~' || *key == '/') {
			*p++ = '~';
			*p++ = *key == '~' ? '0' : '1';
		} else {
			*p++ = *key;
		}
	}
	return text;
}

/* The file refuses to be written in a user namespace, the system call does not. */
static void emit_domainname(struct compile *c, const struct oci_string_pair *pair)
{
	struct step_domainname *step =
	    program_add(c->program, STEP_DOMAINNAME, key_pointer(c, "/linux/sysctl", pair->key));

	step->domainname = program_str(c->program, pair->value);
}

static void emit_sysctl(struct compile *c, const struct oci_string_pair *pair)
{
	const char *path = sysctl_path(c, pair->key);
	struct step_sysctl *step;

	if (path && strcmp(path, "kernel/domainname") == 0) {
		emit_domainname(c, pair);
		return;
	}
	step = program_add(c->program, STEP_SYSCTL, key_pointer(c, "/linux/sysctl", pair->key));
	step->key = program_str(c->program, path);
	step->value = program_str(c->program, pair->value);
}

void compile_sysctl(struct compile *c)
{
	for (size_t i = 0; i < c->linux->sysctl.count; i++)
		emit_sysctl(c, &c->linux->sysctl.items[i]);
}

/*
 * Paths under /proc and /sys are resolved from the mount that we made there, not from its name:
 * whoever shares the rootfs could rename what is in between (CVE-2019-19921).
 */
static const char *relative_to(const struct compile *c, const char *path, uint64_t *base)
{
	*base = 0;
	if (c->proc && strncmp(path, "/proc/", 6) == 0) {
		*base = program_offset(c->program, c->proc);
		return path + 6;
	}
	if (c->sys && strncmp(path, "/sys/", 5) == 0) {
		*base = program_offset(c->program, c->sys);
		return path + 5;
	}
	return path;
}

void compile_masks(struct compile *c)
{
	uint64_t base;

	for (size_t i = 0; i < c->linux->masked_paths.count; i++) {
		const char *path = compile_clean_path(c, c->linux->masked_paths.items[i]);
		struct step_mask *step = program_add(
		    c->program, STEP_MASK, compile_format(c, "/linux/maskedPaths/%zu", i));

		step->path = program_str(c->program, relative_to(c, path, &base));
		step->base = base;
	}
	for (size_t i = 0; i < c->linux->readonly_paths.count; i++) {
		const char *path = compile_clean_path(c, c->linux->readonly_paths.items[i]);
		struct step_readonly *step = program_add(
		    c->program, STEP_READONLY, compile_format(c, "/linux/readonlyPaths/%zu", i));

		step->path = program_str(c->program, relative_to(c, path, &base));
		step->base = base;
	}
}
