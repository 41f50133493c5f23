/* codes.c - see codes.h. */
#include "base/codes.h"

#include <string.h>

static const struct code table[] = {
	{ "", "", "", "" },
#define CODE(id, name, title, text, advice) { name, title, text, advice },
#include "base/codes_config.def"
#include "base/codes_run.def"
#undef CODE
};

const struct code *codes_at(enum error_code code)
{
	return &table[(size_t)code < CODE_COUNT ? code : CODE_NONE];
}

enum error_code codes_find(const char *name)
{
	for (size_t i = CODE_NONE + 1; i < CODE_COUNT; i++) {
		if (strcmp(table[i].name, name) == 0)
			return (enum error_code)i;
	}
	return CODE_NONE;
}
