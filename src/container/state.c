/* state.c - see state.h. */
#include "container/state.h"
#include "base/fd.h"
#include "ocispec/arena.h"
#include "ocispec/write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_NAME "state.json"
#define NEW_NAME  ".state.json.new"

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
static int open_root(const char *root, struct error *err)
{
	owned_fd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0 && errno == ENOENT) {
		rc = make_parents(root);
		if (rc < 0)
			return error_sys(err, -rc, "mkdir", NULL, "cannot make the state root %s",
					 root);
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = error_sys(err, errno, "open", NULL, "cannot open the state root %s", root);
		error_add_hint(err, "choose another directory with --root");
		return rc;
	}
	if ((st.st_uid != geteuid() && st.st_uid != 0) ||
	    (st.st_mode & 022 && !(st.st_mode & S_ISVTX)))
		return error_set(
		    err, EACCES, NULL,
		    "the state root %s belongs to somebody else or others may write to it", root);
	return take_fd(&fd);
}

int state_create(struct state *state, const char *root, const char *id, struct error *err)
{
	int rc;

	state->dir = FD_NONE;
	(void)snprintf(state->id, sizeof(state->id), "%s", id);
	state->root = open_root(root, err);
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
	if (state->dir < 0) {
		rc = error_sys(err, errno, "openat", NULL, "cannot open %s/%s", root, id);
		(void)unlinkat(state->root, id, AT_REMOVEDIR);
		state_close(state);
		return rc;
	}
	return 0;
}

static int write_new(const struct state *state, struct oci_text text, struct error *err)
{
	owned_fd fd = openat(state->dir, NEW_NAME,
			     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n;

	if (fd < 0)
		return error_sys(err, errno, "openat", NULL, "cannot write the state of %s",
				 state->id);
	n = write(fd, text.data, text.len);
	if (n != (ssize_t)text.len)
		return error_sys(err, n < 0 ? errno : ENOSPC, "write", NULL,
				 "cannot write the state of %s", state->id);
	if (renameat(state->dir, NEW_NAME, state->dir, FILE_NAME) < 0)
		return error_sys(err, errno, "renameat", NULL, "cannot write the state of %s",
				 state->id);
	return 0;
}

int state_write(const struct state *state, const struct oci_state *content, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct oci_text text;
	int rc = oci_write(&arena, &oci_state_type, content, OCI_COMPACT, &text);

	if (rc < 0)
		rc = error_sys(err, -rc, "", NULL, "cannot write the state of %s", state->id);
	else
		rc = write_new(state, text, err);
	arena_free(&arena);
	return rc;
}

int state_remove(struct state *state, struct error *err)
{
	static const char *const files[] = { FILE_NAME, NEW_NAME };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (unlinkat(state->dir, files[i], 0) < 0 && errno != ENOENT)
			return error_sys(err, errno, "unlinkat", NULL,
					 "cannot remove the state of %s", state->id);
	}
	if (unlinkat(state->root, state->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_sys(err, errno, "unlinkat", NULL, "cannot remove the state of %s",
				 state->id);
	state_close(state);
	return 0;
}

void state_close(struct state *state)
{
	close_fd(&state->dir);
	close_fd(&state->root);
}
