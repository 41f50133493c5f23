/* put.c - see put.h. */
#include "cgroup/put.h"

#include "base/text.h"
#include "sys/cgroupfs.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *put_pointer(const char *property, char buffer[512])
{
	(void)snprintf(buffer, 512, "/linux/resources%s%s", property ? "/" : "",
		       property ? property : "");
	return buffer;
}

const char *put_escape(const char *key, char *buffer, size_t size)
{
	size_t used = 0;

	for (; *key != '\0' && used + 3 <= size; key++) {
		if (*key == '~' || *key == '/') {
			buffer[used++] = '~';
			buffer[used++] = *key == '~' ? '0' : '1';
		} else {
			buffer[used++] = *key;
		}
	}
	buffer[used] = '\0';
	return buffer;
}

static void add_hint(const struct put *to, int errnum, const char *file)
{
	if (errnum == ENOENT)
		error_add_hint(to->err, "this kernel, or its configuration, has no %s", file);
	else if (errnum == EINVAL || errnum == ERANGE)
		error_add_hint(to->err, "the kernel does not take this value; limits of the parent "
					"cgroup count too");
	else if (errnum == EBUSY)
		error_add_hint(to->err, "more than that is in use already");
	else if (errnum == EACCES || errnum == EPERM)
		error_add_hint(to->err,
			       "the file must be writable by this user and the value within "
			       "what the parent cgroup has");
}

int put_text(const struct put *to, const char *property, const char *file, const char *value)
{
	const size_t noted = to->undo ? to->undo->count : 0;
	char pointer[512], name[PATH_MAX];
	int rc;

	if (to->sink)
		return to->sink->take(to, property, file, value);
	rc = undo_note(to->undo, to->tree, file, value);
	if (rc == 0)
		rc = cgroupfs_write(to->tree->dir, file, value);
	if (rc == 0)
		return 0;
	undo_drop(to->undo, noted);
	(void)error_sys(to->err, -rc, "write", put_pointer(property, pointer),
			"cannot set %s to \"%.80s\" in the cgroup %s", file, value,
			tree_name(to->tree, name));
	add_hint(to, -rc, file);
	return rc;
}

int put_format(const struct put *to, const char *property, const char *file, const char *format,
	       ...)
{
	char value[512], pointer[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(value))
		return error_set(to->err, ENAMETOOLONG, put_pointer(property, pointer),
				 "the value for %s is too long", file);
	return put_text(to, property, file, value);
}

int put_limit(const struct put *to, const char *property, const char *file, int64_t value)
{
	if (value == 0)
		return 0;
	if (value == -1 && to->tree->v2)
		return put_text(to, property, file, "max");
	if (value < -1)
		return put_invalid(to->err, property,
				   "%" PRId64 " is not a limit; -1 means no limit", value);
	return put_format(to, property, file, "%" PRId64, value);
}

int put_forgive(const struct put *to)
{
	error_clear(to->err);
	return 0;
}

bool put_has(const struct put *to, const char *file)
{
	return faccessat(to->tree->dir, file, F_OK, 0) == 0;
}

void put_ignored(const struct put *to, const char *property, const char *why)
{
	char pointer[512];

	log_warn(to->log, put_pointer(property, pointer), "%s has no effect: %s", property, why);
}

int put_invalid(struct error *err, const char *property, const char *format, ...)
{
	char message[512], pointer[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return error_set(err, EINVAL, put_pointer(property, pointer), "%s", message);
}
