/* filter_cache.c - see filter_cache.h. */
#include "container/filter_cache.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/build_id.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NAME_SIZE = 32 };

struct entry_header {
	char magic[8];
	unsigned char build[BUILD_ID_SIZE];
	uint32_t libseccomp; /* which may be a shared library, and so no part of the build */
	uint32_t key_length; /* the key follows, then the instructions */
	uint32_t count;
	uint32_t flags;
	uint32_t wants_listener; /* 0 or 1 */
	uint64_t checksum;       /* of all before it, and the instructions */
};

static const char MAGIC[8] = "tarebpf1";

#define FNV_START 0xcbf29ce484222325u

static uint64_t fnv(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t checksum(const struct entry_header *header, const struct sock_filter *insns)
{
	const uint64_t hash = fnv(FNV_START, header, offsetof(struct entry_header, checksum));

	return fnv(hash, insns, header->count * sizeof(*insns));
}

static struct entry_header describe(struct oci_text key, const struct seccomp_filter *filter)
{
	struct entry_header header = { .libseccomp = seccomp_library(),
				       .key_length = (uint32_t)key.len };

	memcpy(header.magic, MAGIC, sizeof(MAGIC));
	build_id_copy(header.build);
	if (!filter)
		return header;
	header.count = (uint32_t)filter->count;
	header.flags = filter->flags;
	header.wants_listener = filter->wants_listener;
	header.checksum = checksum(&header, filter->insns);
	return header;
}

static void name_entry(struct oci_text key, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "%016" PRIx64, fnv(FNV_START, key.data, key.len));
}

static bool is_ours(int fd, mode_t type, struct stat *stat)
{
	return fstat(fd, stat) == 0 && (stat->st_mode & S_IFMT) == type &&
	       stat->st_uid == geteuid() && !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

static int open_directory(int root, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	owned_fd dir = openat(root, FILTER_CACHE_DIRECTORY, flags);
	struct stat stat;

	if (dir < 0 && errno == ENOENT && make && mkdirat(root, FILTER_CACHE_DIRECTORY, 0700) == 0)
		dir = openat(root, FILTER_CACHE_DIRECTORY, flags);
	return dir >= 0 && is_ours(dir, S_IFDIR, &stat) ? take_fd(&dir) : FD_NONE;
}

/* A whole entry as it is in the file, or NULL. */
static const char *read_entry(int dir, const char *name, struct arena *arena, size_t *size)
{
	const size_t most = sizeof(struct entry_header) + FILTER_CACHE_KEY_MAX +
			    BPF_MAXINSNS * sizeof(struct sock_filter);
	owned_fd fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat stat;
	char *data;

	if (fd < 0 || !is_ours(fd, S_IFREG, &stat) || stat.st_size < 0 ||
	    (size_t)stat.st_size > most)
		return NULL;
	*size = (size_t)stat.st_size;
	data = arena_alloc(arena, *size);
	return data && read(fd, data, *size) == (ssize_t)*size ? data : NULL;
}

/* The parts that depend on the key alone come first in the header. */
static bool is_for(const struct entry_header *header, struct oci_text key)
{
	const struct entry_header wanted = describe(key, NULL);

	return memcmp(header, &wanted, offsetof(struct entry_header, count)) == 0;
}

static bool take_entry(const char *data, size_t size, struct oci_text key, struct arena *arena,
		       struct seccomp_filter *out)
{
	struct entry_header header;
	struct sock_filter *insns;
	size_t bytes;

	if (size < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	bytes = header.count * sizeof(*insns);
	if (!is_for(&header, key) || header.count == 0 || header.count > BPF_MAXINSNS ||
	    size != sizeof(header) + key.len + bytes ||
	    memcmp(data + sizeof(header), key.data, key.len) != 0)
		return false;
	insns = arena_alloc(arena, bytes); /* aligned, which they are not behind the key */
	if (!insns)
		return false;
	memcpy(insns, data + sizeof(header) + key.len, bytes);
	if (header.checksum != checksum(&header, insns))
		return false;
	out->insns = insns;
	out->count = header.count;
	out->flags = header.flags;
	out->wants_listener = header.wants_listener != 0;
	return true;
}

static bool load(void *context, struct oci_text key, struct arena *arena,
		 struct seccomp_filter *out)
{
	owned_fd dir = open_directory(*(const int *)context, false);
	char name[NAME_SIZE];
	const char *data;
	size_t size;

	if (dir < 0 || key.len > FILTER_CACHE_KEY_MAX)
		return false;
	name_entry(key, name);
	data = read_entry(dir, name, arena, &size);
	return data && take_entry(data, size, key, arena, out);
}

static bool is_older(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* Room for one more: the oldest goes, also what a store that was killed left. */
static void make_room(int dir)
{
	owned_fd copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
	struct stat oldest = { 0 }, stat;
	char name[NAME_MAX + 1] = "";
	struct dirent *entry;
	size_t count = 0;

	if (!list)
		return;
	(void)take_fd(&copy);
	while ((entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(dir, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (count++ > 0 && !is_older(&stat, &oldest))
			continue;
		oldest = stat;
		memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
	}
	(void)closedir(list);
	if (count >= FILTER_CACHE_ENTRIES)
		(void)unlinkat(dir, name, 0);
}

static bool write_entry(int fd, struct oci_text key, const struct seccomp_filter *filter)
{
	struct entry_header header = describe(key, filter);
	const size_t bytes = filter->count * sizeof(*filter->insns);
	const struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (char *)key.data, key.len },
		{ (struct sock_filter *)filter->insns, bytes },
	};

	return writev(fd, parts, 3) == (ssize_t)(sizeof(header) + key.len + bytes);
}

/* Under another name, and renamed: who reads meanwhile sees a whole entry, this or another's. */
static void store(void *context, struct oci_text key, const struct seccomp_filter *filter)
{
	owned_fd dir = FD_NONE, fd = FD_NONE;
	char name[NAME_SIZE], new[NAME_SIZE];

	if (key.len > FILTER_CACHE_KEY_MAX)
		return;
	dir = open_directory(*(const int *)context, true);
	if (dir < 0 || text_format(new, sizeof(new), ".new.%d", (int)getpid()) < 0)
		return;
	make_room(dir);
	fd = openat(dir, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	name_entry(key, name);
	if (!write_entry(fd, key, filter) || renameat(dir, new, dir, name) < 0)
		(void)unlinkat(dir, new, 0);
}

struct seccomp_cache filter_cache(const int *root)
{
	return (struct seccomp_cache){ (void *)root, load, store };
}
