/*
 * sys.h - system calls without a libc. Each returns what the kernel does: a value or -errno.
 *
 * Freestanding, the calls are inline assembly; hosted (unit tests) they go through syscall(2).
 */
#ifndef TARE_INIT_SYS_H
#define TARE_INIT_SYS_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef TARE_INIT_FREESTANDING
#if defined(__x86_64__)
#include "init/sys_x86_64.h"
#elif defined(__aarch64__)
#include "init/sys_aarch64.h"
#else
#error "tare-init knows x86_64 and aarch64"
#endif
#else
long sys_call6(long nr, long a, long b, long c, long d, long e, long f);
#endif

#define SYS_ARG(x)             ((long)(x))
#define sys_call0(nr)          sys_call6(nr, 0, 0, 0, 0, 0, 0)
#define sys_call1(nr, a)       sys_call6(nr, SYS_ARG(a), 0, 0, 0, 0, 0)
#define sys_call2(nr, a, b)    sys_call6(nr, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define sys_call3(nr, a, b, c) sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define sys_call4(nr, a, b, c, d)                                                                  \
	sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define sys_call5(nr, a, b, c, d, e)                                                               \
	sys_call6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)

/* From sys.c. */
int sys_close(int fd);
int sys_openat(int dir, const char *path, int flags, unsigned mode);
long sys_read(int fd, void *to, size_t size);
long sys_write(int fd, const void *from, size_t size);
int sys_prctl(long option, long a, long b);
_Noreturn void sys_exit(int status);
uint64_t sys_now(void); /* CLOCK_MONOTONIC, nanoseconds */

/* What init needs of struct stat, by statx: the layout of stat differs by architecture. */
struct sys_stat {
	uint32_t mode;
	uint32_t major; /* of the device that the file is */
	uint32_t minor;
	uint32_t uid;
	uint32_t gid;
	uint64_t ino;
	uint64_t device; /* that it is on */
	uint64_t size;
	uint64_t mount; /* id of the mount that it was reached by */
	bool is_mount_root;
};
int sys_stat(int dir, const char *path, int flags, struct sys_stat *out);

#define S_TYPE(mode) ((mode)&0170000u)
#define S_DIR        0040000u
#define S_CHR        0020000u
#define S_BLK        0060000u
#define S_REG        0100000u
#define S_LNK        0120000u
#define S_FIFO       0010000u

/* mem.c: the compiler may call these; strings are bounded by the program that tare wrote. */
#ifdef TARE_INIT_FREESTANDING
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
#else
#include <string.h>
#endif
bool text_same(const char *a, const char *b);
/* Append to a buffer of `size`, always NUL-terminated; false when it did not fit. */
bool text_append(char *buffer, size_t size, const char *text);
bool text_append_number(char *buffer, size_t size, uint64_t number);

#endif
