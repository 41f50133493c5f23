/*
 * program.h - building the program (tare/program.h), and what tables know about its steps.
 */
#ifndef TARE_COMPILE_PROGRAM_H
#define TARE_COMPILE_PROGRAM_H

#include "base/error.h"
#include "ocispec/config.h"
#include "tare/program.h"

#include <stdbool.h>

/* A namespace that is entered by path, in tare's intermediate child, before the clone. */
struct program_join {
	uint64_t type; /* CLONE_NEW* */
	const char *path;
	const char *pointer;
};

/* A mount whose ids are mapped: the host makes a user namespace that says how. */
struct program_idmap {
	struct program_idmap *next;
	struct step *step; /* step_bind: mapped by the host; step_mount: by the helper */
	struct oci_id_mapping_list uids;
	struct oci_id_mapping_list gids;
	const char *ns_path; /* instead: the mappings of this user namespace */
	bool recursive;
	const char *pointer;
};

/* What tare itself has to do around the clone. Strings and lists belong to the spec's arena. */
struct program_host {
	uint64_t clone_flags; /* CLONE_NEW* for clone3 */
	struct program_join joins[8];
	size_t join_count;
	const struct oci_id_mapping_list *uid_map; /* NULL: no new user namespace */
	const struct oci_id_mapping_list *gid_map;
	bool has_oom_score_adj;
	int oom_score_adj;
	struct program_idmap *idmaps; /* in the arena of the spec; newest first */
	const char *initial_cpus; /* those of exec's helper until it is in its cgroup, or NULL */
	bool has_mount_namespace;
	bool terminal;
	bool has_successor; /* the helper puts another process in its place (STEP_ENTER_PID) */
	bool awaits;        /* the helper waits for the host before it does anything */
	bool awaits_limits; /* it waits again, before anything of the container is made or run */
};

struct program {
	char *base; /* the block; never moves, so pointers to steps stay valid */
	uint32_t used;
	uint32_t last; /* offset of the step that data is being added to */
	bool overflow; /* it did not fit: base is not to be used */
	struct program_host host;
};

int program_init(struct program *program, struct error *err) MUST_CHECK;
void program_free(struct program *program);

/*
 * Append a step. `origin` is the JSON pointer that asked for it, or NULL. FD fields are -1, all
 * others 0. The data of a step must be added before the next step is.
 */
void *program_add(struct program *program, enum step_kind kind, const char *origin);

/* Data of the last step. A NULL text is no reference at all. */
struct program_ref program_str(struct program *program, const char *text);
struct program_ref program_data(struct program *program, const void *data, size_t size);
/* Strings; a NULL entry stays 0. One more 0 follows the last. */
struct program_ref program_list(struct program *program, const char *const *items, size_t count);

/* The offset of a step, for REF fields. */
uint64_t program_offset(const struct program *program, const void *step);

/* Close the program: fills the header; `trace` reserves room for times. */
int program_finish(struct program *program, bool trace, struct error *err) MUST_CHECK;

/* The first and the next step, or NULL. */
struct step *program_first(const struct program *program);
struct step *program_next(const struct program *program, const struct step *step);

/* Text of a reference, "" for none; entry i of a list, NULL for none. */
const char *program_text(const struct program *program, struct program_ref ref);
const char *program_entry(const struct program *program, struct program_ref list, uint32_t i);
const char *program_origin(const struct program *program, const struct step *step);

/* What a step is called ("mount") and what it does ("mount a filesystem"). */
const char *program_step_name(uint32_t kind);
const char *program_step_title(uint32_t kind);

/* The fields of a step, for printing: each 8 bytes, in order, behind struct step. */
enum program_field_kind {
	FIELD_NUM,
	FIELD_OCT,
	FIELD_ATTR,
	FIELD_PROP,
	FIELD_NS,
	FIELD_CAPS,
	FIELD_STR,
	FIELD_DATA,
	FIELD_LIST,
	FIELD_FD,
	FIELD_REF,
};

struct program_field {
	const char *name; /* NULL ends the list */
	enum program_field_kind kind;
};

const struct program_field *program_fields(uint32_t kind);

#endif
