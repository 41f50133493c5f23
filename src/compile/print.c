/* print.c - see print.h. Everything derives from the tables of steps.def. */
#include "compile/print.h"
#include "host/capabilities.h"

#include <inttypes.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

struct flag {
	uint64_t value;
	const char *name;
};

static const struct flag attributes[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	{ MOUNT_ATTR_NOATIME, "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
	{ 0, NULL },
};

static const struct flag propagations[] = {
	{ MS_SHARED, "shared" },         { MS_SLAVE, "slave" },   { MS_PRIVATE, "private" },
	{ MS_UNBINDABLE, "unbindable" }, { MS_REC, "recursive" }, { 0, NULL },
};

static const struct flag namespaces[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWPID, "pid" },   { CLONE_NEWNET, "network" },
	{ CLONE_NEWNS, "mount" },      { CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" }, { 0, NULL },
};

static void print_flags(const struct flag *flags, uint64_t value, FILE *out)
{
	const char *separator = "";

	for (; flags->name; flags++) {
		if (!(value & flags->value) || (flags->value & (flags->value - 1)) != 0)
			continue;
		(void)fprintf(out, "%s%s", separator, flags->name);
		separator = ",";
		value &= ~flags->value;
	}
	if (value)
		(void)fprintf(out, "%s0x%" PRIx64, separator, value);
}

static void print_caps(uint64_t set, FILE *out)
{
	const char *separator = "";
	char name[64];

	if (set == 0)
		(void)fputs("none", out);
	for (int cap = 0; cap < 64; cap++) {
		if (!(set & 1ull << cap))
			continue;
		capabilities_name(cap, name, sizeof(name));
		(void)fprintf(out, "%s%s", separator, name + 4);
		separator = ",";
	}
}

/* Text of the config may hold anything: a plan is read on terminals. */
static void print_quoted(const char *text, FILE *out)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c == '\n')
			(void)fputs("\\n", out);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(out, "\\u%04x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static void print_list(const struct program *program, struct program_ref list, FILE *out)
{
	(void)fputc('[', out);
	for (uint32_t i = 0; i < list.length; i++) {
		const char *entry = program_entry(program, list, i);

		if (i > 0)
			(void)fputc(' ', out);
		if (entry)
			print_quoted(entry, out);
		else
			(void)fputc('-', out);
	}
	(void)fputc(']', out);
}

static void print_reference(const struct program *program, enum program_field_kind kind,
			    struct program_ref ref, FILE *out)
{
	if (kind == FIELD_STR)
		print_quoted(program_text(program, ref), out);
	else if (kind == FIELD_LIST)
		print_list(program, ref, out);
	else
		(void)fprintf(out, "%u bytes", ref.length);
}

/* The mask of the group, as it is cleared before one of it is set. */
static void print_attributes(uint64_t value, FILE *out)
{
	const bool group = (value & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME;

	if (group)
		value &= ~(uint64_t)MOUNT_ATTR__ATIME;
	print_flags(attributes, value, out);
	if (group)
		(void)fputs(value ? ",atime" : "atime", out);
}

static void print_number(const struct program *program, enum program_field_kind kind,
			 uint64_t value, FILE *out)
{
	if (kind == FIELD_OCT)
		(void)fprintf(out, "0%" PRIo64, value);
	else if (kind == FIELD_ATTR)
		print_attributes(value, out);
	else if (kind == FIELD_PROP)
		print_flags(propagations, value, out);
	else if (kind == FIELD_NS)
		print_flags(namespaces, value, out);
	else if (kind == FIELD_CAPS)
		print_caps(value, out);
	else if (kind == FIELD_REF)
		(void)fprintf(out, "#%u",
			      ((const struct step *)(const void *)(program->base + value))->index +
				  1);
	else
		(void)fprintf(out, "%" PRIu64, value);
}

/* What is not set is not shown, but for capabilities: an empty set says something. */
static bool is_shown(enum program_field_kind kind, uint64_t value, struct program_ref ref)
{
	if (kind == FIELD_FD)
		return false;
	if (kind == FIELD_STR || kind == FIELD_LIST || kind == FIELD_DATA)
		return ref.offset != 0;
	return value != 0 || kind == FIELD_CAPS;
}

static void print_fields(const struct program *program, const struct step *step, FILE *out)
{
	const struct program_field *field = program_fields(step->kind);
	const char *at = (const char *)(step + 1);

	for (; field->name; field++, at += sizeof(uint64_t)) {
		struct program_ref ref;
		uint64_t value;

		memcpy(&ref, at, sizeof(ref));
		memcpy(&value, at, sizeof(value));
		if (!is_shown(field->kind, value, ref))
			continue;
		(void)fprintf(out, " %s=", field->name);
		if (field->kind == FIELD_STR || field->kind == FIELD_LIST ||
		    field->kind == FIELD_DATA)
			print_reference(program, field->kind, ref, out);
		else
			print_number(program, field->kind, value, out);
	}
}

void print_steps(const struct program *program, FILE *out)
{
	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		(void)fprintf(out, "%4u  %-14s", s->index + 1, program_step_name(s->kind));
		print_fields(program, s, out);
		if (s->origin)
			(void)fprintf(out, "  <- %s", program_origin(program, s));
		(void)fputc('\n', out);
	}
}

static void print_map(const char *name, const struct oci_id_mapping_list *map, FILE *out)
{
	(void)fprintf(out, "      %s:", name);
	for (size_t i = 0; i < map->count; i++)
		(void)fprintf(out, "%s %u->%u (%u)", i > 0 ? "," : "", map->items[i].container_id,
			      map->items[i].host_id, map->items[i].size);
	(void)fputc('\n', out);
}

void print_host(const struct program *program, FILE *out)
{
	const struct program_host *host = &program->host;

	(void)fputs("      new namespaces: ", out);
	print_flags(namespaces, host->clone_flags, out);
	(void)fputc('\n', out);
	for (size_t i = 0; i < host->join_count; i++) {
		(void)fputs("      join ", out);
		print_flags(namespaces, host->joins[i].type, out);
		(void)fprintf(out, " namespace %s  <- %s\n", host->joins[i].path,
			      host->joins[i].pointer);
	}
	if (host->uid_map) {
		print_map("user ids", host->uid_map, out);
		print_map("group ids", host->gid_map, out);
	}
	if (host->has_oom_score_adj)
		(void)fprintf(out, "      OOM score adjustment: %d  <- /process/oomScoreAdj\n",
			      host->oom_score_adj);
}
