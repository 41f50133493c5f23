/* state.c - see state.h. */
#include "container/state.h"
#include "container/notify.h"
#include "base/fd.h"
#include "ocispec/write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#define ERROR_CODE CODE_STATE

#define RECORD  "record.json"
#define CONFIG  "config.json"
#define NEW     ".new"
#define WAITING "waiting"
#define MAKING  "making"
#define SOCKET  "start"

enum { LOCK_TRIES = 1000, LOCK_PAUSE_MS = 10 };

static int make_parents(const char *path)
{
	char part[4096];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* A root that others may write to would let them replace what we believe. */
static int check_owner(int fd, const char *root, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_sys(err, errno, "fstat", NULL, "cannot open the state root %s", root);
	if ((st.st_uid != geteuid() && st.st_uid != 0) ||
	    (st.st_mode & 022 && !(st.st_mode & S_ISVTX)))
		return error_set(
		    err, EACCES, NULL,
		    "the state root %s belongs to somebody else or others may write to it", root);
	return 0;
}

static int open_root(const char *root, bool make, struct error *err)
{
	owned_fd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT && make) {
		rc = make_parents(root);
		if (rc < 0)
			return error_sys(err, -rc, "mkdir", NULL, "cannot make the state root %s",
					 root);
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0) {
		rc = error_sys(err, errno, "open", NULL, "cannot open the state root %s", root);
		error_add_hint(err, "choose another directory with --root");
		return rc;
	}
	rc = check_owner(fd, root, err);
	return rc < 0 ? rc : take_fd(&fd);
}

static int mark_making(const struct state *state)
{
	owned_fd fd = openat(state->dir, MAKING, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : 0;
}

int state_create(struct state *state, const char *root, const char *id, struct error *err)
{
	int rc = 0;

	state->dir = state->journal = FD_NONE;
	(void)snprintf(state->id, sizeof(state->id), "%s", id);
	state->root = open_root(root, true, err);
	if (state->root < 0)
		return state->root;
	if (mkdirat(state->root, id, 0711) < 0) {
		if (errno == EEXIST)
			rc = error_set(err, EEXIST, NULL,
				       "container with given ID already exists: %s", id);
		else
			rc = error_sys(err, errno, "mkdirat", NULL, "cannot make %s/%s", root, id);
		state_close(state);
		return rc;
	}
	state->dir = openat(state->root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (state->dir < 0 || flock(state->dir, LOCK_EX | LOCK_NB) < 0 || mark_making(state) < 0) {
		rc = error_sys(err, errno, "openat", NULL, "cannot open %s/%s", root, id);
		(void)unlinkat(state->root, id, AT_REMOVEDIR);
		state_close(state);
	}
	return rc;
}

int state_set_made(const struct state *state, struct error *err)
{
	if (unlinkat(state->dir, MAKING, 0) < 0)
		return error_sys(err, errno, "unlinkat", NULL, "cannot write the state of %s",
				 state->id);
	return 0;
}

bool state_is_being_made(const struct state *state)
{
	return faccessat(state->dir, MAKING, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int state_open(struct state *state, const char *root, const char *id, struct error *err)
{
	int rc;

	state->dir = state->journal = FD_NONE;
	(void)snprintf(state->id, sizeof(state->id), "%s", id);
	state->root = open_root(root, false, err);
	if (state->root == -ENOENT)
		return error_set(err, ENOENT, NULL, "container does not exist: %s", id);
	if (state->root < 0)
		return state->root;
	state->dir = openat(state->root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (state->dir >= 0)
		return 0;
	if (errno == ENOENT)
		rc = error_set(err, ENOENT, NULL, "container does not exist: %s", id);
	else
		rc = error_sys(err, errno, "openat", NULL, "cannot open the state of %s", id);
	state_close(state);
	return rc;
}

static int still_exists(const struct state *state, struct error *err)
{
	struct stat st;

	if (fstat(state->dir, &st) == 0 && st.st_nlink > 0)
		return 0;
	return error_set(err, ENOENT, NULL, "container does not exist: %s", state->id);
}

int state_lock(struct state *state, struct error *err)
{
	const struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		if (flock(state->dir, LOCK_EX | LOCK_NB) == 0)
			return still_exists(state, err); /* it may have been deleted meanwhile */
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_sys(err, errno, "flock", NULL, "cannot lock the state of %s",
					 state->id);
		(void)nanosleep(&pause, NULL);
	}
	return error_set(err, EBUSY, NULL, "container %s is busy: another tare is working on it",
			 state->id);
}

void state_unlock(struct state *state)
{
	(void)flock(state->dir, LOCK_UN);
}

/* The lock of another open file, tried on one of our own. */
static bool is_locked(int dir, const char *name)
{
	owned_fd fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool state_is_locked(const struct state *state)
{
	return is_locked(state->dir, ".");
}

bool state_is_waiting(const struct state *state)
{
	return is_locked(state->dir, WAITING);
}

static int cannot_write(const struct state *state, int errnum, const char *call, struct error *err)
{
	(void)error_sys(err, errnum, call, NULL, "cannot write the state of %s", state->id);
	if (errnum == ENOSPC || errnum == EDQUOT)
		error_add_hint(err, "the filesystem of the state root is full: free space, or "
				    "choose another directory with --root");
	return -errnum;
}

/* All of it, or none: what a full disk took of it is given back. */
static int append(const struct state *state, int fd, struct oci_text text, struct error *err)
{
	const ssize_t n = write(fd, text.data, text.len);
	const int errnum = n < 0 ? errno : ENOSPC;
	off_t end;

	if (n == (ssize_t)text.len)
		return 0;
	end = n > 0 ? lseek(fd, 0, SEEK_END) : -1;
	if (end >= n && ftruncate(fd, end - n) < 0)
		return cannot_write(state, errno, "ftruncate", err);
	return cannot_write(state, errnum, "write", err);
}

/* In the place of one that is there, at once: nobody reads half of it. */
static int replace_file(const struct state *state, const char *name, struct oci_text text,
			struct error *err)
{
	owned_fd fd =
	    openat(state->dir, NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc;

	if (fd < 0)
		return cannot_write(state, errno, "openat", err);
	rc = append(state, fd, text, err);
	if (rc == 0 && renameat(state->dir, NEW, state->dir, name) < 0)
		rc = cannot_write(state, errno, "renameat", err);
	return rc;
}

/*
 * The maker of a container saves it several times while others may look: each time one more line,
 * of which the last whole one counts. To replace a file by another costs the filesystems that
 * write out what is renamed (ext4) some 150 us.
 */
static int save_line(struct state *state, struct oci_text line, struct error *err)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

	if (state->journal < 0) {
		state->journal = openat(state->dir, RECORD, flags, 0600);
		if (state->journal < 0 && errno == EEXIST)
			return replace_file(state, RECORD, line, err);
		if (state->journal < 0)
			return cannot_write(state, errno, "openat", err);
	}
	return append(state, state->journal, line, err);
}

int state_save(struct state *state, const struct oci_record *record, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct oci_text text;
	int rc = oci_write(&arena, oci_record_type, record, OCI_LINE, &text);

	rc = rc < 0 ? cannot_write(state, -rc, "", err) : save_line(state, text, err);
	arena_free(&arena);
	return rc;
}

int state_save_config(const struct state *state, struct oci_text text, struct error *err)
{
	return replace_file(state, CONFIG, text, err);
}

static int read_file(const struct state *state, const char *name, struct arena *arena,
		     struct oci_text *out, struct error *err)
{
	owned_fd fd = openat(state->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, errno, "openat", NULL, "cannot read %s of the container %s",
				 name, state->id);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)OCI_TEXT_MAX)
		return error_set(err, EINVAL, NULL, "%s of the container %s is damaged", name,
				 state->id);
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	n = text ? read(fd, text, (size_t)st.st_size) : -1;
	if (n != st.st_size)
		return error_sys(err, text ? EIO : ENOMEM, "read", NULL,
				 "cannot read %s of the container %s", name, state->id);
	*out = (struct oci_text){ text, (size_t)n };
	return 0;
}

static int damaged(const struct state *state, const char *name, const struct oci_issues *issues,
		   struct error *err)
{
	int rc = error_set(err, EINVAL, NULL, "%s of the container %s is damaged: %s %s", name,
			   state->id, issues->first ? issues->first->pointer : "",
			   issues->first ? issues->first->message : "");

	error_add_hint(err, "delete --force cleans up what is left of it");
	return rc;
}

/* The last whole line of the journal. */
static int read_record(const struct state *state, struct arena *arena, struct oci_text *out,
		       struct error *err)
{
	struct oci_text text = { NULL, 0 };
	const char *end, *before;
	int rc = read_file(state, RECORD, arena, &text, err);

	if (rc < 0)
		return rc;
	if (!text.data)
		return error_set(err, EINVAL, NULL, RECORD " of the container %s is damaged",
				 state->id);
	end = memrchr(text.data, '\n', text.len);
	if (!end) /* its maker was killed before it had written down anything */
		return error_sys(err, ENOENT, "openat", NULL,
				 "cannot read " RECORD " of the container %s", state->id);
	before = memrchr(text.data, '\n', (size_t)(end - text.data));
	out->data = before ? before + 1 : text.data;
	out->len = (size_t)(end - out->data);
	return 0;
}

int state_load(const struct state *state, struct arena *arena, struct oci_record **record,
	       struct error *err)
{
	struct oci_issues issues = { 0 };
	struct oci_text text = { NULL, 0 };
	void *object;
	int rc = read_record(state, arena, &text, err);

	if (rc < 0)
		return rc;
	if (oci_read(arena, oci_record_type, text, &object, &issues) < 0)
		return damaged(state, RECORD, &issues, err);
	*record = object;
	if ((*record)->version != STATE_RECORD_VERSION) {
		rc = error_set(
		    err, ENOTSUP, NULL,
		    "the container %s was made by another version of tare (state version %u)",
		    state->id, (*record)->version);
		error_add_hint(err, "delete --force cleans up what is left of it");
	}
	return rc;
}

int state_load_config(const struct state *state, struct arena *arena, struct oci_config **config,
		      struct error *err)
{
	struct oci_issues issues = { 0 };
	struct oci_text text = { NULL, 0 };
	int rc = read_file(state, CONFIG, arena, &text, err);

	if (rc < 0)
		return rc;
	if (oci_config_read(arena, text.data, text.len, config, &issues) < 0)
		return damaged(state, CONFIG, &issues, err);
	return 0;
}

/* sun_path holds 108 bytes: the directory is named by its descriptor. */
static void socket_address(const struct state *state, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/" SOCKET,
		       state->dir);
}

static int listen_for_start(const struct state *state)
{
	owned_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	mode_t old;
	int rc;

	if (fd < 0)
		return -errno;
	socket_address(state, &address);
	old = umask(077);
	rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)umask(old);
	if (rc < 0 || listen(fd, 8) < 0)
		return -errno;
	return take_fd(&fd);
}

int state_make_gate(const struct state *state, int *listener, int *lock, struct error *err)
{
	*lock = openat(state->dir, WAITING, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) < 0)
		return error_sys(err, errno, "openat", NULL, "cannot prepare the start of %s",
				 state->id);
	*listener = listen_for_start(state);
	if (*listener < 0)
		return error_sys(err, -*listener, "bind", NULL, "cannot prepare the start of %s",
				 state->id);
	return 0;
}

int state_connect(const struct state *state)
{
	owned_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;

	if (fd < 0)
		return -errno;
	socket_address(state, &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

int state_remove(struct state *state, struct error *err)
{
	static const char *const files[] = { MAKING, NEW, SOCKET, WAITING, CONFIG, RECORD };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (unlinkat(state->dir, files[i], 0) < 0 && errno != ENOENT)
			return error_sys(err, errno, "unlinkat", NULL,
					 "cannot remove the state of %s", state->id);
	}
	(void)unlinkat(state->dir, NOTIFY_DIRECTORY "/" NOTIFY_SOCKET, 0);
	(void)unlinkat(state->dir, NOTIFY_DIRECTORY, AT_REMOVEDIR);
	if (unlinkat(state->root, state->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_sys(err, errno, "unlinkat", NULL, "cannot remove the state of %s",
				 state->id);
	state_close(state);
	return 0;
}

void state_close(struct state *state)
{
	close_fd(&state->journal);
	close_fd(&state->dir);
	close_fd(&state->root);
}
