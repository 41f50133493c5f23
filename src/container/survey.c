/* survey.c - see survey.h. Here: the parts in order, and what they share. */
#include "container/survey.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void survey_put(struct survey *to, const char *name, const char *value, const char *missing,
		const char *remedy)
{
	const struct survey_row row = {
		.area = to->area,
		.name = name,
		.status = missing ? SURVEY_LACKS : SURVEY_HAS,
		.value = value ? value : "",
		.effect = missing,
		.remedy = missing ? remedy : NULL,
	};

	to->take(to->data, &row);
}

bool survey_read(const char *path, char *out, size_t size)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, out, size - 1);

	out[got > 0 ? got : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return got >= 0;
}

int survey_run(void (*take)(void *data, const struct survey_row *row), void *data,
	       struct error *err)
{
	struct host_facts facts = { 0 };
	struct survey to = { take, data, &facts, "" };
	int rc = host_read(&facts, err);

	if (rc < 0)
		return rc;
	survey_kernel(&to);
	survey_namespaces(&to);
	survey_cgroups(&to);
	survey_security(&to);
	survey_caller(&to);
	host_free(&facts);
	return 0;
}
