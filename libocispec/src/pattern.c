/* pattern.c - the matchers; each stands for the expression beside its name in spec/rules.def. */
#include "pattern.h"

#include <string.h>

static bool pattern_starts(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

/* Whether all characters are upper case letters or in `also`, and there is one at least. */
static bool pattern_upper(const char *text, size_t len, char also)
{
	for (size_t i = 0; i < len; i++) {
		if ((text[i] < 'A' || text[i] > 'Z') && text[i] != also)
			return false;
	}
	return len > 0;
}

bool pattern_any(const char *text, size_t len)
{
	(void)text;
	(void)len;
	return true;
}

bool pattern_device_type(const char *text, size_t len)
{
	return len == 1 && memchr("cbup", text[0], 4);
}

bool pattern_page_size(const char *text, size_t len)
{
	if (len < 3 || text[0] < '1' || text[0] > '9' || text[len - 1] != 'B')
		return false;
	for (size_t i = 1; i < len - 2; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return memchr("KMG", text[len - 2], 3);
}

bool pattern_mem_bw_schema(const char *text, size_t len)
{
	return pattern_starts(text, len, "MB:") && !memchr(text, '\n', len);
}

bool pattern_rlimit_name(const char *text, size_t len)
{
	return pattern_starts(text, len, "RLIMIT_") && pattern_upper(text + 7, len - 7, 'A');
}

bool pattern_cpu_list(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((text[i] < '0' || text[i] > '9') && !memchr(", -", text[i], 3))
			return false;
	}
	return true;
}

bool pattern_capability_name(const char *text, size_t len)
{
	return pattern_starts(text, len, "CAP_") && pattern_upper(text + 4, len - 4, '_');
}
