/* criu.c - see criu.h. The other side is src/criu. */
#include "container/criu.h"

#include "base/fd.h"
#include "base/numbers.h"
#include "base/text.h"
#include "container/libexec.h"
#include "ocispec/map.h"
#include "sys/scm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERROR_CODE CODE_CRIU

#define PROGRAM "tare-criu"

/* Where the two files are that a call hands over, besides the standard streams. */
enum { CHANNEL_FD = 9, STATUS_FD = 8, LOG_TAIL = 8192, LOG_SAID = 400 };

static int out_of_memory(struct error *err)
{
	return error_sys(err, ENOMEM, "", NULL, "cannot call criu");
}

void criu_add(struct criu_call *call, const char *format, ...)
{
	char text[2 * PATH_MAX];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text) ||
	    call->argc + 1 >= sizeof(call->argv) / sizeof(call->argv[0])) {
		call->failed = E2BIG;
		return;
	}
	call->argv[call->argc] = arena_strdup(call->arena, text);
	if (call->argv[call->argc])
		call->argc++;
	else
		call->failed = ENOMEM;
}

static const char *find_in_path(const char *name, struct arena *arena)
{
	const char *path = getenv("PATH");

	if (!path || path[0] == '\0')
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path) {
		const size_t len = strcspn(path, ":");
		const char *found = arena_format(arena, "%.*s/%s", (int)len, path, name);

		if (path[0] == '/' && found && access(found, X_OK) == 0)
			return found;
		path += len;
		path += *path == ':';
	}
	return NULL;
}

static int find_programs(struct criu_call *call, struct error *err)
{
	const char *criu = find_in_path("criu", call->arena);
	char path[PATH_MAX];

	if (libexec_find(PROGRAM, path, sizeof(path)) < 0) {
		(void)error_set(err, ENOENT, NULL,
				PROGRAM " is not installed: CRIU cannot be asked");
		error_add_hint(err, "install it in " TARE_LIBEXEC_DIR);
		return -ENOENT;
	}
	if (!criu) {
		(void)error_set(err, ENOENT, NULL,
				"criu is not installed: it is what saves and "
				"restores processes");
		error_add_hint(err, "apt-get install criu, or your system's word for it");
		return -ENOENT;
	}
	call->argv[0] = arena_strdup(call->arena, path);
	criu_add(call, "program=%s", criu);
	return call->argv[0] ? 0 : out_of_memory(err);
}

bool criu_is_available(void)
{
	struct arena arena = ARENA_INIT;
	char path[PATH_MAX];
	const bool found =
	    libexec_find(PROGRAM, path, sizeof(path)) == 0 && find_in_path("criu", &arena);

	arena_free(&arena);
	return found;
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];
	int rc = text_format(part, sizeof(part), "%s", path);

	for (char *at = part + 1; rc >= 0 && *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return rc < 0 ? rc : mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int absolute(struct criu_call *call, const char *path, bool make, char **out,
		    struct error *err)
{
	char cwd[PATH_MAX] = "";
	struct stat stat_of;
	int rc = 0;

	if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return error_sys(err, errno, "getcwd", NULL, "cannot name %s", path);
	*out = path[0] == '/' ? arena_strdup(call->arena, path)
			      : arena_format(call->arena, "%s/%s", cwd, path);
	if (!*out)
		return out_of_memory(err);
	if (make)
		rc = make_directories(*out);
	if (rc == 0 && stat(*out, &stat_of) < 0)
		rc = -errno;
	if (rc == 0 && !S_ISDIR(stat_of.st_mode))
		rc = -ENOTDIR;
	return rc < 0 ? error_sys(err, -rc, make ? "mkdir" : "stat", NULL,
				  "cannot use the directory of images %s", *out)
		      : 0;
}

static bool is_one_of(const char *value, const char *const *names)
{
	for (; *names; names++) {
		if (strcmp(value, *names) == 0)
			return true;
	}
	return false;
}

static int check_options(const struct criu_options *o, struct error *err)
{
	static const char *const modes[] = { "soft", "full", "strict", "ignore", NULL };
	static const char *const locks[] = { "iptables", "nftables", "skip", NULL };

	if (geteuid() != 0)
		return error_set(err, EPERM, NULL, "CRIU needs root: not for an ordinary user");
	if (o->cgroups && !is_one_of(o->cgroups, modes))
		return error_set(err, EINVAL, NULL,
				 "invalid value \"%s\" for --manage-cgroups-mode: expected soft, "
				 "full, strict or ignore",
				 o->cgroups);
	if (o->network_lock && !is_one_of(o->network_lock, locks))
		return error_set(err, EINVAL, NULL,
				 "invalid value \"%s\" for --network-lock: expected iptables, "
				 "nftables or skip",
				 o->network_lock);
	if (o->parent && o->parent[0] == '/')
		return error_set(err, EINVAL, NULL,
				 "--parent-path must be relative to the directory of images: %s",
				 o->parent);
	for (size_t i = 0; i < o->empty_namespaces.count; i++) {
		if (strcmp(o->empty_namespaces.items[i], "network") != 0)
			return error_set(err, EINVAL, NULL,
					 "invalid value \"%s\" for --empty-ns: expected network",
					 o->empty_namespaces.items[i]);
	}
	return 0;
}

/* "skip": CRIU has the word from 3.18 on; before, it is what happens without connections. */
static void add_options(struct criu_call *call)
{
	const struct criu_options *o = call->options;
	const struct {
		bool on;
		const char *name;
	} switches[] = {
		{ o->leave_running, "leave-running" },
		{ o->lazy_pages, "lazy-pages" },
		{ o->auto_dedup, "auto-dedup" },
		{ o->tcp_established, "tcp-established" },
		{ o->tcp_skip_in_flight, "tcp-skip-in-flight" },
		{ o->tcp_close, "tcp-close" },
		{ o->ext_unix_sk, "ext-unix-sk" },
		{ o->shell_job, "shell-job" },
		{ o->file_locks, "file-locks" },
		{ o->link_remap, "link-remap" },
		{ o->empty_namespaces.count > 0, "empty-network" },
		{ true, "orphan-pts-master" },
		{ true, "ext-sharing" },
		{ true, "ext-masters" },
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (switches[i].on)
			criu_add(call, "%s", switches[i].name);
	}
	criu_add(call, "images=%s", call->images);
	criu_add(call, "work=%s", call->work);
	criu_add(call, "log=%s", call->log);
	criu_add(call, "manage-cgroups=%s", o->cgroups ? o->cgroups : "soft");
	if (o->parent)
		criu_add(call, "parent=%s", o->parent);
	if (o->page_server)
		criu_add(call, "page-server=%s", o->page_server);
	if (o->network_lock && strcmp(o->network_lock, "skip") != 0)
		criu_add(call, "network-lock=%s", o->network_lock);
	if (o->lsm_profile)
		criu_add(call, "lsm-profile=%s", o->lsm_profile);
	if (o->lsm_mount_context)
		criu_add(call, "lsm-mount-context=%s", o->lsm_mount_context);
	if (o->status_fd)
		criu_add(call, "status-fd=%d", STATUS_FD);
}

int criu_begin(struct criu_call *call, const char *what, bool make, struct error *err)
{
	const struct criu_options *o = call->options;
	int rc = check_options(o, err);

	call->channel = call->errors = FD_NONE;
	call->log = strcmp(what, "restore") == 0 ? "restore.log" : "dump.log";
	call->argc = 3;
	if (rc == 0)
		rc = find_programs(call, err);
	if (rc == 0)
		rc = absolute(call, o->images ? o->images : "checkpoint", make, &call->images, err);
	call->work = call->images;
	if (rc == 0 && o->work)
		rc = absolute(call, o->work, true, &call->work, err);
	if (rc < 0)
		return rc;
	call->argv[1] = (char *)what;
	call->argv[2] = arena_format(call->arena, "%d", CHANNEL_FD);
	if (call->mount_root) /* before the directories: they have to be of the mount namespace it
				 is made in */
		criu_add(call, "mount-root=%s", call->mount_root);
	add_options(call);
	return call->argv[2] ? 0 : out_of_memory(err);
}

void criu_add_config(struct criu_call *call, const struct oci_config *config)
{
	static const char *const places[] = { "/etc/criu/tare.conf", "/etc/criu/runc.conf" };
	const char *file = oci_map_get(&config->annotations, "org.criu.config");

	for (size_t i = 0; !file && i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], R_OK) == 0)
			file = places[i];
	}
	if (file && file[0] != '\0')
		criu_add(call, "config=%s", file);
}

static int spawn(struct criu_call *call, int channel, int status)
{
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, channel, CHANNEL_FD);
	if (rc == 0 && status >= 0)
		rc = posix_spawn_file_actions_adddup2(&actions, status, STATUS_FD);
	if (rc == 0)
		rc = posix_spawn(&call->pid, call->argv[0], &actions, NULL, call->argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

int criu_start(struct criu_call *call, struct error *err)
{
	int ends[2], rc, status = FD_NONE;
	uint64_t number = 0;

	if (call->failed)
		return error_sys(err, call->failed, "", NULL, "cannot call criu");
	if (call->options->status_fd) {
		if (text_to_u64(call->options->status_fd, INT32_MAX, &number) < 0 ||
		    fcntl((int)number, F_GETFD) < 0)
			return error_set(err, EBADF, NULL,
					 "invalid value \"%s\" for --status-fd: it is not open",
					 call->options->status_fd);
		status = (int)number;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_sys(err, errno, "socketpair", NULL, "cannot call criu");
	call->argv[call->argc] = NULL;
	rc = spawn(call, ends[1], status);
	(void)close(ends[1]);
	call->channel = ends[0];
	return rc < 0 ? error_sys(err, -rc, "posix_spawn", NULL, "cannot start " PROGRAM) : 0;
}

int criu_answer(struct criu_call *call, bool yes)
{
	return send(call->channel, yes ? "y" : "n", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int criu_go(struct criu_call *call, struct error *err)
{
	const int rc = criu_answer(call, true);

	return rc < 0 ? error_sys(err, -rc, "send", NULL, "cannot talk to " PROGRAM) : 0;
}

/* Not all that goes wrong is an error to CRIU: a page server that does not answer is none. */
static bool names_an_error(const char *line)
{
	return strstr(line, "Error") || strstr(line, "Can't connect to server");
}

/* The last of CRIU's lines that name an error, in a hint that has room for some of it. */
static void add_log(struct criu_call *call, struct error *err)
{
	char path[PATH_MAX], tail[LOG_TAIL + 1], said[LOG_SAID] = "";
	owned_fd fd = FD_NONE;
	ssize_t n = 0;
	off_t size;
	char *rest = tail;

	if (text_format(path, sizeof(path), "%s/%s", call->work, call->log) < 0)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	if (size >= 0)
		n = pread(fd, tail, LOG_TAIL, size > LOG_TAIL ? size - LOG_TAIL : 0);
	tail[n > 0 ? n : 0] = '\0';
	for (char *line; (line = strsep(&rest, "\n"));) {
		char before[LOG_SAID];

		if (!names_an_error(line))
			continue;
		memcpy(before, said, sizeof(before));
		if (text_format(said, sizeof(said), "%s%s%.200s", before, before[0] ? "; " : "",
				line) < 0)
			(void)snprintf(said, sizeof(said), "%.200s", line); /* the later ones */
	}
	error_add_hint(err, "criu said: %s (all of it is in %s)", said[0] ? said : "no error",
		       path);
}

static int explain_end(struct criu_call *call, struct error *err)
{
	int status = 0;

	if (waitpid(call->pid, &status, 0) != call->pid)
		status = 0x100;
	call->pid = 0;
	if (status == 0)
		return 0;
	(void)error_set(err, EIO, NULL, "criu failed: %s",
			strcmp(call->argv[1], "restore") == 0 ? "it could not restore the processes"
							      : "it could not save the processes");
	add_log(call, err);
	return -EIO;
}

int criu_next(struct criu_call *call, struct criu_word *word, struct error *err)
{
	struct scm_fds files = { &word->file, 1, 0 };
	uint64_t number;
	char *space;
	ssize_t n;

	word->file = FD_NONE;
	n = scm_receive(call->channel, word->text, sizeof(word->text) - 1, &files);
	if (n == 0)
		return explain_end(call, err);
	if (n < 0)
		return error_sys(err, (int)-n, "recvmsg", NULL, "cannot understand " PROGRAM);
	word->text[n] = '\0';
	space = strchr(word->text, ' ');
	word->number = 0;
	if (space && text_to_u64(space + 1, INT32_MAX, &number) == 0)
		word->number = (int)number;
	if (space)
		*space = '\0';
	return 1;
}

void criu_finish(struct criu_call *call)
{
	close_fd(&call->channel); /* whoever waits for us there ends */
	if (call->pid > 0)
		(void)waitpid(call->pid, NULL, 0);
	call->pid = 0;
}
