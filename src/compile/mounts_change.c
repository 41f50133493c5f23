/*
 * mounts_change.c - mounts that a running container gets, or loses: all of them or none.
 */
#include "compile/compile.h"

int compile_added_mounts(struct compile *c)
{
	int rc;

	compile_visit_container(c);
	c->keep_mounts = true;
	rc = compile_mounts(c);
	if (rc < 0)
		return rc;
	compile_finish_mounts(c);
	program_add(c->program, STEP_LEAVE, NULL);
	return 0;
}

/* One that is not there is found out before the first of them goes. */
int compile_removed_mounts(struct compile *c)
{
	const size_t count = c->config->mounts.count;
	const struct oci_mount *mounts = c->config->mounts.items;
	const struct step **found = arena_array(c->arena, count + 1, sizeof(*found));

	c->out_of_memory |= !found;
	if (!found)
		return 0; /* compile_with() tells */
	compile_visit_container(c);
	for (size_t i = 0; i < count; i++) {
		struct step_at_mount *at = program_add(
		    c->program, STEP_AT_MOUNT, compile_format(c, "/mounts/%zu/destination", i));

		at->target = program_str(c->program, compile_clean_path(c, mounts[i].destination));
		found[i] = &at->head;
	}
	for (size_t i = 0; i < count; i++) {
		struct step_unmount *step = program_add(
		    c->program, STEP_UNMOUNT, compile_format(c, "/mounts/%zu/destination", i));

		step->target =
		    program_str(c->program, compile_clean_path(c, mounts[i].destination));
		step->at = program_offset(c->program, found[i]);
	}
	program_add(c->program, STEP_LEAVE, NULL);
	return 0;
}
