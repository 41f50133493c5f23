/*
 * copyup.c - see copyup.h. The image is not to be trusted: everything goes by descriptors, no link
 * is followed, and what a name was when it was looked at is what is read, or nothing. It is read
 * through a clone of its mount on which devices cannot be opened: a device that is swapped in for a
 * file would be opened before its number could be compared.
 */
#include "init/copyup.h"
#include "init/mount.h"

#include <linux/mman.h>

enum {
	COPY_DEPTH = 128, /* directories in each other; each holds two descriptors and a buffer */
	COPY_ENTRIES = 2048,
};

/* As the kernel writes directory entries. */
struct entry {
	uint64_t ino;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* As long as the kernel lets them be: mapped while it copies, as a stack may be small. */
struct attributes {
	char names[65536];
	char value[65536];
};

struct copying {
	struct init *init;
	struct attributes *attributes;
	uint64_t mount; /* id of the mount that is copied: others are not entered */
	int depth;
};

static int failed(struct copying *c, const char *name, long rc)
{
	if (c->init->text[0] == '\0')
		(void)text_append(c->init->text, sizeof(c->init->text), name);
	return init_fail(c->init, PART_COPY, rc);
}

/* A file by its descriptor; or, where it cannot be opened, by its name in the current directory. */
struct attributes_of {
	int fd;
	int dir;
	const char *name; /* NULL: by descriptor */
};

static long attributes_list(struct attributes *a, const struct attributes_of *file)
{
	const size_t size = sizeof(a->names);

	if (!file->name)
		return sys_call3(__NR_flistxattr, file->fd, a->names, size);
	(void)sys_call1(__NR_fchdir, file->dir);
	return sys_call3(__NR_llistxattr, file->name, a->names, size);
}

static long attributes_get(struct attributes *a, const struct attributes_of *file, const char *key)
{
	const size_t size = sizeof(a->value);

	if (!file->name)
		return sys_call4(__NR_fgetxattr, file->fd, key, a->value, size);
	(void)sys_call1(__NR_fchdir, file->dir);
	return sys_call4(__NR_lgetxattr, file->name, key, a->value, size);
}

static long attributes_set(const struct attributes *a, const struct attributes_of *file,
			   const char *key, long size)
{
	if (!file->name)
		return sys_call5(__NR_fsetxattr, file->fd, key, a->value, size, 0);
	(void)sys_call1(__NR_fchdir, file->dir);
	return sys_call5(__NR_lsetxattr, file->name, key, a->value, size, 0);
}

/* user.* is on a tmpfs since 6.6; an SELinux label is the mount's own where the config has one. */
static bool may_be_missing(const char *key)
{
	return memcmp(key, "user.", 5) == 0 || text_same(key, "security.selinux");
}

/*
 * Extended attributes: file capabilities, access lists. After owner and mode, which change them. A
 * file capability that another user namespace gave (EOVERFLOW) means nothing in ours.
 */
static int copy_attributes(struct attributes *a, struct attributes_of from, struct attributes_of to)
{
	long size = attributes_list(a, &from), n, rc = 0;

	if (size == -EOPNOTSUPP)
		return 0;
	for (long at = 0; rc == 0 && at < size; at += (long)strlen(a->names + at) + 1) {
		const char *key = a->names + at;

		n = attributes_get(a, &from, key);
		if (n == -ENODATA || n == -EOVERFLOW)
			continue;
		rc = n < 0 ? n : attributes_set(a, &to, key, n);
		if (rc == -EOPNOTSUPP && may_be_missing(key))
			rc = 0;
	}
	return (int)(size < 0 ? size : rc);
}

static int copy_attributes_by_fd(const struct copying *c, int from, int to)
{
	const struct attributes_of source = { .fd = from }, target = { .fd = to };

	return copy_attributes(c->attributes, source, target);
}

/* Owner before mode: a change of owner clears set-id bits. */
static int give(int fd, const struct sys_stat *stat)
{
	int rc = (int)sys_call3(__NR_fchown, fd, stat->uid, stat->gid);

	return rc < 0 ? rc : (int)sys_call2(__NR_fchmod, fd, stat->mode & 07777);
}

static int copy_content(int from, int to)
{
	long n;

	do
		n = sys_call4(__NR_sendfile, to, from, NULL, 1 << 20);
	while (n > 0);
	return (int)n;
}

/* Opened anew for reading: still the same file, or the image is being changed under our hands. */
static int open_same(int dir, const char *name, const struct sys_stat *seen, int flags)
{
	int fd = sys_openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0);
	struct sys_stat now;

	if (fd < 0)
		return fd;
	if (sys_stat(fd, "", AT_EMPTY_PATH, &now) < 0 || now.ino != seen->ino ||
	    now.mount != seen->mount || S_TYPE(now.mode) != S_TYPE(seen->mode)) {
		sys_close(fd);
		return -ESTALE;
	}
	return fd;
}

static int copy_file(const struct copying *c, int from, int to, const char *name,
		     const struct sys_stat *stat)
{
	int in = open_same(from, name, stat, 0), out, rc;

	if (in < 0)
		return in;
	out = sys_openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = out < 0 ? out : copy_content(in, out);
	if (rc == 0)
		rc = give(out, stat);
	if (rc == 0)
		rc = copy_attributes_by_fd(c, in, out);
	if (out >= 0)
		sys_close(out);
	sys_close(in);
	return rc;
}

static int copy_link(int from, int to, const char *name, const struct sys_stat *stat)
{
	char content[4096];
	long n = sys_call4(__NR_readlinkat, from, name, content, sizeof(content) - 1);

	if (n < 0)
		return (int)n;
	content[n] = '\0';
	n = sys_call3(__NR_symlinkat, content, to, name);
	if (n == 0)
		n = sys_call5(__NR_fchownat, to, name, stat->uid, stat->gid, AT_SYMLINK_NOFOLLOW);
	return (int)n;
}

static int copy_node(int to, const char *name, const struct sys_stat *stat)
{
	const uint64_t device = (stat->minor & 0xff) | (uint64_t)stat->major << 8 |
				((uint64_t)stat->minor & ~0xffull) << 12;
	int rc = (int)sys_call4(__NR_mknodat, to, name, stat->mode, device);

	if (rc == 0)
		rc = (int)sys_call5(__NR_fchownat, to, name, stat->uid, stat->gid,
				    AT_SYMLINK_NOFOLLOW);
	return rc;
}

static int copy_entries(struct copying *c, int from, int to);

/* When its entries are there: they are not to inherit what they have themselves. */
static int give_directory(const struct copying *c, int in, int out, const struct sys_stat *stat)
{
	int rc = give(out, stat);

	return rc < 0 ? rc : copy_attributes_by_fd(c, in, out);
}

static int copy_directory(struct copying *c, int from, int to, const char *name,
			  const struct sys_stat *stat)
{
	int in, out, rc = (int)sys_call3(__NR_mkdirat, to, name, 0700);

	if (rc < 0)
		return failed(c, name, rc);
	if (c->depth == COPY_DEPTH)
		return failed(c, name, -ELOOP);
	in = open_same(from, name, stat, O_DIRECTORY);
	if (in < 0)
		return failed(c, name, in);
	out = sys_openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	c->depth++;
	rc = out < 0 ? failed(c, name, out) : 0;
	if (rc == 0 && stat->mount == c->mount)
		rc = copy_entries(c, in, out);
	if (rc == 0 && (rc = give_directory(c, in, out, stat)) < 0)
		rc = failed(c, name, rc);
	c->depth--;
	if (out >= 0)
		sys_close(out);
	sys_close(in);
	return rc;
}

static int copy_entry(struct copying *c, int from, int to, const char *name)
{
	struct sys_stat stat;
	int rc = sys_stat(from, name, AT_SYMLINK_NOFOLLOW, &stat);

	if (rc == 0 && S_TYPE(stat.mode) == S_DIR)
		return copy_directory(c, from, to, name, &stat);
	if (rc == 0 && S_TYPE(stat.mode) == S_REG)
		rc = copy_file(c, from, to, name, &stat);
	else if (rc == 0 && S_TYPE(stat.mode) == S_LNK)
		rc = copy_link(from, to, name, &stat);
	else if (rc == 0)
		rc = copy_node(to, name, &stat);
	if (rc == 0 && S_TYPE(stat.mode) != S_REG)
		rc = copy_attributes(c->attributes,
				     (struct attributes_of){ .dir = from, .name = name },
				     (struct attributes_of){ .dir = to, .name = name });
	return rc < 0 ? failed(c, name, rc) : 0;
}

static bool is_dots(const char *name)
{
	return text_same(name, ".") || text_same(name, "..");
}

static int copy_entries(struct copying *c, int from, int to)
{
	char buffer[COPY_ENTRIES] __attribute__((aligned(8)));
	int rc = 0;

	for (;;) {
		long n = sys_call3(__NR_getdents64, from, buffer, sizeof(buffer));

		if (n <= 0)
			return n < 0 ? failed(c, "", n) : 0;
		for (long at = 0; rc == 0 && at < n;) {
			const struct entry *entry = (const void *)(buffer + at);

			if (!is_dots(entry->name))
				rc = copy_entry(c, from, to, entry->name);
			at += entry->length;
		}
		if (rc < 0)
			return rc;
	}
}

static int open_directory(int fd)
{
	return sys_openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/* What is mounted below stays there, or it could uncover what a user namespace may not see. */
static int clone_to_read(int from)
{
	int clone = mount_clone(from, AT_RECURSIVE), rc;

	if (clone < 0)
		return clone;
	rc = mount_set(clone, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSYMFOLLOW, 0, 0, true);
	if (rc == 0)
		return clone;
	sys_close(clone);
	return rc;
}

/*
 * An access list of the image's directory would replace the mode that the options ask for. It
 * stays, within that mode.
 */
static int copy_root_attributes(const struct copying *c, int in, int out)
{
	struct sys_stat root;
	int rc = sys_stat(out, "", AT_EMPTY_PATH, &root);

	if (rc == 0)
		rc = copy_attributes_by_fd(c, in, out);
	return rc < 0 ? rc : (int)sys_call2(__NR_fchmod, out, root.mode & 07777);
}

static int copy_all(struct copying *c, int from, int mount)
{
	struct sys_stat stat = { 0 };
	int in = open_directory(from), out = in < 0 ? in : open_directory(mount);
	int rc = out < 0 ? out : sys_stat(in, "", AT_EMPTY_PATH, &stat);

	if (rc < 0) {
		rc = failed(c, "", rc);
	} else {
		c->mount = stat.mount;
		rc = copy_entries(c, in, out);
		if (rc == 0 && (rc = copy_root_attributes(c, in, out)) < 0)
			rc = failed(c, "", rc);
	}
	if (in >= 0)
		sys_close(in);
	if (out >= 0)
		sys_close(out);
	return rc;
}

int copyup_run(struct init *init, int from, int mount)
{
	struct copying c = { .init = init };
	const long memory = sys_call6(__NR_mmap, 0, sizeof(*c.attributes), PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int clone = memory < 0 && memory > -4096 ? (int)memory : clone_to_read(from), rc;

	if (clone < 0)
		return failed(&c, "", clone);
	c.attributes = (struct attributes *)memory;
	rc = copy_all(&c, clone, mount);
	sys_close(clone);
	(void)sys_call2(__NR_munmap, memory, sizeof(*c.attributes));
	return rc;
}

/* An id that stays as it is. */
#define KEEP_ID ((uint32_t)-1)

int copyup_root(struct init *init, int from, int mount, uint64_t flags)
{
	struct sys_stat stat;
	int rc = sys_stat(from, "", AT_EMPTY_PATH, &stat);
	int root = rc < 0 ? rc : open_directory(mount);

	if (root < 0)
		return init_fail(init, PART_SET_FLAGS, root);
	if (flags & (MOUNT_INHERIT_UID | MOUNT_INHERIT_GID))
		rc = (int)sys_call3(__NR_fchown, root,
				    flags & MOUNT_INHERIT_UID ? stat.uid : KEEP_ID,
				    flags & MOUNT_INHERIT_GID ? stat.gid : KEEP_ID);
	if (rc == 0 && (flags & MOUNT_INHERIT_MODE))
		rc = (int)sys_call2(__NR_fchmod, root, stat.mode & 07777);
	sys_close(root);
	return rc < 0 ? init_fail(init, PART_SET_FLAGS, rc) : 0;
}
