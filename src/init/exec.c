/* exec.c - the working directory, the program, and the end of tare-init. */
#include "init/init.h"

enum {
	PASSWD_LIMIT = 1024 * 1024, /* bytes of /etc/passwd that are looked at */
	CHUNK = 4096,
	PATH_SIZE = 4096,
};

/* The kernel says "(unreachable)/..." or ENOENT for a directory outside of our root. */
static int verify_cwd(struct init *init)
{
	char cwd[PATH_SIZE];
	long n = sys_call2(__NR_getcwd, cwd, sizeof(cwd));

	if (n < 0 || cwd[0] != '/')
		return init_fail(init, PART_OUTSIDE, n < 0 ? (int)n : -EXDEV);
	return 0;
}

/*
 * As root first, for directories that only root may enter; if that is refused, once more as the
 * user, who may enter what root may not (root-squashed NFS).
 */
int step_run_chdir(struct init *init, struct step_chdir *step)
{
	int rc;

	if (init->in_cwd)
		return verify_cwd(init);
	rc = (int)sys_call1(__NR_chdir, init_text(init, step->path));
	if (rc == -EACCES && !step->last)
		return 0;
	if (rc < 0)
		return rc;
	init->in_cwd = true;
	return verify_cwd(init);
}

static int is_executable(const char *path)
{
	struct sys_stat stat;
	int rc = sys_stat(AT_FDCWD, path, 0, &stat);

	if (rc < 0)
		return rc;
	if (S_TYPE(stat.mode) != S_REG)
		return S_TYPE(stat.mode) == S_DIR ? -EISDIR : -EACCES;
	return (int)sys_call4(__NR_faccessat2, AT_FDCWD, path, 1 /* X_OK */, AT_EACCESS);
}

/* As execvp does: a candidate that exists but may not be executed is remembered. */
int step_run_find(struct init *init, struct step_find *step)
{
	int refused = 0;

	for (uint32_t i = 0; i < step->candidates.length; i++) {
		const char *path = init_entry(init, step->candidates, i);
		int rc = is_executable(path);

		if (rc == 0) {
			init->program = path;
			return 0;
		}
		if (rc != -ENOENT && rc != -ENOTDIR)
			refused = rc;
	}
	if (refused)
		return init_fail(init, PART_NOT_EXECUTABLE, refused);
	return init_fail(init, PART_NOT_FOUND, -ENOENT);
}

/* The reader of passwd: only HOME comes from it, never an identity (CVE-2016-3697). */
struct passwd_scan {
	uint64_t uid;   /* wanted */
	uint64_t value; /* of the third field so far */
	char *home;     /* where the sixth field goes */
	uint32_t home_size;
	uint32_t home_used;
	unsigned field;
	bool has_digit; /* the third field is not empty */
	bool unusable;  /* it is not a number, or the home is too long */
};

static void passwd_new_line(struct passwd_scan *scan)
{
	scan->field = 0;
	scan->value = 0;
	scan->has_digit = false;
	scan->unusable = false;
	scan->home_used = 0;
}

static void passwd_take_id(struct passwd_scan *scan, char c)
{
	if (c < '0' || c > '9' || scan->value >= 1ull << 32) {
		scan->unusable = true;
		return;
	}
	scan->value = scan->value * 10 + (uint64_t)(c - '0');
	scan->has_digit = true;
}

/* Take one character; true at the end of a line whose third field is the user. */
static bool passwd_take(struct passwd_scan *scan, char c)
{
	bool found;

	if (c == '\n') {
		found = scan->field >= 5 && scan->has_digit && !scan->unusable &&
			scan->value == scan->uid;
		if (!found)
			passwd_new_line(scan);
		return found;
	}
	if (c == ':') {
		scan->field++;
	} else if (scan->field == 2) {
		passwd_take_id(scan, c);
	} else if (scan->field == 5) {
		if (scan->home_used + 1 < scan->home_size)
			scan->home[scan->home_used++] = c;
		else
			scan->unusable = true; /* cut off it would be another directory */
	}
	return false;
}

static bool passwd_scan_file(struct passwd_scan *scan, int fd)
{
	char chunk[CHUNK];
	long n, total = 0;

	passwd_new_line(scan);
	while (total < PASSWD_LIMIT && (n = sys_read(fd, chunk, sizeof(chunk))) > 0) {
		for (long i = 0; i < n; i++) {
			if (passwd_take(scan, chunk[i]))
				return true;
		}
		total += n;
	}
	return n == 0 && passwd_take(scan, '\n'); /* the last line may lack its end */
}

int step_run_home(struct init *init, struct step_home *step)
{
	char *entry = init->base + step->entry.offset; /* "HOME=" and room */
	struct passwd_scan scan = { .uid = step->uid,
				    .home = entry + 5,
				    .home_size = step->entry.length - 5 };
	struct sys_stat stat;
	bool found = false;
	int fd;

	if (sys_stat(AT_FDCWD, "/etc/passwd", 0, &stat) == 0 && S_TYPE(stat.mode) == S_REG) {
		fd = sys_openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
		found = fd >= 0 && passwd_scan_file(&scan, fd);
		if (fd >= 0)
			sys_close(fd);
	}
	if (!found || scan.home_used == 0) {
		scan.home[0] = '/';
		scan.home_used = 1;
	}
	scan.home[scan.home_used] = '\0';
	return 0;
}

/* By now nothing clones any more: the pid is the program's, in its own namespace. */
int step_run_listen(struct init *init, struct step_listen *step)
{
	char *entry = init->base + step->entry.offset; /* "LISTEN_PID=" and room */

	(void)text_append_number(entry, step->entry.length, (uint64_t)sys_call0(__NR_getpid));
	return 0;
}

int step_run_ready(struct init *init, struct step_ready *step)
{
	char noted;
	int rc = report_simple(init, REPORT_READY);

	(void)step;
	if (rc < 0)
		return rc;
	/* tare writes down who we are; if it dies before, nobody would find us */
	if (sys_read(init->socket, &noted, 1) != 1)
		sys_exit(1);
	return 0;
}

/* Offsets become pointers in place: execve wants arrays of pointers, and we have no heap. */
char **init_relocate(struct init *init, struct program_ref list)
{
	uint64_t *entries = (void *)(init->base + list.offset);

	for (uint32_t i = 0; i < list.length; i++)
		entries[i] += (uint64_t)(uintptr_t)init->base;
	return (char **)entries; /* tare leaves a 0 behind the last one */
}

/* Said before the filter is loaded, which may forbid to say anything. */
int step_run_announce(struct init *init, struct step_announce *step)
{
	int rc = report_simple(init, REPORT_EXECUTING);

	(void)step;
	/* start may have been killed meanwhile: the container is started all the same */
	return rc == -EPIPE && init->page ? 0 : rc;
}

int step_run_exec(struct init *init, struct step_exec *step)
{
	char **argv = init_relocate(init, step->argv), **env = init_relocate(init, step->env);

	return (int)sys_call3(__NR_execve, init->program, argv, env);
}
