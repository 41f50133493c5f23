/*
 * error.h - what went wrong, described once, where it is known.
 *
 * A function that can fail returns 0 (or a value that is not negative) or a negative errno, and
 * fills the flat `struct error` it was given. Only src/cli prints it. Helpers that merely probe
 * take no error.
 */
#ifndef TARE_BASE_ERROR_H
#define TARE_BASE_ERROR_H

#include "base/codes.h"

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

struct error {
	int errnum;           /* positive errno; always set on failure */
	enum error_code code; /* its stable name; always set on failure */
	char message[1024]; /* one sentence without final stop: "cannot mount A on B: ... (ENOENT)"
			     */
	char syscall[32];   /* the kernel interface that refused, "" if none did */
	char pointer[512];  /* RFC 6901 pointer to the property of config.json at fault, or "" */
	char file[256];     /* the file the pointer is in, "" if unknown */
	unsigned line;      /* 1-based; 0 if unknown */
	unsigned column;    /* 1-based, in bytes */
	char step[64];      /* the step of the program or of the host that failed, or "" */
	char hint[512];     /* what to do about it, or "" */
};

/* Start over: no error. */
void error_clear(struct error *err);

/*
 * Each source file has a family of errors, which is the code of those that have none more precise:
 *
 *	#define ERROR_CODE CODE_STATE
 *
 * behind its includes; without one it does not compile (cmake/layers.cmake has one for each of the
 * lower layers). Codes become more precise by codes_refine.c, which knows errno, system call and
 * pointer, or by error_refine().
 *
 * error_set(err, errnum, pointer, format, ...)
 *
 * Describe a failure by a whole sentence. `pointer` is a JSON pointer or NULL. Returns -errnum,
 * so that `return error_set(err, EINVAL, "/hostname", "...")` reads well. A NULL err is allowed.
 */
#define error_set(err, errnum, ...) error_set_as(err, ERROR_KIND(errnum), __VA_ARGS__)

/*
 * error_sys(err, errnum, syscall, pointer, format, ...)
 *
 * The same for a refusal by the kernel: ": <cause> (<ENAME>)" is appended to the sentence and the
 * system call is noted.
 */
#define error_sys(err, errnum, ...) error_sys_as(err, ERROR_KIND(errnum), __VA_ARGS__)

/* What the two macros make of a call. */
#define ERROR_KIND(errnum) ((struct error_kind){ ERROR_CODE, errnum })
struct error_kind {
	enum error_code family;
	int errnum;
};
int error_set_as(struct error *err, struct error_kind kind, const char *pointer, const char *format,
		 ...) PRINTF_LIKE(4, 5);
int error_sys_as(struct error *err, struct error_kind kind, const char *syscall,
		 const char *pointer, const char *format, ...) PRINTF_LIKE(5, 6);

/* Replace the code by a more precise one; CODE_NONE changes nothing. */
void error_refine(struct error *err, enum error_code code);

/* Add what is known further up; an item that is already set stays as it is. */
void error_add_step(struct error *err, const char *step);
void error_add_pointer(struct error *err, const char *pointer);
void error_add_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * The cause in words. The words of strerror() for ENOENT, EACCES and EPERM are not used: engines
 * take them for a program that could not be executed (CALLERS.md, rule 8).
 */
const char *error_cause(int errnum);

/* "ENOENT", or "errno 523" in a static buffer for a number without a name. */
const char *error_name(int errnum);

#endif
