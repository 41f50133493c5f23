/*
 * undo.h - what the files of a cgroup held before an update, to put it back.
 *
 * Values are read before they are overwritten and written back in the opposite order: each state
 * on the way was one that the kernel took. So it does not matter who had set them.
 */
#ifndef TARE_CGROUP_UNDO_H
#define TARE_CGROUP_UNDO_H

#include "cgroup/tree.h"

struct undo_entry;

struct undo {
	struct undo_entry *entries;
	size_t count;
};

/*
 * Note what one file holds that `value` is about to be written to; of a file with a line for each
 * device or interface that is the line for the one that the value names. What cannot be read is
 * left out. `undo` may be NULL: nothing is noted. 0 or -ENOMEM.
 */
int undo_note(struct undo *undo, const struct tree *tree, const char *file,
	      const char *value) MUST_CHECK;

/* The same of the device rules of v1. */
int undo_note_devices(struct undo *undo, const struct tree *tree) MUST_CHECK;

/* A device filter was attached in the place of `old` (or of none: FD_NONE). Both are borrowed. */
int undo_note_filter(struct undo *undo, const struct tree *tree, int old, int new) MUST_CHECK;

/* The last thing noted was not done after all. */
void undo_drop(struct undo *undo, size_t count);

/* Put everything back. All is tried; the error is about the first that failed. */
int undo_all(struct undo *undo, struct error *err) MUST_CHECK;

void undo_free(struct undo *undo);

#endif
