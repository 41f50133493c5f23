/*
 * caller.c - a demanding caller of libtare (library.bats): threads, a SIGCHLD handler, descriptors
 * of its own, and a look at itself before and after. caller MODE BUNDLE ID ROOT; ends with 0 if all
 * is well.
 */
#include <tare/tare.h>

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, err.message);   \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static struct tare_error err;
static const char *bundle, *root;
static volatile sig_atomic_t handled, reaped;

/* All that a library has no business with. */
struct self {
	char fds[4096];
	char cwd[4096];
	mode_t umask;
	struct rlimit nofile;
	sigset_t mask;
	void (*handlers[32])(int);
	int flags[32];
	int subreaper;
};

static void look(struct self *self)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	memset(self, 0, sizeof(*self));
	while ((entry = readdir(dir))) {
		char target[256] = "", path[300];

		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if (atoi(entry->d_name) == dirfd(dir) || entry->d_name[0] == '.')
			continue;
		readlink(path, target, sizeof(target) - 1);
		snprintf(self->fds + strlen(self->fds), sizeof(self->fds) - strlen(self->fds),
			 "%s=%s ", entry->d_name, target);
	}
	closedir(dir);
	getcwd(self->cwd, sizeof(self->cwd));
	self->umask = umask(027);
	umask(self->umask);
	getrlimit(RLIMIT_NOFILE, &self->nofile);
	sigprocmask(SIG_BLOCK, NULL, &self->mask);
	for (int i = 1; i < 32; i++) {
		struct sigaction action;

		sigaction(i, NULL, &action);
		self->handlers[i] = action.sa_handler;
		self->flags[i] = action.sa_flags;
	}
	prctl(PR_GET_CHILD_SUBREAPER, &self->subreaper);
}

/* What many programs do, and take our child by it. */
static void on_child(int signal)
{
	const int saved = errno;

	(void)signal;
	handled++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved;
}

static void whole_life(const char *id)
{
	static const char *const args[] = { "/bin/sh", "-c", "exit 9", NULL };
	struct tare_create_options create = TARE_CREATE_OPTIONS_INIT;
	struct tare_exec_options exec = TARE_EXEC_OPTIONS_INIT;
	struct tare_name name = { root, id };
	struct tare_state *state = NULL;
	int status = -1;

	create.bundle = bundle;
	CHECK(tare_create(&name, &create, &err) == 0);
	CHECK(tare_create(&name, &create, &err) == -EEXIST &&
	      !strcmp(err.code, "container-exists"));
	CHECK(tare_state(&name, &state, &err) == 0 && state->status == TARE_CREATED);
	CHECK(state->pid > 0 && !strcmp(state->id, id) && strcmp(state->bundle, bundle) == 0);
	tare_state_free(state);
	CHECK(tare_start(&name, &err) == 0);
	CHECK(tare_start(&name, &err) < 0);
	exec.args = args;
	CHECK(tare_exec(&name, &exec, &status, &err) == 0 && status == 9);
	CHECK(tare_delete(&name, 0, &err) < 0 && err.errnum > 0 && err.message[0]);
	CHECK(tare_wait(&name, 1, &status, &err) == -ETIMEDOUT);
	CHECK(tare_kill(&name, SIGTERM, 0, &err) == 0); /* it ends 3 s later, while we wait */
	CHECK(tare_wait(&name, -1, &status, &err) == 0 && status == 5);
	CHECK(tare_delete(&name, 0, &err) == 0);
	CHECK(tare_delete(&name, 0, &err) == -ENOENT);
	CHECK(tare_delete(&name, TARE_DELETE_FORCE, &err) == 0);
	CHECK(tare_state(&name, &state, &err) == -ENOENT && state == NULL);
	CHECK(!strcmp(err.code, "container-missing"));
}

/* No child, descriptor, handler, limit or mask more or less; the container was never a child. */
static void mode_self(const char *id)
{
	struct self before, after;
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_child;
	sigaction(SIGCHLD, &action, NULL);
	umask(077);
	look(&before);
	whole_life(id);
	look(&after);
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	CHECK(handled > 0);
	signal(SIGCHLD, SIG_IGN);
	whole_life(id);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void *live(void *id)
{
	whole_life(id);
	return NULL;
}

static void mode_threads(const char *id)
{
	pthread_t threads[4];
	char ids[4][256];

	for (int i = 0; i < 4; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%s-%d", id, i);
		CHECK(pthread_create(&threads[i], NULL, live, ids[i]) == 0);
	}
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static int mistakes;

static void count_mistakes(void *data, enum tare_notice kind, const struct tare_error *what)
{
	CHECK(data == &mistakes && what->message[0] && what->code[0]);
	mistakes += kind == TARE_MISTAKE;
}

static void mode_refused(const char *id)
{
	struct tare_create_options create = TARE_CREATE_OPTIONS_INIT;
	struct tare_name name = { root, id };

	create.bundle = bundle;
	create.notice = count_mistakes;
	create.data = &mistakes;
	CHECK(tare_create(&name, &create, &err) == -EINVAL && mistakes == 2);
	CHECK(err.line > 0 && !strcmp(err.file, "config.json"));
	CHECK(tare_create(&name, &create, NULL) == -EINVAL);
	create.size--;
	CHECK(tare_create(&name, &create, &err) == -EINVAL && strstr(err.message, "bytes"));
	create.size++;
	create.flags = 1u << 30;
	CHECK(tare_create(&name, &create, &err) == -EINVAL && strstr(err.message, "0x40000000"));
	create.flags = TARE_NO_CGROUP | TARE_SYSTEMD_CGROUP;
	CHECK(tare_create(&name, &create, &err) == -EINVAL && strstr(err.message, "exclude"));
	create.flags = 0;
	create.preserve_fds = 100;
	CHECK(tare_create(&name, &create, &err) == -EBADF);
	name.id = "../x";
	CHECK(tare_create(&name, NULL, &err) == -EINVAL && !strcmp(err.code, "container-id"));
	name.id = NULL;
	CHECK(tare_start(&name, &err) == -EINVAL);
	CHECK(tare_kill(NULL, SIGTERM, 0, &err) == -EINVAL);
	CHECK(tare_kill(&name, SIGTERM, 8, &err) == -EINVAL);
	CHECK(tare_exec(&name, NULL, NULL, &err) == -EINVAL);
	tare_state_free(NULL);
	tare_list_free(NULL);
}

/* Streams in another order, one preserved descriptor, and a secret that must not get in. */
static void mode_streams(const char *id)
{
	struct tare_create_options create = TARE_CREATE_OPTIONS_INIT;
	struct tare_name name = { root, id };
	struct tare_list *list = NULL;
	int out[2], stdio[3] = { -1, -1, -1 }, status = -1;
	char text[512] = "";
	size_t len = 0;
	ssize_t n;

	CHECK(close_range(3, ~0U, 0) == 0);
	CHECK(open("/etc/hostname", O_RDONLY | O_CLOEXEC) == 3);
	CHECK(open("/etc/shadow", O_RDONLY) == 4); /* inheritable, and not named */
	CHECK(pipe(out) == 0);
	stdio[1] = stdio[2] = out[1];
	create.bundle = bundle;
	create.preserve_fds = 1;
	create.stdio = stdio;
	CHECK(tare_create(&name, &create, &err) == 0);
	close(out[1]);
	CHECK(tare_list(root, &list, &err) == 0 && list->count == 1 && !strcmp(list->ids[0], id));
	tare_list_free(list);
	CHECK(tare_start(&name, &err) == 0);
	while ((n = read(out[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n; /* ends: nobody else holds the other end */
	fputs(text, stdout);
	(void)tare_wait(&name, -1, &status, &err); /* it may have ended already */
	CHECK(tare_delete(&name, TARE_DELETE_FORCE, &err) == 0);
}

/* It ends at once: a wait that begins after the kill would find nobody. */
static void mode_killed(const char *id)
{
	struct tare_create_options create = TARE_CREATE_OPTIONS_INIT;
	struct tare_name name = { root, id };
	int status;

	create.bundle = bundle;
	CHECK(tare_kill_wait(&name, SIGKILL, -1, &status, &err) == -ENOENT);
	for (int i = 0; i < 3; i++) {
		CHECK(tare_create(&name, &create, &err) == 0);
		CHECK(tare_start(&name, &err) == 0);
		status = -1;
		CHECK(tare_kill_wait(&name, 0, 1, &status, &err) == -ETIMEDOUT && status == -1);
		CHECK(tare_kill_wait(&name, SIGKILL, -1, &status, &err) == 0 && status == 137);
		CHECK(tare_kill_wait(&name, SIGKILL, -1, &status, &err) == -ESRCH);
		CHECK(tare_delete(&name, 0, &err) == 0);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	bundle = argv[2];
	root = argv[4];
	if (!strcmp(argv[1], "self"))
		mode_self(argv[3]);
	else if (!strcmp(argv[1], "threads"))
		mode_threads(argv[3]);
	else if (!strcmp(argv[1], "refused"))
		mode_refused(argv[3]);
	else if (!strcmp(argv[1], "streams"))
		mode_streams(argv[3]);
	else if (!strcmp(argv[1], "killed"))
		mode_killed(argv[3]);
	else
		return 2;
	return 0;
}
