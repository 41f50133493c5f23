/* seccomp_export.c - see seccomp_export.h. */
#include "compile/seccomp_export.h"

#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define INSN_BYTES sizeof(struct sock_filter)

static int refused(int rc, struct error *err)
{
	return error_sys(err, -rc, "", "/linux/seccomp", "libseccomp cannot write the filter");
}

/* Whole instructions, the last of which returns: anything else was cut short on its way here. */
static int finish(struct seccomp_code *code, size_t bytes, struct error *err)
{
	code->count = code->head + bytes / INSN_BYTES;
	if (bytes == 0 || bytes % INSN_BYTES ||
	    BPF_CLASS(code->insns[code->count - 1].code) != BPF_RET)
		return error_set(err, EIO, "/linux/seccomp",
				 "libseccomp wrote a filter that is cut short");
	return 0;
}

static int reserve(struct arena *arena, size_t bytes, struct seccomp_code *code, struct error *err)
{
	/* One more, so that a torn last instruction fits as well. */
	code->insns = arena_array(arena, code->head + bytes / INSN_BYTES + 1, INSN_BYTES);
	if (!code->insns)
		return error_set(err, ENOMEM, "/linux/seccomp",
				 "no memory for a filter of %zu bytes", bytes);
	return 0;
}

#if SCMP_VER_MAJOR > 2 || (SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR >= 6)

int seccomp_export(scmp_filter_ctx ctx, struct arena *arena, struct seccomp_code *code,
		   struct error *err)
{
	size_t bytes = 0;
	int rc;

	rc = seccomp_export_bpf_mem(ctx, NULL, &bytes);
	if (rc)
		return refused(rc, err);
	rc = reserve(arena, bytes, code, err);
	if (rc)
		return rc;
	rc = seccomp_export_bpf_mem(ctx, code->insns + code->head, &bytes);
	return rc ? refused(rc, err) : finish(code, bytes, err);
}

#else

/*
 * Before 2.6 libseccomp writes to a descriptor only, and does not notice a short write. A memfd
 * takes everything; a pipe may hold less than the largest filter.
 */
static int scratch_file(struct error *err)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL) /* Linux before 6.3 */
		fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return error_sys(err, errno, "memfd_create", "/linux/seccomp",
				 "cannot make a scratch file for the filter");
	return fd;
}

int seccomp_export(scmp_filter_ctx ctx, struct arena *arena, struct seccomp_code *code,
		   struct error *err)
{
	owned_fd fd = scratch_file(err);
	struct stat info;
	size_t bytes;
	int rc;

	if (fd < 0)
		return fd;
	rc = seccomp_export_bpf(ctx, fd);
	if (rc)
		return refused(rc, err);
	if (fstat(fd, &info) < 0)
		return error_sys(err, errno, "fstat", "/linux/seccomp", "cannot size the filter");
	bytes = (size_t)info.st_size;
	rc = reserve(arena, bytes, code, err);
	if (rc)
		return rc;
	if (pread(fd, code->insns + code->head, bytes, 0) != (ssize_t)bytes)
		return error_set(err, EIO, "/linux/seccomp", "cannot read the filter back");
	return finish(code, bytes, err);
}

#endif
