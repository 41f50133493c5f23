/* hostps.c - see hostps.h. */
#include "cli/hostps.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/pidfd.h"
#include "sys/vclone.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ERROR_CODE CODE_PS

#define DEFAULT_PATH "/usr/bin:/bin"
#define OUTPUT_MAX   ((off_t)64 * 1024 * 1024)
#define BLANKS       " \t"

/* What the child needs. It shares our memory, and writes nothing but errnum. */
struct child {
	const char *path;
	char **argv;
	int out;
	int err;
	const struct fence *fence;
	int errnum; /* why it could not be executed */
};

/* A relative entry would let the directory we happen to be in decide what is run. */
static bool find_ps(const char *list, char *path, size_t size)
{
	for (const char *entry = list; *entry != '\0';) {
		int len = (int)strcspn(entry, ":");

		if (entry[0] == '/' && text_format(path, size, "%.*s/ps", len, entry) > 0 &&
		    access(path, X_OK) == 0)
			return true;
		entry += len;
		entry += *entry == ':';
	}
	return false;
}

static void run_ps(void *arg)
{
	struct child *child = arg;

	if (dup2(child->out, STDOUT_FILENO) >= 0 && dup2(child->err, STDERR_FILENO) >= 0 &&
	    fence_undo(child->fence) == 0)
		(void)execve(child->path, child->argv, environ);
	child->errnum = errno;
	_exit(127);
}

static int spawn(struct child *child, int *status, struct error *err)
{
	owned_fd pidfd = FD_NONE;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	int ret = vclone(&args, run_ps, child);

	if (ret < 0) {
		pidfd = FD_NONE; /* what stands there was closed by the kernel */
		return error_sys(err, -ret, "clone3", NULL, "cannot run %s", child->path);
	}
	ret = pidfd_wait(pidfd, status);
	if (ret == 0 && child->errnum == 0)
		return 0;
	return error_sys(err, child->errnum ? child->errnum : -ret, "execve", NULL, "cannot run %s",
			 child->path);
}

/* A file in memory, as malloc'ed text; NULL with errno. */
static char *read_back(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	size_t used = 0;
	char *text = NULL;

	if (size > OUTPUT_MAX)
		errno = EFBIG;
	if (size < 0 || size > OUTPUT_MAX)
		return NULL;
	text = malloc((size_t)size + 1);
	while (text && used < (size_t)size) {
		ssize_t n = pread(fd, text + used, (size_t)size - used, (off_t)used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(text);
			return NULL;
		}
		used += (size_t)n;
	}
	if (text)
		text[used] = '\0';
	return text;
}

/* procps fails when it has no row to show, too: then there is a header, and no complaint. */
static int judge(int status, const char *out, const char *complaint, struct error *err)
{
	if (status == 0 || (out[0] != '\0' && complaint[0] == '\0'))
		return 0;
	if (complaint[0] == '\0')
		return error_set(err, EINVAL, NULL, "ps failed with status %d", status);
	return error_set(err, EINVAL, NULL, "ps failed: %.*s", (int)strcspn(complaint, "\n"),
			 complaint);
}

/* Its output goes to memory: nobody has to read along, so that nothing can block. */
static int run_and_read(struct child *child, char **text, struct error *err)
{
	owned_fd out = memfd_create("ps", MFD_CLOEXEC);
	owned_fd complaints = memfd_create("ps", MFD_CLOEXEC);
	char *complaint = NULL;
	int ret = 0, status = 0;

	if (out < 0 || complaints < 0)
		return error_sys(err, errno, "memfd_create", NULL, "cannot run %s", child->path);
	child->out = out;
	child->err = complaints;
	ret = spawn(child, &status, err);
	if (ret < 0)
		return ret;
	*text = read_back(out);
	complaint = *text ? read_back(complaints) : NULL;
	if (!complaint)
		ret = error_sys(err, errno, "read", NULL, "cannot read what ps printed");
	else
		ret = judge(status, *text, complaint, err);
	free(complaint);
	return ret;
}

int hostps_run(char **options, int count, const struct fence *fence, char **text, struct error *err)
{
	static char name[] = "ps", everything[] = "-ef";
	const char *list = getenv("PATH");
	char path[PATH_MAX];
	struct child child = { .path = path, .fence = fence };
	int ret = 0;

	*text = NULL;
	if (!list || list[0] == '\0')
		list = DEFAULT_PATH;
	if (!find_ps(list, path, sizeof(path))) {
		(void)error_set(err, ENOENT, NULL, "there is no ps in %s", list);
		error_add_hint(err, "install procps, or use --format json");
		return -ENOENT;
	}
	child.argv = calloc((size_t)count + 3, sizeof(*child.argv));
	if (!child.argv)
		return error_sys(err, ENOMEM, "", NULL, "cannot run %s", path);
	child.argv[0] = name;
	child.argv[1] = everything;
	for (int i = 0; i < count; i++)
		child.argv[1 + i] = options[i];
	ret = run_and_read(&child, text, err);
	free(child.argv);
	return ret;
}

/* The word at this index of a line of `len` bytes; its length, 0 if there are not so many. */
static size_t find_word(const char *line, size_t len, size_t index, const char **word)
{
	const char *end = line + len;
	size_t length = 0;

	for (*word = line;; *word += length, index--) {
		while (*word < end && strchr(BLANKS, **word))
			(*word)++;
		length = 0;
		while (*word + length < end && !strchr(BLANKS, (*word)[length]))
			length++;
		if (index == 0 || length == 0)
			return length;
	}
}

static bool is_heading(const char *word, size_t len)
{
	return len == strlen("PID") && memcmp(word, "PID", len) == 0;
}

static int find_column(const char *line, size_t len, size_t *column, struct error *err)
{
	const char *word = NULL;
	size_t length = 0;

	for (*column = 0; (length = find_word(line, len, *column, &word)) > 0; (*column)++) {
		if (is_heading(word, length))
			return 0;
	}
	(void)error_set(err, EINVAL, NULL, "ps printed no column PID");
	error_add_hint(err, "add pid to the columns that you ask ps for");
	return -EINVAL;
}

static bool is_among(const struct oci_pid_list *pids, uint64_t pid)
{
	for (size_t i = 0; i < pids->count; i++) {
		if ((uint64_t)pids->items[i] == pid)
			return true;
	}
	return false;
}

static int filter_row(const char *line, size_t len, size_t column, const struct oci_pid_list *pids,
		      struct error *err)
{
	const char *word = NULL;
	size_t length = find_word(line, len, column, &word);
	char digits[24] = "";
	uint64_t pid = 0;

	if (len == 0 || is_heading(word, length)) /* ps can be asked to repeat its header */
		return false;
	if (length < sizeof(digits))
		memcpy(digits, word, length);
	if (text_to_u64(digits, INT32_MAX, &pid) == 0)
		return is_among(pids, pid);
	(void)error_set(err, EINVAL, NULL, "ps printed no number in the column PID, but \"%.*s\"",
			(int)length, word);
	error_add_hint(err, "let the columns begin with pid");
	return -EINVAL;
}

int hostps_filter(const char *text, const struct oci_pid_list *pids, FILE *to, struct error *err)
{
	size_t len = strcspn(text, "\n"), column = 0;
	int keep = find_column(text, len, &column, err);

	if (keep < 0)
		return keep;
	(void)fprintf(to, "%.*s\n", (int)len, text);
	for (text += len; *text != '\0'; text += len) {
		text++;
		len = strcspn(text, "\n");
		keep = filter_row(text, len, column, pids, err);
		if (keep < 0)
			return keep;
		if (keep)
			(void)fprintf(to, "%.*s\n", (int)len, text);
	}
	return 0;
}
