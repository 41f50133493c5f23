/* cmd_trace.c - tare trace FILE: what --trace wrote, as a time line in the terminal. */
#include "base/fd.h"
#include "cli/colour.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/timeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERROR_CODE CODE_TRACE_READ

enum { USUAL_WIDTH = 80, WIDEST = 400, LARGEST = 64 * 1024 * 1024 };

static int cannot_read(const char *file, int errnum, struct error *err)
{
	return error_sys(err, errnum, "read", NULL, "cannot read the trace %s", file);
}

/* The whole file, ended by a NUL; to be freed. */
static int read_file(const char *file, char **out, struct error *err)
{
	owned_fd fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t got = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot_read(file, errno, err);
	if (!S_ISREG(st.st_mode) || st.st_size > LARGEST)
		return cannot_read(file, S_ISREG(st.st_mode) ? EFBIG : EINVAL, err);
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		return cannot_read(file, ENOMEM, err);
	for (off_t at = 0; at < st.st_size; at += got) {
		got = read(fd, text + at, (size_t)(st.st_size - at));
		if (got <= 0)
			break;
	}
	*out = text;
	return got < 0 ? cannot_read(file, errno, err) : 0;
}

static unsigned find_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_WIDTH;
	return size.ws_col < WIDEST ? size.ws_col : WIDEST;
}

static int draw(FILE *to, const void *timeline, struct error *err)
{
	(void)err;
	timeline_draw(to, timeline, find_width(), colour_wanted(STDOUT_FILENO));
	return 0;
}

int cmd_trace(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct timeline timeline;
	char *text = NULL;
	int rc = read_file(args->positionals[0], &text, err);

	(void)report;
	if (rc == 0)
		rc = timeline_read(args->positionals[0], text, &timeline, err);
	if (rc == 0) {
		rc = output_written(draw, &timeline, err);
		timeline_free(&timeline);
	}
	free(text);
	return rc;
}
