/* describe.c - see describe.h. What a step has derives from the tables of steps.def. */
#include "compile/describe.h"
#include "base/text.h"
#include "host/capabilities.h"

#include <inttypes.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/types.h>

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

/* ---- the list */

static struct argument *add(struct description *d, const char *name, enum argument_form form)
{
	struct argument *items = d->items;

	if (d->count == d->room) {
		const size_t room = d->room ? 2 * d->room : 8;

		items = arena_array(d->arena, room, sizeof(*items));
		if (items && d->count > 0)
			memcpy(items, d->items, d->count * sizeof(*items));
		d->room = items ? room : d->room;
	}
	if (!items) {
		d->failed = true;
		return NULL;
	}
	d->items = items;
	items[d->count] = (struct argument){ .name = name, .form = form, .text = "" };
	return &items[d->count++];
}

static void add_text(struct description *d, const char *name, enum argument_form form,
		     const char *text)
{
	struct argument *argument = add(d, name, form);

	d->failed |= !text;
	if (argument && text)
		argument->text = text;
}

void describe_text(struct description *d, const char *name, const char *text)
{
	add_text(d, name, ARGUMENT_TEXT, text);
}

void describe_number(struct description *d, const char *name, int64_t number)
{
	add_text(d, name, ARGUMENT_NUMBER, arena_format(d->arena, "%" PRId64, number));
}

void describe_word(struct description *d, const char *name, const char *word)
{
	add_text(d, name, ARGUMENT_WORD, word);
}

void describe_list(struct description *d, const char *name, const char *const *items, size_t count)
{
	struct argument *argument = add(d, name, ARGUMENT_LIST);

	if (!argument)
		return;
	argument->items = items;
	argument->count = count;
}

void describe_aside(struct description *d)
{
	if (d->count > 0)
		d->items[d->count - 1].same = "";
}

bool describe_same(const struct argument *a, const struct argument *b)
{
	const char *left = a->same ? a->same : a->text, *right = b->same ? b->same : b->text;

	if (a->form != b->form || a->count != b->count || strcmp(left, right) != 0)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!text_equal(a->items[i], b->items[i]))
			return false;
	}
	return true;
}

/* ---- values */

/* A text that grows in the arena; each addition makes it anew, which is fine for a few words. */
static const char *join(struct description *d, const char *text, const char *word)
{
	const char *joined =
	    text ? arena_format(d->arena, "%s%s%s", text, text[0] ? "," : "", word) : NULL;

	d->failed |= !joined;
	return joined;
}

static const char *flags_text(struct description *d, const struct flag *flags, uint64_t value)
{
	const char *text = "";
	char rest[24];

	for (; flags->name; flags++) {
		if (!(value & flags->value) || (flags->value & (flags->value - 1)) != 0)
			continue;
		text = join(d, text, flags->name);
		value &= ~flags->value;
	}
	(void)snprintf(rest, sizeof(rest), "0x%" PRIx64, value);
	return value ? join(d, text, rest) : text;
}

const char *describe_namespaces(struct description *d, uint64_t flags)
{
	return flags_text(d, namespaces, flags);
}

/* The mask of the group, as it is cleared before one of it is set. */
static const char *attributes_text(struct description *d, uint64_t value)
{
	const bool group = (value & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME;
	const char *text;

	if (group)
		value &= ~(uint64_t)MOUNT_ATTR__ATIME;
	text = flags_text(d, attributes, value);
	return group ? join(d, text, "atime") : text;
}

static const char *caps_text(struct description *d, uint64_t set)
{
	const char *text = "";
	char name[64];

	for (int cap = 0; cap < 64; cap++) {
		if (!(set & 1ull << cap))
			continue;
		capabilities_name(cap, name, sizeof(name));
		text = join(d, text, name + 4);
	}
	return set == 0 ? "none" : text;
}

/* FNV-1a: enough to tell one filter from another. */
static uint64_t hash_of(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

/* ---- fields */

static void add_list(struct description *d, const char *name, const struct program *program,
		     struct program_ref list)
{
	const char **items = arena_array(d->arena, list.length + 1, sizeof(*items));

	d->failed |= !items;
	for (uint32_t i = 0; items && i < list.length; i++)
		items[i] = program_entry(program, list, i);
	describe_list(d, name, items, items ? list.length : 0);
}

static void add_gids(struct description *d, const char *name, const char *data, size_t size)
{
	const size_t count = size / sizeof(gid_t);
	const char **items = arena_array(d->arena, count + 1, sizeof(*items));

	d->failed |= !items;
	for (size_t i = 0; items && i < count; i++) {
		gid_t gid;

		memcpy(&gid, data + i * sizeof(gid), sizeof(gid));
		items[i] = arena_format(d->arena, "%u", (unsigned)gid);
		d->failed |= !items[i];
	}
	describe_list(d, name, items, items ? count : 0);
}

/* Which bits are set: CPUs or nodes. */
static void add_bits(struct description *d, const char *name, const char *data, size_t size)
{
	const char *text = "";
	char number[24];

	for (size_t bit = 0; bit < size * 8; bit++) {
		if (!(data[bit / 8] >> bit % 8 & 1))
			continue;
		(void)snprintf(number, sizeof(number), "%zu", bit);
		text = join(d, text, number);
	}
	describe_word(d, name, text);
}

/* What nobody can read in full has its size, and something to tell it from others by. */
static void add_data(struct description *d, const char *name, const struct program *program,
		     const struct step *step, struct program_ref ref)
{
	const char *data = program->base + ref.offset;

	if (step->kind == STEP_GROUPS) {
		add_gids(d, name, data, ref.length);
	} else if (step->kind == STEP_AFFINITY || step->kind == STEP_MEMORY_POLICY) {
		add_bits(d, name, data, ref.length);
	} else if (step->kind == STEP_SECCOMP) {
		describe_number(d, "instructions",
				(int64_t)(ref.length / sizeof(struct sock_filter)));
		describe_word(d, name,
			      arena_format(d->arena, "%016" PRIx64, hash_of(data, ref.length)));
	} else { /* room, filled inside */
		describe_word(d, name, arena_format(d->arena, "%u bytes", ref.length));
	}
}

/* Another step, by its number; and, whatever its number is, by what it is about. */
static void add_step(struct description *d, const char *name, const struct program *program,
		     uint64_t offset)
{
	const struct step *other = (const void *)(program->base + offset);
	struct description about = { .arena = d->arena };
	struct argument *argument = add(d, name, ARGUMENT_WORD);
	const char *same = program_step_name(other->kind);

	describe_step(&about, program, other);
	for (size_t i = 0; i < about.count && same; i++) {
		if (about.items[i].form == ARGUMENT_TEXT)
			same = arena_format(d->arena, "%s %s=%s", same, about.items[i].name,
					    about.items[i].text);
	}
	d->failed |= about.failed || !same;
	if (!argument)
		return;
	argument->text = arena_format(d->arena, "#%u", other->index + 1);
	argument->same = same;
	d->failed |= !argument->text;
}

static void add_number(struct description *d, const struct program *program,
		       const struct program_field *field, uint64_t value)
{
	if (field->kind == FIELD_OCT)
		describe_word(d, field->name, arena_format(d->arena, "0%" PRIo64, value));
	else if (field->kind == FIELD_ATTR)
		describe_word(d, field->name, attributes_text(d, value));
	else if (field->kind == FIELD_PROP)
		describe_word(d, field->name, flags_text(d, propagations, value));
	else if (field->kind == FIELD_NS)
		describe_word(d, field->name, describe_namespaces(d, value));
	else if (field->kind == FIELD_CAPS)
		describe_word(d, field->name, caps_text(d, value));
	else if (field->kind == FIELD_REF)
		add_step(d, field->name, program, value);
	else
		add_text(d, field->name, ARGUMENT_NUMBER,
			 arena_format(d->arena, "%" PRIu64, value));
}

static bool is_reference(enum program_field_kind kind)
{
	return kind == FIELD_STR || kind == FIELD_LIST || kind == FIELD_DATA;
}

/* What is not set is not shown, but for capabilities: an empty set says something. */
static bool is_shown(enum program_field_kind kind, uint64_t value, struct program_ref ref)
{
	if (kind == FIELD_FD)
		return false;
	if (is_reference(kind))
		return ref.offset != 0;
	return value != 0 || kind == FIELD_CAPS;
}

void describe_step(struct description *d, const struct program *program, const struct step *step)
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
		if (field->kind == FIELD_STR)
			describe_text(d, field->name, program_text(program, ref));
		else if (field->kind == FIELD_LIST)
			add_list(d, field->name, program, ref);
		else if (field->kind == FIELD_DATA)
			add_data(d, field->name, program, step, ref);
		else
			add_number(d, program, field, value);
	}
}

/* ---- as text */

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
		else if (c == 0xc2 && (unsigned char)text[1] < 0xa0) /* C1: controls, too */
			(void)fprintf(out, "\\u%04x", (unsigned char)*++text);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static void print_items(const struct argument *argument, FILE *out)
{
	(void)fputc('[', out);
	for (size_t i = 0; i < argument->count; i++) {
		if (i > 0)
			(void)fputc(' ', out);
		if (argument->items[i])
			print_quoted(argument->items[i], out);
		else
			(void)fputc('-', out);
	}
	(void)fputc(']', out);
}

void describe_print_value(const struct argument *argument, FILE *out)
{
	if (argument->form == ARGUMENT_LIST)
		print_items(argument, out);
	else if (argument->form == ARGUMENT_TEXT)
		print_quoted(argument->text, out);
	else
		(void)fputs(argument->text, out);
}

void describe_print(const struct description *d, FILE *out)
{
	for (size_t i = 0; i < d->count; i++) {
		(void)fprintf(out, " %s=", d->items[i].name);
		describe_print_value(&d->items[i], out);
	}
}
