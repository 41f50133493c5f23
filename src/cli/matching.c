/* matching.c - see matching.h. */
#include "cli/matching.h"

#include <errno.h>
#include <regex.h>

#define ERROR_CODE CODE_OPTION_VALUE

static int compile(const char *pattern, regex_t *out, struct error *err)
{
	char why[128];
	const int code = regcomp(out, pattern, REG_EXTENDED | REG_NOSUB);

	if (code == 0)
		return 0;
	(void)regerror(code, out, why, sizeof(why));
	return error_set(err, EINVAL, NULL, "invalid regular expression \"%.128s\": %s", pattern,
			 why);
}

int matching_each(const struct arguments *args, matching_act *act, void *data, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct oci_strings ids = { 0 };
	struct error later;
	regex_t pattern;
	int ret = compile(args->positionals[0], &pattern, err);

	if (ret < 0)
		return ret;
	ret = container_list(args->container.root, &arena, &ids, err);
	for (size_t i = 0; ret >= 0 && i < ids.count; i++) {
		const struct container_name name = { args->container.root, ids.items[i] };

		if (regexec(&pattern, ids.items[i], 0, NULL, 0) != 0)
			continue;
		error_clear(&later);
		if (act(&name, data, &later) < 0 && err->errnum == 0)
			*err = later;
	}
	regfree(&pattern);
	arena_free(&arena);
	return ret < 0 ? ret : -err->errnum;
}
