/*
 * filter_cache.h - compiled seccomp filters, kept in .seccomp of the state root.
 *
 * A file is an entry: a header, the whole profile (compared byte by byte; a hash only names the
 * file), and the instructions with a checksum. Entries of another build of tare are another's.
 * Directory and files must be regular, our user's own, and not writable for others; what is not,
 * or is damaged, counts as missing and is written anew. At most FILTER_CACHE_ENTRIES files: the
 * one that was written first goes. Nothing here makes a container fail.
 */
#ifndef TARE_CONTAINER_FILTER_CACHE_H
#define TARE_CONTAINER_FILTER_CACHE_H

#include "compile/seccomp_cached.h"

enum {
	FILTER_CACHE_ENTRIES = 64,
	FILTER_CACHE_KEY_MAX = 1024 * 1024, /* bytes of a profile that is remembered */
};

#define FILTER_CACHE_DIRECTORY ".seccomp"

/* `*root` is the state root, borrowed: open as long as the cache is used. */
struct seccomp_cache filter_cache(const int *root);

#endif
