/*
 * test_init.h - a stage for the steps of tare-init: real kernel objects that vanish afterwards.
 *
 * Each case runs in a forked child with a mount namespace of its own; a fresh tmpfs is the root
 * filesystem. The child checks by CHECK (cmocka's asserts would jump into the parent's runner) and
 * leaves with a status. Steps are made by the compiler's own program_add().
 *
 * libc's fcntl.h and sys/mount.h do not go with the kernel's headers that tare-init uses: system
 * calls are made by tare-init's own sys_call functions.
 */
#ifndef TARE_TEST_INIT_H
#define TARE_TEST_INIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "compile/program.h"
#include "init/init.h"
#include "init/mount.h"
#include "init/path.h"

#include <linux/sched.h>

enum { STAGE_PASSED, STAGE_FAILED, STAGE_SKIPPED = 77 };

struct stage {
	struct init init;
	struct program program; /* what init.base points to */
	char directory[64];     /* where the root filesystem is mounted */
	int talk;               /* the host's end of the socket */
};

typedef void stage_body(struct stage *stage);

#define STAGE_TEST(body)                                                                           \
	{                                                                                          \
		.name = #body, .test_func = stage_test, .initial_state = (void *)(body)            \
	}

_Noreturn static inline void stage_fail(const char *file, int line, const char *text)
{
	(void)fprintf(stderr, "%s:%d: %s\n", file, line, text);
	_exit(STAGE_FAILED);
}

static inline void stage_int(const char *file, int line, const char *what, const long values[2])
{
	char text[512];

	if (values[0] == values[1])
		return;
	(void)snprintf(text, sizeof(text), "%s is %ld, not %ld", what, values[0], values[1]);
	stage_fail(file, line, text);
}

static inline void stage_text(const char *file, int line, const char *got, const char *want)
{
	char text[1024];

	if (strcmp(got, want) == 0)
		return;
	(void)snprintf(text, sizeof(text), "got \"%s\", not \"%s\"", got, want);
	stage_fail(file, line, text);
}

#define CHECK(what) ((what) ? (void)0 : stage_fail(__FILE__, __LINE__, #what))
#define CHECK_INT(got, want)                                                                       \
	stage_int(__FILE__, __LINE__, #got, (const long[]){ (long)(got), (long)(want) })
#define CHECK_TEXT(got, want) stage_text(__FILE__, __LINE__, got, want)

/* Where the environment lacks what a case needs (not root, no module ...): says why. */
_Noreturn static inline void stage_skip(const char *why)
{
	(void)fprintf(stderr, "skipped: %s\n", why);
	_exit(STAGE_SKIPPED);
}

/* ---- the root filesystem of the stage: paths are relative to it, without a leading slash */

static inline void stage_mkdir(struct stage *s, const char *path)
{
	CHECK_INT(sys_call3(__NR_mkdirat, s->init.root, path, 0755), 0);
}

static inline void stage_link(struct stage *s, const char *content, const char *path)
{
	CHECK_INT(sys_call3(__NR_symlinkat, content, s->init.root, path), 0);
}

static inline void stage_file(struct stage *s, const char *path, const char *text, unsigned mode)
{
	int fd = sys_openat(s->init.root, path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);

	CHECK(fd >= 0);
	CHECK_INT(sys_write(fd, text, strlen(text)), strlen(text));
	sys_close(fd);
}

/* The mode of the file itself, links not followed; 0 if there is none. */
static inline unsigned stage_mode(struct stage *s, const char *path)
{
	struct sys_stat stat;

	return sys_stat(s->init.root, path, AT_SYMLINK_NOFOLLOW, &stat) == 0 ? stat.mode : 0;
}

static inline bool stage_is_directory(struct stage *s, const char *path)
{
	return S_TYPE(stage_mode(s, path)) == S_DIR;
}

/* The file that a descriptor refers to is the one at this path. */
static inline bool stage_is_at(struct stage *s, int fd, const char *path)
{
	struct sys_stat a, b;

	return sys_stat(fd, "", AT_EMPTY_PATH, &a) == 0 &&
	       sys_stat(s->init.root, path, AT_SYMLINK_NOFOLLOW, &b) == 0 && a.ino == b.ino;
}

static inline int stage_create(struct stage *s, const char *path)
{
	int fd = sys_openat(s->init.root, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}

static inline void stage_read(struct stage *s, const char *path, char *text, size_t size)
{
	int fd = sys_openat(s->init.root, path, O_RDONLY | O_CLOEXEC, 0);
	long n;

	CHECK(fd >= 0);
	n = sys_read(fd, text, size - 1);
	CHECK(n >= 0);
	text[n] = '\0';
	sys_close(fd);
}

/* ---- steps */

static inline void *stage_step(struct stage *s, enum step_kind kind)
{
	return program_add(&s->program, kind, NULL);
}

static inline struct program_ref stage_str(struct stage *s, const char *text)
{
	return program_str(&s->program, text);
}

/* What is reported about a step's failure has to be said anew by each step. */
static inline void stage_reset(struct stage *s)
{
	s->init.part = PART_NONE;
	s->init.text[0] = '\0';
}

/* The byte that the helper waits for, sent ahead. */
static inline void stage_go(struct stage *s)
{
	CHECK_INT(send(s->talk, "g", 1, 0), 1);
}

/* One message of the helper, and the descriptor that came with it. */
static inline struct report stage_hear(struct stage *s, int *fd)
{
	struct report report;
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec vector = { &report, sizeof(report) };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;

	memset(&report, 0, sizeof(report));
	*fd = NO_FD;
	CHECK_INT(recvmsg(s->talk, &message, MSG_DONTWAIT), sizeof(report));
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return report;
}

/* ---- running */

static inline void stage_mount(struct stage *s)
{
	enum { PRIVATE_REC = 0x44000 }; /* MS_PRIVATE | MS_REC */

	if (sys_call1(__NR_unshare, CLONE_NEWNS) < 0)
		stage_skip("no mount namespace can be made here");
	CHECK_INT(sys_call5(__NR_mount, NULL, "/", NULL, PRIVATE_REC, NULL), 0);
	CHECK_INT(sys_call5(__NR_mount, "stage", s->directory, "tmpfs", 0, "mode=755"), 0);
	s->init.root = sys_openat(AT_FDCWD, s->directory, O_PATH | O_CLOEXEC, 0);
	CHECK(s->init.root >= 0);
}

_Noreturn static inline void stage_play(struct stage *s, stage_body *body)
{
	struct error err;
	int ends[2];

	(void)sys_prctl(1 /* PR_SET_PDEATHSIG */, 9,
			0); /* a test that hangs is killed as a whole */
	s->init.root = s->init.proc = s->init.pid_ns = s->init.null = s->init.empty = NO_FD;
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	s->talk = ends[0];
	s->init.socket = ends[1];
	CHECK_INT(program_init(&s->program, &err), 0);
	s->init.base = s->program.base;
	sys_call1(__NR_umask, 022);
	stage_mount(s);
	body(s);
	_exit(STAGE_PASSED);
}

static inline void stage_test(void **state)
{
	struct stage stage = { .directory = "/tmp/tare-stage-XXXXXX" };
	int status = 0;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("skipped: the steps of tare-init need root\n");
		skip();
	}
	assert_non_null(mkdtemp(stage.directory));
	pid = fork();
	if (pid == 0)
		stage_play(&stage, (stage_body *)*state);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(stage.directory), 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == STAGE_SKIPPED)
		skip();
	if (status != 0)
		fail_msg("the child left with status %#x", (unsigned)status);
}

#endif
