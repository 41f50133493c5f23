/* path.c - see path.h. */
#include "init/path.h"
#include "init/made.h"

#include <linux/openat2.h>

enum {
	PATH_SIZE = 4096,
	/* openat2 says EAGAIN while somebody on this machine renames or mounts: a busy one does so
	 * all the time. Tries without and with a pause of 100 us; then we give up. A walk that the
	 * kernel itself began anew counts its links twice, and so ELOOP may be untrue, too. */
	RACE_QUICK = 64,
	RACE_TRIES = 1064,
	LOOP_TRIES = 16,
	MAKE_TRIES = 512, /* components to make, and dangling links to follow, of one path */
};

int path_open_how(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	long rc;
	const int64_t pause[2] = { 0, 100000 }; /* seconds, nanoseconds */
	const int loop_tries = resolve & RESOLVE_NO_SYMLINKS ? 0 : LOOP_TRIES;
	int tries = 0;

	for (;;) {
		rc = sys_call4(__NR_openat2, dir, path, &how, sizeof(how));
		if (rc != -EAGAIN && rc != -EINTR && (rc != -ELOOP || tries >= loop_tries))
			return (int)rc;
		if (++tries == RACE_TRIES)
			return (int)rc;
		if (tries > RACE_QUICK)
			(void)sys_call2(__NR_nanosleep, pause, NULL);
	}
}

int path_open_in_root(int root, const char *path, int flags)
{
	return path_open_how(root, path, (uint64_t)(unsigned)flags | O_PATH,
			     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_without_links(int root, const char *path)
{
	return path_open_how(root, path, O_PATH | O_NOFOLLOW,
			     RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

int path_open_parent_without_links(int root, const char *path)
{
	char parent[PATH_SIZE] = "";
	size_t end = strlen(path);

	while (end > 1 && path[end - 1] != '/')
		end--;
	if (end == 0 || end >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, end);
	return path_open_without_links(root, parent);
}

/* A path under construction: what exists, the next name, what comes after it. */
struct making {
	char path[PATH_SIZE];
	char next[256];
	uint32_t head; /* length of the part that exists */
	uint32_t tail; /* where the part behind `next` begins */
};

/* Open the longest part that exists and find the name behind it. */
static int open_existing_part(struct making *m, int root)
{
	uint32_t end = (uint32_t)strlen(m->path);
	int fd = -ENOENT;

	while (fd == -ENOENT && end > 0) {
		while (end > 0 && m->path[end - 1] == '/')
			end--;
		while (end > 0 && m->path[end - 1] != '/')
			end--;
		m->head = end;
		if (end == 0) {
			fd = path_open_in_root(root, ".", O_DIRECTORY);
			break;
		}
		char kept = m->path[end];

		m->path[end] = '\0';
		fd = path_open_in_root(root, m->path, O_DIRECTORY);
		m->path[end] = kept;
	}
	return fd;
}

static int take_next_name(struct making *m)
{
	uint32_t from = m->head, len = 0;

	while (m->path[from] == '/')
		from++;
	while (m->path[from + len] != '\0' && m->path[from + len] != '/')
		len++;
	if (len == 0 || len >= sizeof(m->next))
		return len == 0 ? -ENOENT : -ENAMETOOLONG;
	memcpy(m->next, m->path + from, len);
	m->next[len] = '\0';
	m->tail = from + len;
	return 0;
}

/* A dangling link stands where a name is missing: go on with the path that it means. */
static int follow_link(struct making *m, int parent)
{
	char link[PATH_SIZE], rest[PATH_SIZE];
	long len = sys_call4(__NR_readlinkat, parent, m->next, link, sizeof(link) - 1);

	if (len < 0)
		return len == -EINVAL ? 0 : (int)len; /* not a link: somebody else made it, fine */
	link[len] = '\0';
	rest[0] = '\0';
	if (!text_append(rest, sizeof(rest), m->path + m->tail))
		return -ENAMETOOLONG;
	m->path[link[0] == '/' ? 0 : m->head] = '\0';
	if (!text_append(m->path, sizeof(m->path), link) ||
	    !text_append(m->path, sizeof(m->path), rest))
		return -ENAMETOOLONG;
	return 0;
}

static int make_file(int parent, const char *name)
{
	int fd =
	    sys_openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);

	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}

/* Make the first missing component of m->path. */
static int make_one(struct init *init, struct making *m, int root, bool directory)
{
	int parent = open_existing_part(m, root);
	bool last;
	int rc;

	if (parent < 0)
		return init_fail(init, PART_RESOLVE, parent);
	rc = take_next_name(m);
	if (rc == 0) {
		last = m->path[m->tail] == '\0';
		if (last && !directory)
			rc = make_file(parent, m->next);
		else
			rc = (int)sys_call3(__NR_mkdirat, parent, m->next, 0755);
		init->part = last && !directory ? PART_MAKE_FILE : PART_MAKE_DIRECTORY;
		rc = rc == -EEXIST ? follow_link(m, parent)
		     : rc == 0     ? made_note(init, parent, m->next)
				   : rc;
	}
	sys_close(parent);
	return rc;
}

int path_open_or_make(struct init *init, int root, const char *path, bool directory)
{
	struct making m;
	int fd, rc;

	m.path[0] = '\0';
	if (!text_append(m.path, sizeof(m.path), path))
		return init_fail(init, PART_RESOLVE, -ENAMETOOLONG);
	for (int tries = 0; tries < MAKE_TRIES; tries++) {
		fd = path_open_in_root(root, m.path, 0);
		if (fd >= 0) {
			init->part =
			    PART_NONE; /* what was made on the way is not to blame for more */
			return fd;
		}
		if (fd != -ENOENT)
			return init_fail(init, PART_RESOLVE, fd);
		rc = make_one(init, &m, root, directory);
		if (rc < 0)
			return rc;
	}
	return init_fail(init, PART_RESOLVE, -ELOOP);
}

int path_open_top_directory(struct init *init, int root, const char *path)
{
	const uint64_t beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	const uint64_t flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	int fd, rc;

	while (*path == '/')
		path++;
	fd = path_open_how(root, path, flags, beneath);
	if (fd == -ENOENT) {
		rc = (int)sys_call3(__NR_mkdirat, root, path, 0755);
		if (rc == 0)
			rc = made_note(init, root, path);
		if (rc < 0)
			return init_fail(init, PART_MAKE_DIRECTORY, rc);
		fd = path_open_how(root, path, flags, beneath);
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		return init_fail(init, PART_NOT_A_DIRECTORY, fd);
	return fd < 0 ? init_fail(init, PART_RESOLVE, fd) : fd;
}

int path_open_parent(struct init *init, int root, const char *path, const char **name)
{
	char parent[PATH_SIZE];
	size_t len = strlen(path), end = len;

	while (end > 0 && path[end - 1] != '/')
		end--;
	if (end == len || len >= sizeof(parent))
		return init_fail(init, PART_RESOLVE, end == len ? -EINVAL : -ENAMETOOLONG);
	*name = path + end;
	memcpy(parent, path, end);
	parent[end] = '\0';
	return path_open_or_make(init, root, end == 0 ? "." : parent, true);
}
