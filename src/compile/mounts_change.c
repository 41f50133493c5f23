/*
 * mounts_change.c - mounts that a running container gets, or loses: all of them or none.
 *
 * What the config hides or makes read-only stays so: that was done after its mounts were made, so a
 * mount that comes later could show it again, and one that goes could take the mask along.
 */
#include "compile/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Is `path` the place `of`, or above it? Both are clean. */
static bool holds(const char *path, const char *of)
{
	const size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

	return strncmp(path, of, len) == 0 && (of[len] == '\0' || of[len] == '/');
}

/* One list of the config, and what is said of a mount at or above a path of it. */
struct protection {
	const struct oci_strings *paths;
	const char *what;
	bool below; /* a mount below it would be new there, and not be protected */
};

static int refuse(struct compile *c, size_t index, const char *why)
{
	int rc = error_set(c->err, EPERM, compile_format(c, "/mounts/%zu/destination", index), "%s",
			   why);

	error_refine(c->err, CODE_MOUNT_PROTECTED);
	return rc;
}

static int check_place(struct compile *c, const struct protection *of, size_t index, bool add)
{
	const char *place = compile_clean_path(c, c->config->mounts.items[index].destination);

	for (size_t i = 0; i < of->paths->count; i++) {
		const char *path = compile_clean_path(c, of->paths->items[i]);

		if (holds(place, path) || (add && of->below && holds(path, place)))
			return refuse(
			    c, index,
			    compile_format(c, "cannot %s the mount on %s: the config %s %s",
					   add ? "add" : "remove", place, of->what, path));
	}
	return 0;
}

static int check_places(struct compile *c, bool add)
{
	const struct protection masked = { &c->linux->masked_paths, "hides", false };
	const struct protection readonly = { &c->linux->readonly_paths, "makes read-only", true };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->config->mounts.count; i++) {
		rc = check_place(c, &masked, i, add);
		if (rc == 0)
			rc = check_place(c, &readonly, i, add);
	}
	return rc;
}

int compile_added_mounts(struct compile *c)
{
	int rc = check_places(c, true);

	if (rc < 0)
		return rc;
	if (!c->facts->privileged)
		c->sources =
		    arena_array(c->arena, c->config->mounts.count + 1, sizeof(*c->sources));
	c->out_of_memory |= !c->facts->privileged && !c->sources;
	compile_visit_container(c);
	c->keep_mounts = true;
	rc = compile_mounts(c);
	if (rc < 0)
		return rc;
	compile_finish_mounts(c);
	program_add(c->program, STEP_LEAVE, NULL);
	return 0;
}

/* One mount that is to go. */
struct removal {
	const char *place;
	const char *pointer;
	const struct step *at; /* the step that finds it */
};

/* One that is not there is found out before the first of them goes. */
static void emit_search(struct compile *c, size_t index, struct removal *removal)
{
	struct step_at_mount *at;

	removal->place = compile_clean_path(c, c->config->mounts.items[index].destination);
	removal->pointer = compile_format(c, "/mounts/%zu/destination", index);
	at = program_add(c->program, STEP_AT_MOUNT, removal->pointer);
	at->target = program_str(c->program, removal->place);
	removal->at = &at->head;
}

/* What lies deeper comes first: a mount takes along what is mounted below it. */
static int deeper(const void *a, const void *b)
{
	return -strcmp(((const struct removal *)a)->place, ((const struct removal *)b)->place);
}

static int emit_removals(struct compile *c, struct removal *removals, size_t count)
{
	qsort(removals, count, sizeof(*removals), deeper);
	for (size_t i = 0; i < count; i++) {
		const struct removal *r = &removals[i];
		struct step_unmount *step = program_add(c->program, STEP_UNMOUNT, r->pointer);

		step->target = program_str(c->program, r->place);
		step->at = program_offset(c->program, r->at);
		if (i > 0 && strcmp(r->place, removals[i - 1].place) == 0)
			return error_set(c->err, EEXIST, r->pointer,
					 "cannot remove the mount on %s: it is listed twice",
					 r->place);
	}
	return 0;
}

int compile_removed_mounts(struct compile *c)
{
	const size_t count = c->config->mounts.count;
	struct removal *removals = arena_array(c->arena, count + 1, sizeof(*removals));
	int rc = check_places(c, false);

	c->out_of_memory |= !removals;
	if (!removals || rc < 0)
		return rc; /* compile_with() tells of memory */
	compile_visit_container(c);
	for (size_t i = 0; i < count; i++)
		emit_search(c, i, &removals[i]);
	rc = emit_removals(c, removals, count);
	program_add(c->program, STEP_LEAVE, NULL);
	return rc;
}
