/*
 * cgroups.c - see cgroups.h. Runs at every start: each file is read once, into memory, and split
 * in place.
 */
#include "host/cgroups.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/statmount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_PLACE "/sys/fs/cgroup"

/* One line of mountinfo; the strings point into the text. */
struct mount_line {
	const char *id;
	const char *parent;
	char *root;
	char *point;
	const char *fstype;
	char *options; /* of the superblock: on v1 they name the controllers */
};

struct mount_table {
	struct mount_line *lines;
	size_t count;
};

static int is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Cut the next word off; "" at the end of the line. */
static char *next_word(char **cursor)
{
	char *word = *cursor;
	char *end = strchr(word, ' ');

	if (end) {
		*end = '\0';
		*cursor = end + 1;
	} else {
		*cursor = word + strlen(word);
	}
	return word;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw": the optional fields vary. */
static bool split_mount_line(char *line, struct mount_line *out)
{
	char *cursor = line;
	char *tail;

	out->id = next_word(&cursor);
	out->parent = next_word(&cursor);
	(void)next_word(&cursor); /* device */
	out->root = next_word(&cursor);
	out->point = next_word(&cursor);
	tail = strstr(cursor, " - ");
	if (!tail || out->root[0] == '\0' || out->point[0] != '/')
		return false;
	cursor = tail + 3;
	out->fstype = next_word(&cursor);
	(void)next_word(&cursor); /* source */
	out->options = next_word(&cursor);
	unescape(out->root);
	unescape(out->point);
	return true;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		count++;
	return count;
}

/* Cut the next line off the text; NULL at its end. */
static char *next_line(char **cursor)
{
	char *line = *cursor;
	char *end;

	if (line[0] == '\0')
		return NULL;
	end = strchr(line, '\n');
	if (end) {
		*end = '\0';
		*cursor = end + 1;
	} else {
		*cursor = line + strlen(line);
	}
	return line;
}

static int split_mountinfo(char *text, struct mount_table *table, struct error *err)
{
	char *line;

	table->count = 0;
	table->lines = calloc(count_lines(text), sizeof(*table->lines));
	if (!table->lines)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot read /proc/self/mountinfo");
	while ((line = next_line(&text)) != NULL) {
		if (!split_mount_line(line, &table->lines[table->count]))
			return error_set(err, EINVAL, NULL,
					 "/proc/self/mountinfo has a line that is not understood");
		table->count++;
	}
	return 0;
}

/* Is `path` the directory `dir` or something below it? */
static bool path_is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return true; /* "/" */
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static const struct mount_line *parent_of(const struct mount_table *table,
					  const struct mount_line *mount)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->lines[i].id, mount->parent) == 0)
			return &table->lines[i];
	return NULL;
}

/*
 * Does another child of this one's parent cover it? Only those can: what sits on some other mount
 * is either below this one or hidden itself.
 */
static bool has_covering_sibling(const struct mount_table *table, const struct mount_line *mount)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_line *other = &table->lines[i];

		/* Where the initramfs is the root, that mount is its own parent, not a sibling. */
		if (other != mount && strcmp(other->parent, mount->parent) == 0 &&
		    strcmp(other->id, mount->parent) != 0 && path_is_in(mount->point, other->point))
			return true;
	}
	return false;
}

static bool has_mount_on_top(const struct mount_table *table, const struct mount_line *mount)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_line *other = &table->lines[i];

		if (other != mount && strcmp(other->parent, mount->id) == 0 &&
		    strcmp(other->point, mount->point) == 0)
			return true;
	}
	return false;
}

/* A later mount over it, or over a directory on the way to it, hides a mount. */
static bool is_hidden(const struct mount_table *table, const struct mount_line *mount)
{
	if (has_mount_on_top(table, mount))
		return true;
	/* The chain of parents may end in a mount that is its own. */
	for (size_t steps = 0; mount && steps < table->count; steps++) {
		if (has_covering_sibling(table, mount))
			return true;
		mount = parent_of(table, mount);
	}
	return false;
}

/* Is `word` (of `len` bytes) one of the items of a comma-separated list? */
static bool list_has(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t item = strcspn(list, ",");

		if (item == len && memcmp(list, word, len) == 0)
			return true;
		list += item;
		list += *list == ',';
	}
	return false;
}

const char *host_cgroups_below(const char *own, const char *mount_root)
{
	if (strcmp(mount_root, "/") == 0)
		return strcmp(own, "/") == 0 ? "" : own;
	return path_is_in(own, mount_root) ? own + strlen(mount_root) : NULL;
}

/* The mount of the hierarchy that has this controller, or the v2 one for NULL. */
static const struct mount_line *find_mount(const struct mount_table *table, const char *controller,
					   size_t len, const char *own)
{
	const struct mount_line *found = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct mount_line *mount = &table->lines[i];

		if (strcmp(mount->fstype, controller ? "cgroup" : "cgroup2") != 0)
			continue;
		if (controller && !list_has(mount->options, controller, len))
			continue;
		if (is_hidden(table, mount))
			continue;
		if (own && host_cgroups_below(own, mount->root))
			return mount;
		found = found ? found : mount;
	}
	return found;
}

static int copy_strings(const char *const from[4], char **const to[4], struct error *err)
{
	for (size_t i = 0; i < 4; i++) {
		if (!from[i])
			continue;
		*to[i] = strdup(from[i]);
		if (!*to[i])
			return error_sys(err, ENOMEM, "malloc", NULL,
					 "cannot note the mounted cgroup hierarchies");
	}
	return 0;
}

static int add_v1(struct host_cgroups *out, const struct mount_line *mount, const char *controllers,
		  const char *own, struct error *err)
{
	struct host_cgroup_v1 *entry = &out->v1[out->v1_count++];
	const char *const from[4] = { controllers, mount->point, mount->root, own };
	char **const to[4] = { &entry->controllers, &entry->mount_point, &entry->mount_root,
			       &entry->own };

	return copy_strings(from, to, err);
}

static int add_v2(struct host_cgroups *out, const struct mount_line *mount, const char *own,
		  struct error *err)
{
	const char *const from[4] = { NULL, mount->point, mount->root, own };
	char **const to[4] = { NULL, &out->v2_mount_point, &out->v2_mount_root, &out->v2_own };

	return copy_strings(from, to, err);
}

/* One line of /proc/self/cgroup: "4:cpu,cpuacct:/a" or, for v2, "0::/a". The path may have colons.
 */
static int add_hierarchy(struct host_cgroups *out, const struct mount_table *table, char *line,
			 struct error *err)
{
	char *controllers = strchr(line, ':');
	char *own = controllers ? strchr(controllers + 1, ':') : NULL;
	const struct mount_line *mount;
	bool v2;

	if (!own || own[1] != '/')
		return error_set(err, EINVAL, NULL,
				 "/proc/self/cgroup has a line that is not understood: %s", line);
	*controllers++ = '\0';
	*own++ = '\0';
	v2 = controllers[0] == '\0';
	mount = find_mount(table, v2 ? NULL : controllers, strcspn(controllers, ","), own);
	if (!mount || (v2 && out->v2_own))
		return 0;
	return v2 ? add_v2(out, mount, own, err) : add_v1(out, mount, controllers, own, err);
}

static void free_v1(struct host_cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->v1_count; i++) {
		free(cgroups->v1[i].controllers);
		free(cgroups->v1[i].mount_point);
		free(cgroups->v1[i].mount_root);
		free(cgroups->v1[i].own);
	}
	free(cgroups->v1);
	cgroups->v1 = NULL;
	cgroups->v1_count = 0;
}

/* Hierarchies without a controller ("name=systemd") do not make a host a v1 host. */
static bool has_v1_controllers(const struct host_cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->v1_count; i++)
		if (!text_has_prefix(cgroups->v1[i].controllers, "name="))
			return true;
	return false;
}

static void decide_mode(struct host_cgroups *out)
{
	if (out->v2_mount_point && has_v1_controllers(out)) {
		out->mode = HOST_CGROUP_HYBRID;
	} else if (out->v2_mount_point) {
		out->mode = HOST_CGROUP_V2;
		free_v1(out);
	} else {
		out->mode = out->v1_count ? HOST_CGROUP_V1 : HOST_CGROUP_NONE;
	}
}

static int add_hierarchies(struct host_cgroups *out, const struct mount_table *table, char *cgroup,
			   struct error *err)
{
	char *line;
	int rc;

	out->v1 = calloc(count_lines(cgroup), sizeof(*out->v1));
	if (!out->v1)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot read /proc/self/cgroup");
	while ((line = next_line(&cgroup)) != NULL) {
		rc = add_hierarchy(out, table, line, err);
		if (rc < 0)
			return rc;
	}
	decide_mode(out);
	return 0;
}

int host_cgroups_parse(char *mountinfo, char *cgroup, struct host_cgroups *out, struct error *err)
{
	struct mount_table table;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = split_mountinfo(mountinfo, &table, err);
	if (rc == 0)
		rc = add_hierarchies(out, &table, cgroup, err);
	free(table.lines);
	if (rc < 0)
		host_cgroups_free(out);
	return rc;
}

/* A whole file of procfs as one string, owned by the caller; a page or so at a time is what it
 * gives. */
static int read_whole(const char *path, size_t size, char **out, struct error *err)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	char *text;
	ssize_t got;

	if (fd < 0)
		return error_sys(err, errno, "open", NULL, "cannot read %s", path);
	text = malloc(size);
	while (text && (got = read(fd, text + used, size - used - 1)) != 0) {
		if (got < 0) {
			int errnum = errno;

			free(text);
			return error_sys(err, errnum, "read", NULL, "cannot read %s", path);
		}
		used += (size_t)got;
		if (size - used < 2) {
			char *larger = realloc(text, size * 2);

			if (!larger)
				free(text);
			text = larger;
			size *= 2;
		}
	}
	if (!text)
		return error_sys(err, ENOMEM, "malloc", NULL, "cannot read %s", path);
	text[used] = '\0';
	*out = text;
	return 0;
}

/*
 * The one line of mountinfo that matters on most machines, where cgroup2 is mounted at its usual
 * place: reading all of them takes longer with every container that runs. Whatever is unusual,
 * and a kernel that cannot be asked about one mount, leaves it to the whole file.
 */
static bool read_usual(char *line, size_t size)
{
	char root[1024];

	if (statmount_root(USUAL_PLACE, CGROUP2_SUPER_MAGIC, root, sizeof(root)) < 0 ||
	    root[strcspn(root, " \t\n\\")] != '\0')
		return false;
	return text_format(line, size, "2 1 0:0 %s " USUAL_PLACE " rw - cgroup2 cgroup rw\n",
			   root) >= 0;
}

static int read_all(char *cgroup, struct host_cgroups *out, struct error *err)
{
	char *mountinfo = NULL;
	int rc = read_whole("/proc/self/mountinfo", 16384, &mountinfo, err);

	if (rc == 0 && mountinfo)
		rc = host_cgroups_parse(mountinfo, cgroup, out, err);
	free(mountinfo);
	return rc;
}

static int read_mounts(char *cgroup, struct host_cgroups *out, struct error *err)
{
	char line[1200];
	char *copy = read_usual(line, sizeof(line)) ? strdup(cgroup) : NULL;
	int rc;

	if (!copy)
		return read_all(cgroup, out, err);
	rc = host_cgroups_parse(line, copy, out, err);
	free(copy);
	if (rc == 0 && !out->v2_own) { /* it shows another part of the hierarchy */
		host_cgroups_free(out);
		return read_all(cgroup, out, err);
	}
	return rc;
}

int host_cgroups_read(struct host_cgroups *out, struct error *err)
{
	char *cgroup = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_whole("/proc/self/cgroup", 4096, &cgroup, err);
	if (rc == 0 && cgroup)
		rc = read_mounts(cgroup, out, err);
	free(cgroup);
	return rc;
}

void host_cgroups_free(struct host_cgroups *cgroups)
{
	free_v1(cgroups);
	free(cgroups->v2_mount_point);
	free(cgroups->v2_mount_root);
	free(cgroups->v2_own);
	memset(cgroups, 0, sizeof(*cgroups));
}

const struct host_cgroup_v1 *host_cgroups_find(const struct host_cgroups *cgroups,
					       const char *controller)
{
	for (size_t i = 0; i < cgroups->v1_count; i++)
		if (list_has(cgroups->v1[i].controllers, controller, strlen(controller)))
			return &cgroups->v1[i];
	return NULL;
}
