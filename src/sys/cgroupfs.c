/* cgroupfs.c - see cgroupfs.h. */
#include "sys/cgroupfs.h"

#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

/* openat2 answers EAGAIN when a rename elsewhere made the walk uncertain: try again, not for ever.
 */
enum { OPEN_ATTEMPTS = 64 };

static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned long long)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = -1;

	for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
		fd = syscall(SYS_openat2, dir, path[0] ? path : ".", &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int cgroupfs_open_mount(const char *mount_point, bool v2)
{
	owned_fd fd = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if ((unsigned long)fs.f_type != (v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
		return -EMEDIUMTYPE;
	return take_fd(&fd);
}

int cgroupfs_open_dir(int dir, const char *path)
{
	return open_beneath(dir, path, O_RDONLY | O_DIRECTORY);
}

int cgroupfs_open_file(int dir, const char *file)
{
	return open_beneath(dir, file, O_WRONLY | O_NOFOLLOW);
}

int cgroupfs_write_fd(int fd, const char *value, size_t len)
{
	ssize_t written;

	do {
		written = write(fd, value, len);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return (size_t)written == len ? 0 : -EIO;
}

int cgroupfs_write(int dir, const char *file, const char *value)
{
	owned_fd fd = cgroupfs_open_file(dir, file);

	return fd < 0 ? fd : cgroupfs_write_fd(fd, value, strlen(value));
}

ssize_t cgroupfs_read(int dir, const char *file, char *buffer, size_t size)
{
	owned_fd fd = open_beneath(dir, file, O_RDONLY | O_NOFOLLOW);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return fd;
	while ((got = read(fd, buffer + used, size - used)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		used += (size_t)got;
		if (used == size)
			return -EFBIG;
	}
	if (used > 0 && buffer[used - 1] == '\n')
		used--;
	buffer[used] = '\0';
	return (ssize_t)used;
}

int cgroupfs_make_dir(int dir, const char *name)
{
	if (mkdirat(dir, name, 0755) == 0)
		return 1;
	return errno == EEXIST ? 0 : -errno;
}

int cgroupfs_inode(int dir, const char *name, uint64_t *inode)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | (name[0] ? 0 : AT_EMPTY_PATH)) < 0)
		return -errno;
	*inode = st.st_ino;
	return 0;
}

int cgroupfs_remove_dir(int dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	owned_fd parent = FD_NONE;
	char above[4096];

	if (!slash)
		return unlinkat(dir, path, AT_REMOVEDIR) < 0 ? -errno : 0;
	if ((size_t)(slash - path) >= sizeof(above))
		return -ENAMETOOLONG;
	memcpy(above, path, (size_t)(slash - path));
	above[slash - path] = '\0';
	parent = open_beneath(dir, above, O_PATH | O_DIRECTORY);
	if (parent < 0)
		return parent;
	return unlinkat(parent, slash + 1, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void close_listing(DIR **listing)
{
	if (*listing)
		(void)closedir(*listing);
}

int cgroupfs_each_child(int dir, cgroupfs_visit *visit, void *data)
{
	owned_fd fd = cgroupfs_open_dir(dir, ""); /* readdir moves the offset: not that of `dir` */
	__attribute__((cleanup(close_listing))) DIR *listing = NULL;
	struct dirent *entry;
	int rc = 0;

	if (fd < 0)
		return fd;
	listing = fdopendir(fd);
	if (!listing)
		return -errno;
	(void)take_fd(&fd);
	while (rc == 0 && (entry = readdir(listing)) != NULL) {
		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		rc = visit(dir, entry->d_name, data);
	}
	return rc;
}

/* Digits run on from one read to the next, hence the state. */
struct pid_reader {
	pid_t *pids;
	size_t max;
	size_t count;
	unsigned long number;
	bool in_number;
};

static int take_pids(struct pid_reader *reader, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			reader->number = reader->number * 10 + (unsigned long)(text[i] - '0');
			reader->in_number = true;
			if (reader->number > 0x7fffffff)
				return -EINVAL;
		} else if (text[i] == '\n' && reader->in_number) {
			if (reader->count < reader->max)
				reader->pids[reader->count] = (pid_t)reader->number;
			reader->count++;
			reader->number = 0;
			reader->in_number = false;
		} else {
			return -EINVAL;
		}
	}
	return 0;
}

ssize_t cgroupfs_read_pids(int dir, const char *file, pid_t *pids, size_t max)
{
	owned_fd fd = open_beneath(dir, file, O_RDONLY | O_NOFOLLOW);
	struct pid_reader reader = { .pids = pids, .max = max };
	char buffer[4096];
	ssize_t got;
	int rc;

	if (fd < 0)
		return fd;
	while ((got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		rc = take_pids(&reader, buffer, (size_t)got);
		if (rc < 0)
			return rc;
	}
	return (ssize_t)reader.count;
}

int cgroupfs_read_number(int dir, const char *file, uint64_t *value)
{
	char text[32];
	ssize_t got = cgroupfs_read(dir, file, text, sizeof(text));

	return got < 0 ? (int)got : text_to_u64(text, UINT64_MAX, value);
}

/* Takes the text apart. */
static int find_key(char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key);

	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) != 0 || line[len] != ' ')
			continue;
		line[strcspn(line, "\n")] = '\0';
		return text_to_u64(line + len + 1, UINT64_MAX, value);
	}
	return -ENODATA;
}

int cgroupfs_read_key(int dir, const char *file, const char *key, uint64_t *value)
{
	char buffer[4096];
	ssize_t got = cgroupfs_read(dir, file, buffer, sizeof(buffer));

	return got < 0 ? (int)got : find_key(buffer, key, value);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int cgroupfs_wait_event(int dir, const char *key, uint64_t value, int timeout)
{
	owned_fd fd = open_beneath(dir, "cgroup.events", O_RDONLY | O_NOFOLLOW);
	struct pollfd wait = { .fd = fd, .events = POLLPRI };
	int64_t deadline = now_ms() + timeout;
	int64_t rest = timeout;
	uint64_t current = 0;
	char text[256];
	ssize_t got;
	int rc;

	if (fd < 0)
		return fd;
	/* poll() tells of what changed since the last read: nothing between is missed. */
	for (;;) {
		got = pread(fd, text, sizeof(text) - 1, 0);
		if (got < 0)
			return -errno;
		text[got] = '\0';
		rc = find_key(text, key, &current);
		if (rc < 0 || current == value)
			return rc;
		if (rest <= 0)
			return -ETIMEDOUT;
		if (poll(&wait, 1, (int)rest) < 0 && errno != EINTR)
			return -errno;
		rest = deadline - now_ms();
	}
}
