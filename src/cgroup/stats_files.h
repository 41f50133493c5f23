/*
 * stats_files.h - what stats.c, stats_v1.c and stats_v2.c share: reading the files of controllers.
 */
#ifndef TARE_CGROUP_STATS_FILES_H
#define TARE_CGROUP_STATS_FILES_H

#include "cgroup/stats.h"
#include "cgroup/tree.h"

enum { STATS_FILE_MAX = 16384 };

struct stats_reader {
	const struct cgroup *cgroup;
	struct arena *arena;
	struct stats *out;
};

/* The container's directory with this controller ("io" is blkio on v1), or NULL. */
const struct tree *stats_tree(const struct stats_reader *r, const char *controller);

/* One number; "max" is STATS_UNLIMITED, a file that is missing 0. */
uint64_t stats_number(const struct tree *tree, const char *file);
uint64_t stats_parse(const char *text); /* 0 for what is no number */
uint64_t stats_key(const struct tree *tree, const char *file, const char *key);
char *stats_text(const struct stats_reader *r, const struct tree *tree, const char *file);
void stats_pressure_of(const struct tree *tree, const char *file, struct stats_psi *out);
bool stats_raw(const struct stats_reader *r, const struct tree *tree);
struct stats_io *stats_add_io(const struct stats_reader *r, struct stats_io_list *list);

/* What has no common form: time, memory, I/O. Each leaves controllers of the other alone. */
int stats_read_v1(const struct stats_reader *r) MUST_CHECK;
void stats_read_v1_cpuset(const struct stats_reader *r, const struct tree *tree);
int stats_read_v2(const struct stats_reader *r) MUST_CHECK;

#endif
