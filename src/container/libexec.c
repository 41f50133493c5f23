/* libexec.c - see libexec.h. */
#include "container/libexec.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#ifdef TARE_LIBRARY
/* Whose program this is, and what is beside it, is not known. */
static int find_beside(const char *program, char *path, size_t size)
{
	(void)program;
	(void)path;
	(void)size;
	return -ENOENT;
}
#else
static int find_beside(const char *program, char *path, size_t size)
{
	static const char *const places[] = { "", "../libexec/tare/", "../lib/tare/" };
	char own[PATH_MAX];
	const ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;

	own[len > 0 ? len : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash)
		slash[1] = '\0';
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		if (text_format(path, size, "%s%s%s", own, places[i], program) >= 0 &&
		    access(path, X_OK) == 0)
			return 0;
	}
	return -ENOENT;
}
#endif

int libexec_find(const char *program, char *path, size_t size)
{
	if (find_beside(program, path, size) == 0)
		return 0;
	if (text_format(path, size, "%s/%s", TARE_LIBEXEC_DIR, program) >= 0 &&
	    access(path, X_OK) == 0)
		return 0;
	return -ENOENT;
}
