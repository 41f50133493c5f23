/* program.c - see program.h. */
#include "compile/program.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/*
 * The block is reserved once, so that steps never move; pages that are not used cost nothing.
 * The limit is far above what a config of 16 MiB asks for in earnest.
 */
enum { RESERVED = 128 * 1024 * 1024 };

static const struct {
	const char *name;
	const char *title;
	uint32_t size;
} kinds[STEP_COUNT] = {
#define STEP(ID, name, what, fields) [STEP_##ID] = { #name, what, sizeof(struct step_##name) },
#include "tare/steps.def"
#undef STEP
};

#define NUM(field)  { #field, FIELD_NUM },
#define OCT(field)  { #field, FIELD_OCT },
#define ATTR(field) { #field, FIELD_ATTR },
#define PROP(field) { #field, FIELD_PROP },
#define NS(field)   { #field, FIELD_NS },
#define CAPS(field) { #field, FIELD_CAPS },
#define STR(field)  { #field, FIELD_STR },
#define DATA(field) { #field, FIELD_DATA },
#define LIST(field) { #field, FIELD_LIST },
#define FD(field)   { #field, FIELD_FD },
#define REF(field)  { #field, FIELD_REF },
#define STEP(ID, name, what, fields)                                                               \
	static const struct program_field fields_of_##name[] = { fields{ NULL, FIELD_NUM } };
#include "tare/steps.def"
#undef STEP

static const struct program_field *const fields_of[STEP_COUNT] = {
#define STEP(ID, name, what, fields) [STEP_##ID] = fields_of_##name,
#include "tare/steps.def"
#undef STEP
};

int program_init(struct program *program, struct error *err)
{
	void *at = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	memset(program, 0, sizeof(*program));
	if (at == MAP_FAILED)
		return error_sys(err, errno, "mmap", NULL, "cannot reserve memory for the program");
	program->base = at;
	program->used = sizeof(struct program_header);
	return 0;
}

void program_free(struct program *program)
{
	if (program->base)
		(void)munmap(program->base, RESERVED);
	program->base = NULL;
}

static struct step *step_at(const struct program *program, uint32_t offset)
{
	return (struct step *)(void *)(program->base + offset);
}

/* Take room. On overflow the block is garbage, but everything stays inside of it. */
static uint32_t take(struct program *program, size_t size)
{
	size_t need = (size + 7) & ~(size_t)7;
	uint32_t at = program->used;

	if (size > RESERVED || need > RESERVED - at) {
		program->overflow = true;
		return 0;
	}
	program->used += (uint32_t)need;
	if (program->last)
		step_at(program, program->last)->size = program->used - program->last;
	return at;
}

void *program_add(struct program *program, enum step_kind kind, const char *origin)
{
	struct program_header *header = (void *)program->base;
	const struct program_field *field = fields_of[kind];
	struct step *step;
	uint32_t at;

	program->last = 0;
	at = take(program, kinds[kind].size);
	if (at == 0) { /* overflow: write over the first step, which nobody will run */
		at = sizeof(struct program_header);
		memset(program->base + at, 0, kinds[kind].size);
	}
	step = step_at(program, at);
	step->kind = kind;
	step->size = kinds[kind].size;
	step->index = header->step_count++;
	for (uint64_t *value = (uint64_t *)(void *)(step + 1); field->name; field++, value++) {
		if (field->kind == FIELD_FD)
			*value = UINT64_MAX;
	}
	program->last = at;
	if (origin && origin[0] != '\0')
		step->origin = program_str(program, origin).offset;
	return step;
}

struct program_ref program_data(struct program *program, const void *data, size_t size)
{
	struct program_ref ref = { 0, 0 };
	uint32_t at = take(program, size + 1); /* strings end with NUL, fresh memory is zero */

	if (at == 0)
		return ref;
	if (size > 0)
		memcpy(program->base + at, data, size);
	ref.offset = at;
	ref.length = (uint32_t)size;
	return ref;
}

struct program_ref program_str(struct program *program, const char *text)
{
	struct program_ref none = { 0, 0 };

	return text ? program_data(program, text, strlen(text)) : none;
}

struct program_ref program_list(struct program *program, const char *const *items, size_t count)
{
	struct program_ref ref = { 0, 0 };
	uint32_t at;

	if (count >= RESERVED / sizeof(uint64_t)) {
		program->overflow = true;
		return ref;
	}
	at = take(program, (count + 1) * sizeof(uint64_t));
	if (at == 0)
		return ref;
	for (size_t i = 0; i < count; i++) {
		uint64_t entry = items[i] ? program_str(program, items[i]).offset : 0;

		memcpy(program->base + at + i * sizeof(entry), &entry, sizeof(entry));
	}
	ref.offset = at;
	ref.length = (uint32_t)count;
	return ref;
}

uint64_t program_offset(const struct program *program, const void *step)
{
	return (uint64_t)((const char *)step - program->base);
}

int program_finish(struct program *program, bool trace, struct error *err)
{
	struct program_header *header = (void *)program->base;

	header->magic = PROGRAM_MAGIC;
	header->version = PROGRAM_VERSION;
	header->steps = sizeof(*header);
	header->steps_end = program->used;
	program->last = 0;
	if (trace)
		header->times = take(program, header->step_count * sizeof(struct program_time));
	header->size = program->used;
	if (program->overflow)
		return error_set(err, E2BIG, NULL,
				 "the config asks for a program of more than %d MiB",
				 RESERVED / 1024 / 1024);
	return 0;
}

struct step *program_first(const struct program *program)
{
	const struct program_header *header = (const void *)program->base;

	return header->steps < header->steps_end ? step_at(program, header->steps) : NULL;
}

struct step *program_next(const struct program *program, const struct step *step)
{
	const struct program_header *header = (const void *)program->base;
	uint32_t next = (uint32_t)program_offset(program, step) + step->size;

	return next < header->steps_end ? step_at(program, next) : NULL;
}

const char *program_text(const struct program *program, struct program_ref ref)
{
	return ref.offset ? program->base + ref.offset : "";
}

const char *program_entry(const struct program *program, struct program_ref list, uint32_t i)
{
	uint64_t offset;

	memcpy(&offset, program->base + list.offset + i * sizeof(offset), sizeof(offset));
	return offset ? program->base + offset : NULL;
}

const char *program_origin(const struct program *program, const struct step *step)
{
	return step->origin ? program->base + step->origin : "";
}

const char *program_step_name(uint32_t kind)
{
	return kind < STEP_COUNT && kinds[kind].name ? kinds[kind].name : "unknown";
}

const char *program_step_title(uint32_t kind)
{
	return kind < STEP_COUNT && kinds[kind].title ? kinds[kind].title : "unknown step";
}

const struct program_field *program_fields(uint32_t kind)
{
	return fields_of[kind];
}
