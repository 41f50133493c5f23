/* statmount.c - see statmount.h. The headers of Debian 12 are older than the system call. */
#include "sys/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

enum { WANT_SUPERBLOCK = 0x1, WANT_ROOT = 0x8 };

struct request {
	uint32_t size;
	uint32_t spare;
	uint64_t id;
	uint64_t mask;
};

/* struct statmount, with room for the one string that is asked for. */
struct answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint32_t device[2];
	uint64_t magic;
	uint32_t flags;
	uint32_t type;
	uint64_t ids[3]; /* and what else is not asked for */
	uint64_t attributes[5];
	uint32_t root; /* offset in text */
	uint32_t point;
	uint64_t later[50];
	char text[4096];
};

_Static_assert(offsetof(struct answer, text) == 512, "the strings begin behind 512 bytes");
_Static_assert(offsetof(struct answer, root) == 104, "as in linux/mount.h");

int statmount_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, st);
}

int statmount_root(const char *path, uint64_t magic, char *root, size_t size)
{
	struct answer answer;
	struct request request = { .size = sizeof(request), .mask = WANT_SUPERBLOCK | WANT_ROOT };
	struct statx st;

	if (statmount_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			    STATX_MNT_ID_UNIQUE, &st) < 0)
		return -errno;
	if (!(st.stx_mask & STATX_MNT_ID_UNIQUE))
		return -ENOSYS;
	if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -ENOENT;
	request.id = st.stx_mnt_id;
	if (syscall(SYS_statmount, &request, &answer, sizeof(answer), 0) < 0)
		return -errno;
	if ((answer.mask & request.mask) != request.mask || answer.magic != magic)
		return -ENOENT;
	if (strlen(answer.text + answer.root) >= size)
		return -ENAMETOOLONG;
	memcpy(root, answer.text + answer.root, strlen(answer.text + answer.root) + 1);
	return 0;
}
