/* error.c - see error.h. */
#include "base/error.h"
#include "base/codes_refine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of a sentence without its cause. */
enum { MESSAGE_MAX = 640 };

void error_clear(struct error *err)
{
	memset(err, 0, sizeof(*err));
}

static void copy_text(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

/* A new description replaces an old one whole: stale fields would blame the wrong thing. */
PRINTF_LIKE(4, 0)
static void begin(struct error *err, int errnum, const char *pointer, const char *format,
		  va_list args)
{
	int len;

	error_clear(err);
	err->errnum = errnum;
	copy_text(err->pointer, sizeof(err->pointer), pointer);
	len = vsnprintf(err->message, MESSAGE_MAX, format, args);
	if (len >= MESSAGE_MAX) /* a path of the config may be long; the cause must still fit */
		copy_text(err->message + MESSAGE_MAX - 4, 4, "...");
}

static void refine(struct error *err, enum error_code family)
{
	const struct codes_failure failure = {
		.family = family,
		.errnum = err->errnum,
		.syscall = err->syscall,
		.pointer = err->pointer,
	};

	err->code = codes_refine(&failure);
}

int error_set_as(struct error *err, struct error_kind kind, const char *pointer, const char *format,
		 ...)
{
	va_list args;

	if (err) {
		va_start(args, format);
		begin(err, kind.errnum, pointer, format, args);
		va_end(args);
		refine(err, kind.family);
	}
	return -kind.errnum;
}

int error_sys_as(struct error *err, struct error_kind kind, const char *syscall,
		 const char *pointer, const char *format, ...)
{
	va_list args;
	size_t len;

	if (err) {
		va_start(args, format);
		begin(err, kind.errnum, pointer, format, args);
		va_end(args);
		len = strlen(err->message);
		(void)snprintf(err->message + len, sizeof(err->message) - len, ": %s (%s)",
			       error_cause(kind.errnum), error_name(kind.errnum));
		copy_text(err->syscall, sizeof(err->syscall), syscall);
		refine(err, kind.family);
	}
	return -kind.errnum;
}

void error_refine(struct error *err, enum error_code code)
{
	if (err && code != CODE_NONE)
		err->code = code;
}

void error_add_step(struct error *err, const char *step)
{
	if (err && err->step[0] == '\0')
		copy_text(err->step, sizeof(err->step), step);
}

void error_add_pointer(struct error *err, const char *pointer)
{
	if (err && err->pointer[0] == '\0')
		copy_text(err->pointer, sizeof(err->pointer), pointer);
}

void error_add_hint(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err || err->hint[0] != '\0')
		return;
	va_start(args, format);
	(void)vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

static const struct errno_entry {
	const char *name, *text;
} errnos[] = {
#define ERRNO(name, text) [name] = { #name, text },
#include "base/errnos.def"
#undef ERRNO
};

static const struct errno_entry *known(int errnum)
{
	const bool listed = errnum > 0 && (size_t)errnum < sizeof(errnos) / sizeof(errnos[0]);

	return listed && errnos[errnum].name ? &errnos[errnum] : NULL;
}

const char *error_cause(int errnum)
{
	const struct errno_entry *entry = known(errnum);

	switch (errnum) {
	case ENOENT:
		return "it does not exist";
	case EACCES:
		return "access was refused";
	case EPERM:
		return "the kernel does not allow it";
	case EXDEV:
		return "the path leaves the tree it must stay in";
	case ELOOP:
		return "a symbolic link is in the way";
	case EAGAIN:
		return "a limit on processes or keys is reached, or a path kept changing";
	case ENOSYS:
		return "this kernel lacks the system call";
	case ENODEV:
		return "this kernel has no such filesystem or device";
	default:
		return entry ? entry->text : "an error without a name";
	}
}

const char *error_name(int errnum)
{
	static _Thread_local char unnamed[32];
	const struct errno_entry *entry = known(errnum);

	if (entry)
		return entry->name;
	(void)snprintf(unnamed, sizeof(unnamed), "errno %d", errnum);
	return unnamed;
}
