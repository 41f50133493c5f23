/* seccomp_cached.c - see seccomp_cached.h. */
#include "compile/seccomp_cached.h"

#include "ocispec/write.h"

#include <string.h>

int seccomp_compile_cached(const struct oci_seccomp *profile, const struct seccomp_means *means,
			   struct seccomp_filter *out, struct error *err)
{
	struct log_warning **tail = means->log->tail;
	const struct seccomp_cache *cache = means->cache;
	struct oci_text key = { 0 };
	int rc;

	if (cache && oci_write(means->arena, oci_seccomp_type, profile, OCI_COMPACT, &key) < 0)
		cache = NULL;
	memset(out, 0, sizeof(*out));
	if (cache && cache->load(cache->context, key, means->arena, out))
		return 0;
	rc = seccomp_compile(profile, means->arena, means->log, out, err);
	if (rc == 0 && cache && means->log->tail == tail)
		cache->store(cache->context, key, out);
	return rc;
}
