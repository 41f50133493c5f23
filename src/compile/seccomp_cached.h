/*
 * seccomp_cached.h - a seccomp filter from a cache, or compiled and put into it.
 *
 * Compiling a default profile takes libseccomp some 20 ms, ten times what the rest of a container
 * costs. The compiler stays a pure function: what is remembered, and where, is behind two
 * functions that its caller hands in.
 */
#ifndef TARE_COMPILE_SECCOMP_CACHED_H
#define TARE_COMPILE_SECCOMP_CACHED_H

#include "compile/seccomp.h"
#include "ocispec/read.h"

/*
 * `key` is the whole profile, as JSON without spaces. load() gives only what store() was given with
 * the very same key, by the same build of tare; false: nothing, and no error. The instructions are
 * in the arena. store() may fail in silence: then it is compiled again the next time.
 */
struct seccomp_cache {
	void *context;
	bool (*load)(void *context, struct oci_text key, struct arena *arena,
		     struct seccomp_filter *out);
	void (*store)(void *context, struct oci_text key, const struct seccomp_filter *filter);
};

struct seccomp_means {
	const struct seccomp_cache *cache; /* NULL: none */
	struct arena *arena;
	struct log *log;
};

/*
 * As seccomp_compile(), which it is without a cache. What was compiled with a warning is not
 * remembered, or it would be said only once.
 */
int seccomp_compile_cached(const struct oci_seccomp *profile, const struct seccomp_means *means,
			   struct seccomp_filter *out, struct error *err) MUST_CHECK;

#endif
