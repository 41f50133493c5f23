/* id.c - see id.h. The phrase "invalid container ID format" is known to scripts. */
#include "container/id.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_CONTAINER_ID

static bool is_allowed(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_+.-", c));
}

int id_check(const char *id, struct error *err)
{
	size_t len = strlen(id), bad = 0;

	while (is_allowed(id[bad]))
		bad++;
	if (len > 0 && len <= ID_MAX && bad == len && id[0] != '.')
		return 0;

	if (len == 0)
		(void)error_set(err, EINVAL, NULL, "invalid container ID format: it is empty");
	else if (len > ID_MAX)
		(void)error_set(
		    err, EINVAL, NULL,
		    "invalid container ID format: it has %zu bytes, at most %d are allowed", len,
		    ID_MAX);
	else if (bad < len && id[bad] > ' ' && id[bad] < 0x7f)
		(void)error_set(err, EINVAL, NULL,
				"invalid container ID format: \"%s\" contains '%c'", id, id[bad]);
	else if (bad < len)
		(void)error_set(err, EINVAL, NULL,
				"invalid container ID format: \"%s\" contains the byte 0x%02x", id,
				(unsigned char)id[bad]);
	else
		(void)error_set(err, EINVAL, NULL,
				"invalid container ID format: \"%s\" begins with '.'", id);
	error_add_hint(err, "use letters, digits and _ + . - (no . in front), at most %d bytes",
		       ID_MAX);
	return -EINVAL;
}
