/* colour.c - see colour.h. */
#include "cli/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

bool colour_wanted(int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if ((none && none[0] != '\0') || !terminal || strcmp(terminal, "dumb") == 0)
		return false;
	return isatty(fd) == 1;
}

/* Bytes up to and with the colon of "  hint:", or 0 if the line begins with no label. */
static size_t label_length(const char *line)
{
	static const char *const labels[] = { "  config:", "  step:", "  hint:", "  see:" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strncmp(line, labels[i], strlen(labels[i])) == 0)
			return strlen(labels[i]);
	}
	return 0;
}

static bool add_bytes(struct buffer *out, const char *from, size_t len)
{
	if (len >= BUFFER_SIZE - out->len)
		return false;
	memcpy(out->data + out->len, from, len);
	out->len += len;
	out->data[out->len] = '\0';
	return true;
}

static bool add_painted(struct buffer *out, const char *colour, const char *from, size_t len)
{
	return add_bytes(out, colour, strlen(colour)) && add_bytes(out, from, len) &&
	       add_bytes(out, PLAIN, strlen(PLAIN));
}

bool colour_paint(const struct buffer *text, struct buffer *out)
{
	const char *line = text->data;
	const char *colon = strchr(line, ':');
	size_t label = colon ? (size_t)(colon - line) + 1 : 0;
	const char *colour = label && strncmp(line + label, " warning:", 9) == 0 ? YELLOW : RED;
	bool fits = true;

	buffer_clear(out);
	while (fits && line[0] != '\0') {
		const size_t len = strcspn(line, "\n") + (strchr(line, '\n') ? 1 : 0);

		fits = (label == 0 || add_painted(out, colour, line, label)) &&
		       add_bytes(out, line + label, len - label);
		line += len;
		label = label_length(line);
		colour = BOLD;
	}
	return fits;
}
