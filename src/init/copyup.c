/*
 * copyup.c - see copyup.h. The image is not to be trusted: everything goes by descriptors, no link
 * is followed, and what a name was when it was looked at is what is opened, or nothing.
 */
#include "init/copyup.h"

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

struct copying {
	struct init *init;
	uint64_t mount; /* id of the mount that is copied: others are not entered */
	int depth;
};

static int failed(struct copying *c, const char *name, long rc)
{
	if (c->init->text[0] == '\0')
		(void)text_append(c->init->text, sizeof(c->init->text), name);
	return init_fail(c->init, PART_COPY, rc);
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

static int copy_file(int from, int to, const char *name, const struct sys_stat *stat)
{
	int in = open_same(from, name, stat, 0), out, rc;

	if (in < 0)
		return in;
	out = sys_openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = out < 0 ? out : copy_content(in, out);
	if (rc == 0)
		rc = give(out, stat);
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
	if (rc == 0 && (rc = give(out, stat)) < 0)
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
		rc = copy_file(from, to, name, &stat);
	else if (rc == 0 && S_TYPE(stat.mode) == S_LNK)
		rc = copy_link(from, to, name, &stat);
	else if (rc == 0)
		rc = copy_node(to, name, &stat);
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

int copyup_run(struct init *init, int from, int mount)
{
	struct copying c = { .init = init };
	struct sys_stat stat;
	int in = open_directory(from), out = open_directory(mount);
	int rc = in < 0 ? in : out < 0 ? out : sys_stat(in, "", AT_EMPTY_PATH, &stat);

	if (rc < 0)
		return failed(&c, "", rc);
	c.mount = stat.mount;
	rc = copy_entries(&c, in, out);
	if (rc == 0 && (rc = give(out, &stat)) < 0)
		rc = failed(&c, "", rc);
	sys_close(in);
	sys_close(out);
	return rc;
}

int copyup_mode(struct init *init, int from, int mount)
{
	struct sys_stat stat;
	int rc = sys_stat(from, "", AT_EMPTY_PATH, &stat);
	int root = rc < 0 ? rc : open_directory(mount);

	if (root >= 0) {
		rc = (int)sys_call2(__NR_fchmod, root, stat.mode & 07777);
		sys_close(root);
	} else {
		rc = root;
	}
	return rc < 0 ? init_fail(init, PART_SET_FLAGS, rc) : 0;
}
