/* undo.c - see undo.h. */
#include "cgroup/undo.h"

#include "base/fd.h"
#include "base/text.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 16384, /* a line for each device of the machine */
	LINE = 512,
};

struct undo_entry {
	const struct tree *tree;
	char *file;   /* NULL: the device filter */
	char *value;  /* to be written; of "devices.list" all lines */
	int old, new; /* filters */
};

static const char devices_list[] = "devices.list";

/* The line for `key`, without its newline, or NULL. */
static const char *find_line(const char *text, const char *key, size_t len)
{
	while (*text != '\0') {
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return text;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

/* A device of which the file has no line yet: "8:0 rbps=1" undone is "8:0 rbps=max". */
static char *unset(const char *file, const char *value, size_t key)
{
	char line[LINE];
	const char *word = value + key;
	int used = snprintf(line, sizeof(line), "%.*s", (int)key, value);

	if (!strchr(word, '=')) {
		(void)snprintf(line, sizeof(line), "%.*s %s", (int)key, value,
			       strstr(file, "weight") ? "default" : "0");
		return strdup(line);
	}
	while (*word == ' ' && used > 0 && (size_t)used < sizeof(line)) {
		size_t len = strcspn(++word, " =");

		used +=
		    snprintf(line + used, sizeof(line) - (size_t)used, " %.*s=max", (int)len, word);
		word += strcspn(word, " ");
	}
	return strdup(line);
}

/* What has to be written so that the file is as `text` says, where `value` changes it. */
static char *value_before(const char *file, const char *text, const char *value)
{
	const size_t key = strcspn(value, " ");
	const char *line = value[key] == ' ' ? find_line(text, value, key) : NULL;

	if (!line && value[key] == ' ' && memchr(value, ':', key))
		return unset(file, value, key);
	if (!line) {
		line = text;
		if (text_has_prefix(line, "oom_kill_disable ") || text_has_prefix(line, "default "))
			line += strcspn(line, " ") + 1;
	}
	if (*line == '\n' || *line == '\0')
		return strdup("\n"); /* an empty write would not get to the kernel */
	return strndup(line, strcspn(line, "\n"));
}

static struct undo_entry *add_entry(struct undo *undo, const struct tree *tree)
{
	struct undo_entry *entries =
	    realloc(undo->entries, (undo->count + 1) * sizeof(*undo->entries));

	if (!entries)
		return NULL;
	undo->entries = entries;
	entries += undo->count++;
	*entries = (struct undo_entry){ .tree = tree, .old = FD_NONE, .new = FD_NONE };
	return entries;
}

static int note(struct undo *undo, const struct tree *tree, const char *file, const char *value)
{
	char text[FILE_MAX];
	struct undo_entry *entry;

	if (!undo || cgroupfs_read(tree->dir, file, text, sizeof(text)) < 0)
		return 0;
	entry = add_entry(undo, tree);
	if (!entry)
		return -ENOMEM;
	entry->file = strdup(file);
	entry->value = value ? value_before(file, text, value) : strdup(text);
	if (entry->file && entry->value)
		return 0;
	undo_drop(undo, undo->count - 1);
	return -ENOMEM;
}

int undo_note(struct undo *undo, const struct tree *tree, const char *file, const char *value)
{
	return note(undo, tree, file, value);
}

int undo_note_devices(struct undo *undo, const struct tree *tree)
{
	return note(undo, tree, devices_list, NULL);
}

int undo_note_filter(struct undo *undo, const struct tree *tree, int old, int new)
{
	struct undo_entry *entry = undo ? add_entry(undo, tree) : NULL;

	if (!undo)
		return 0;
	if (!entry)
		return -ENOMEM;
	entry->old = old < 0 ? FD_NONE : fcntl(old, F_DUPFD_CLOEXEC, 3);
	entry->new = fcntl(new, F_DUPFD_CLOEXEC, 3);
	if (entry->new >= 0 && (old < 0 || entry->old >= 0))
		return 0;
	undo_drop(undo, undo->count - 1);
	return -errno;
}

void undo_drop(struct undo *undo, size_t count)
{
	while (undo && undo->count > count) {
		struct undo_entry *entry = &undo->entries[--undo->count];

		close_fd(&entry->old);
		close_fd(&entry->new);
		free(entry->file);
		free(entry->value);
	}
}

static int put_back_devices(const struct undo_entry *entry)
{
	int rc = cgroupfs_write(entry->tree->dir, "devices.deny", "a");
	char line[LINE];

	for (const char *next = entry->value; rc == 0 && *next != '\0'; next += *next == '\n') {
		size_t len = strcspn(next, "\n");

		if (text_format(line, sizeof(line), "%.*s", (int)len, next) < 0)
			return -EINVAL;
		/* Everything is not added as a rule, but turns the list round. */
		rc = cgroupfs_write(entry->tree->dir, "devices.allow", line[0] == 'a' ? "a" : line);
		next += len;
	}
	return rc;
}

static int put_back(const struct undo_entry *entry)
{
	if (!entry->file && entry->old < 0)
		return bpf_detach_device_filter(entry->tree->dir, entry->new);
	if (!entry->file)
		return bpf_replace_device_filter(entry->tree->dir, entry->old, entry->new);
	if (strcmp(entry->file, devices_list) == 0)
		return put_back_devices(entry);
	return cgroupfs_write(entry->tree->dir, entry->file, entry->value);
}

int undo_all(struct undo *undo, struct error *err)
{
	char name[PATH_MAX];
	int result = 0;

	while (undo->count > 0) {
		const struct undo_entry *entry = &undo->entries[undo->count - 1];
		int rc = put_back(entry);

		if (rc < 0 && result == 0)
			result = error_sys(
			    err, -rc, "write", NULL, "cannot set %s back to \"%.80s\" in %s",
			    entry->file ? entry->file : "the device filter",
			    entry->value ? entry->value : "", tree_name(entry->tree, name));
		undo_drop(undo, undo->count - 1);
	}
	return result;
}

void undo_free(struct undo *undo)
{
	undo_drop(undo, 0);
	free(undo->entries);
	undo->entries = NULL;
}
