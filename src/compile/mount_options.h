/*
 * mount_options.h - the option strings of a mount, sorted by who has to act on them
 * (runtime-spec, config.md "Mounts": the list of options there).
 */
#ifndef TARE_COMPILE_MOUNT_OPTIONS_H
#define TARE_COMPILE_MOUNT_OPTIONS_H

#include "ocispec/arena.h"
#include "ocispec/config.h"

#include <stdbool.h>
#include <stdint.h>

struct mount_options {
	bool bind;
	bool recursive; /* rbind */
	uint64_t set;   /* MOUNT_ATTR_* of the mount itself */
	uint64_t clear;
	uint64_t set_all; /* of it and everything below (rro, rnosuid ...) */
	uint64_t clear_all;
	uint64_t propagation;     /* MS_SHARED ..., with MS_REC if recursive; 0: as it comes */
	uint64_t attr;            /* of a new filesystem: all of the above for its one mount */
	unsigned superblock;      /* internal: which flags are on */
	const char *const *flags; /* superblock flags by their fsconfig names: sync, lazytime ... */
	size_t flag_count;
	uint64_t super;   /* the same for mount(2): MS_SYNCHRONOUS ... */
	bool old_call;    /* one of them has no fsconfig name */
	bool copy_up;     /* tmpcopyup */
	bool link_source; /* src-nofollow */
	bool link_target; /* dest-nofollow */
	bool copy_link;   /* copy-symlink */
	/* idmap, ridmap: NULL: none; "": the container's mappings; else "uids=...;gids=..." */
	const char *idmap;
	bool idmap_recursive;
	const char **data; /* filesystem options: key, value (NULL: a flag), key, value ... */
	size_t data_count; /* entries: twice the number of options */
};

/* Sort them. Later ones win over earlier ones. False when out of memory. */
bool mount_options_read(const struct oci_strings *options, struct arena *arena,
			struct mount_options *out);

/* Every option that is not passed on to the filesystem, for `features`. NULL ends the list. */
const char *mount_options_known(size_t index);

#endif
