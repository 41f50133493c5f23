/* stats.c - see stats.h; what v1 and v2 have in common, and who reads which file. */
#include "cgroup/stats_files.h"

#include "base/fd.h"
#include "base/text.h"
#include "cgroup/trees.h"
#include "sys/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

const struct tree *stats_tree(const struct stats_reader *r, const char *controller)
{
	const struct tree *tree = trees_find(r->cgroup, controller, strlen(controller));

	return tree && tree->dir >= 0 ? tree : NULL;
}

uint64_t stats_number(const struct tree *tree, const char *file)
{
	char text[64];
	uint64_t value = 0;

	if (cgroupfs_read(tree->dir, file, text, sizeof(text)) < 0)
		return 0;
	if (strcmp(text, "max") == 0)
		return STATS_UNLIMITED;
	return text_to_u64(text, UINT64_MAX, &value) < 0 ? 0 : value;
}

uint64_t stats_key(const struct tree *tree, const char *file, const char *key)
{
	uint64_t value = 0;

	return cgroupfs_read_key(tree->dir, file, key, &value) < 0 ? 0 : value;
}

char *stats_text(const struct stats_reader *r, const struct tree *tree, const char *file)
{
	char text[STATS_FILE_MAX];

	if (cgroupfs_read(tree->dir, file, text, sizeof(text)) < 0)
		return NULL;
	return arena_strdup(r->arena, text);
}

uint64_t stats_parse(const char *text)
{
	uint64_t value = 0;

	return text && text_to_u64(text, UINT64_MAX, &value) == 0 ? value : 0;
}

/* "12.34": the kernel writes two digits behind the point. */
static double parse_percent(char *text)
{
	char *fraction = text ? strchr(text, '.') : NULL;

	if (!fraction)
		return 0;
	*fraction++ = '\0';
	fraction += fraction[0] == '0'; /* text_to_u64() takes no leading zero */
	return (double)stats_parse(text) + (double)stats_parse(fraction) / 100;
}

/* "some avg10=0.00 avg60=0.12 avg300=0.00 total=12345"; cut into pieces. */
static void read_pressure_line(char *line, struct stats_pressure *out)
{
	char *words[5] = { NULL };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *word = strsep(&line, " "), *equals = word ? strchr(word, '=') : NULL;

		words[i] = equals ? equals + 1 : NULL;
	}
	out->avg10 = parse_percent(words[1]);
	out->avg60 = parse_percent(words[2]);
	out->avg300 = parse_percent(words[3]);
	out->total = stats_parse(words[4]);
}

void stats_pressure_of(const struct tree *tree, const char *file, struct stats_psi *out)
{
	char text[512], *full = text, *some;

	if (!tree || cgroupfs_read(tree->dir, file, text, sizeof(text)) < 0)
		return;
	some = strsep(&full, "\n");
	out->present = true;
	read_pressure_line(some, &out->some);
	if (full)
		read_pressure_line(full, &out->full);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* All of memory.stat, as it is. */
bool stats_raw(const struct stats_reader *r, const struct tree *tree)
{
	char *text = stats_text(r, tree, "memory.stat"), *line;
	struct stats_value *values;

	if (!text)
		return true;
	values = arena_array(r->arena, count_lines(text), sizeof(*values));
	if (!values)
		return false;
	r->out->memory.raw = values;
	while ((line = strsep(&text, "\n")) != NULL) {
		char *key = strsep(&line, " ");

		if (line && text_to_u64(line, UINT64_MAX, &values->value) == 0) {
			values++->key = key;
			r->out->memory.count++;
		}
	}
	return true;
}

struct stats_io *stats_add_io(const struct stats_reader *r, struct stats_io_list *list)
{
	if ((list->count & (list->count - 1)) == 0) { /* full at powers of two */
		struct stats_io *items =
		    arena_array(r->arena, list->count ? 2 * list->count : 1, sizeof(*items));

		if (!items)
			return NULL;
		if (list->count > 0)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
	}
	return &list->items[list->count++];
}

/* Sizes of huge pages by the files that are there: hugetlb.2MB.max, hugetlb.2MB.limit_in_bytes. */
static int add_pages(const struct stats_reader *r, const struct tree *tree, const char *size)
{
	struct stats *out = r->out;
	struct stats_pages *items = arena_array(r->arena, out->page_sizes + 1, sizeof(*items));
	struct stats_usage *usage;
	char file[96];

	if (!items)
		return -ENOMEM;
	if (out->page_sizes > 0)
		memcpy(items, out->pages, out->page_sizes * sizeof(*items));
	out->pages = items;
	items[out->page_sizes].size = arena_strdup(r->arena, size);
	usage = &items[out->page_sizes++].usage;
#define VALUE(name)                                                                                \
	((void)snprintf(file, sizeof(file), "hugetlb.%s." name, size), stats_number(tree, file))
	usage->usage = tree->v2 ? VALUE("current") : VALUE("usage_in_bytes");
	usage->max = tree->v2 ? 0 : VALUE("max_usage_in_bytes");
	usage->failcnt = tree->v2 ? 0 : VALUE("failcnt");
#undef VALUE
	if (tree->v2) {
		(void)snprintf(file, sizeof(file), "hugetlb.%s.events", size);
		usage->failcnt = stats_key(tree, file, "max");
	}
	return 0;
}

static int read_pages(const struct stats_reader *r)
{
	static const char *const sizes[] = {
		"64KB", "2MB", "16MB", "32MB", "512MB", "1GB", "16GB"
	};
	const struct tree *tree = stats_tree(r, "hugetlb");
	int rc = 0;

	for (size_t i = 0; tree && rc == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char file[96];

		(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", sizes[i],
			       tree->v2 ? "current" : "usage_in_bytes");
		if (faccessat(tree->dir, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			rc = add_pages(r, tree, sizes[i]);
	}
	return rc;
}

static void read_pids(const struct stats_reader *r)
{
	const struct tree *tree = stats_tree(r, "pids");

	if (!tree)
		return;
	r->out->pids.current = stats_number(tree, "pids.current");
	r->out->pids.limit = stats_number(tree, "pids.max");
	if (r->out->pids.limit == STATS_UNLIMITED)
		r->out->pids.limit = 0;
}

static void read_cpuset(const struct stats_reader *r)
{
	const struct tree *tree = stats_tree(r, "cpuset");

	if (!tree)
		return;
	r->out->cpus = stats_text(r, tree, tree->v2 ? "cpuset.cpus.effective" : "cpuset.cpus");
	r->out->mems = stats_text(r, tree, tree->v2 ? "cpuset.mems.effective" : "cpuset.mems");
	if (!tree->v2)
		stats_read_v1_cpuset(r, tree);
}

int stats_read(const struct cgroup *cgroup, struct arena *arena, struct stats *out,
	       struct error *err)
{
	const struct stats_reader r = { cgroup, arena, out };
	int rc;

	memset(out, 0, sizeof(*out));
	read_pids(&r);
	read_cpuset(&r);
	rc = read_pages(&r);
	if (rc == 0)
		rc = stats_read_v1(&r);
	if (rc == 0)
		rc = stats_read_v2(&r);
	return rc < 0 ? error_sys(err, -rc, "", NULL, "cannot read the statistics") : 0;
}

/* ---- the OOM killer */

/* v1: the kernel writes to an eventfd that is registered for memory.oom_control. */
static int watch_v1(const struct tree *memory)
{
	owned_fd event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	owned_fd control = openat(memory->dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[32];
	int rc;

	if (event < 0 || control < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%d %d", event, control);
	rc = cgroupfs_write(memory->dir, "cgroup.event_control", text);
	return rc < 0 ? rc : take_fd(&event);
}

int stats_watch_oom(const struct cgroup *cgroup, short *events)
{
	const struct tree *memory = trees_find(cgroup, "memory", strlen("memory"));
	int fd;

	if (!memory || memory->dir < 0)
		return -ENODEV;
	/* a file of cgroupfs is always readable; that it has changed is an exception */
	*events = memory->v2 ? POLLPRI : POLLIN;
	if (!memory->v2)
		return watch_v1(memory);
	fd = openat(memory->dir, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	stats_rearm_oom(fd);
	return fd;
}

/* An eventfd is emptied; of memory.events the reading says what has been seen. */
void stats_rearm_oom(int fd)
{
	char text[512];

	(void)lseek(fd, 0, SEEK_SET);
	while (read(fd, text, sizeof(text)) > 0)
		;
}
