/* idmap.c - see idmap.h. */
#include "container/idmap.h"
#include "base/fd.h"
#include "sys/procfs.h"
#include "sys/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERROR_CODE CODE_ID_MAPPING

enum { MAP_SIZE_MAX = 4096, LINES_MAX = 340, LINE_SIZE = 36, DIGITS = 12 };

struct map {
	const struct oci_id_mapping_list *list;
	const char *file;    /* uid_map */
	const char *tool;    /* newuidmap */
	const char *ranges;  /* /etc/subuid */
	const char *pointer; /* /linux/uidMappings */
	bool alone;          /* the caller's own id and nothing else */
};

static char *map_text(const struct map *map)
{
	size_t size = map->list->count * LINE_SIZE + 1, used = 0;
	char *text = malloc(size);

	if (!text)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < map->list->count; i++) {
		const struct oci_id_mapping *m = &map->list->items[i];

		used += (size_t)snprintf(text + used, size - used, "%u %u %u\n", m->container_id,
					 m->host_id, m->size);
	}
	return text;
}

static int write_direct(pid_t pid, const struct map *map, struct error *err)
{
	char *text = map_text(map);
	int rc = -ENOMEM;

	if (text && strlen(text) >= MAP_SIZE_MAX) {
		free(text);
		return error_set(err, EINVAL, map->pointer,
				 "the map is too long: the kernel takes less than %d bytes of text",
				 MAP_SIZE_MAX);
	}
	if (text)
		rc = procfs_write(pid, map->file, text);

	free(text);
	if (rc < 0) {
		rc = error_sys(err, -rc, "write", map->pointer, "cannot write the %s", map->file);
		error_add_hint(err,
			       "ranges may not overlap, and every host id must be yours to give");
	}
	return rc;
}

/* Only these: PATH is the caller's, and the tools carry privileges (CVE-2026-84042). */
static const char *find_tool(const char *name, char *path, size_t size)
{
	static const char *const directories[] = { "/usr/bin", "/bin", "/usr/local/bin" };

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		(void)snprintf(path, size, "%s/%s", directories[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* TOOL PID, then three numbers per range; pointers and digits in one block. */
static char **tool_arguments(pid_t pid, const struct map *map, const char *path)
{
	const size_t count = 2 + 3 * map->list->count, pointers = (count + 1) * sizeof(char *);
	char **argv = calloc(1, pointers + count * DIGITS);
	char *digits;

	if (!argv)
		return NULL;
	digits = (char *)argv + pointers;
	argv[0] = (char *)path;
	for (size_t i = 1; i < count; i++)
		argv[i] = digits + DIGITS * i;
	(void)snprintf(argv[1], DIGITS, "%d", (int)pid);
	for (size_t i = 0; i < map->list->count; i++) {
		const struct oci_id_mapping *m = &map->list->items[i];

		(void)snprintf(argv[2 + 3 * i], DIGITS, "%u", m->container_id);
		(void)snprintf(argv[3 + 3 * i], DIGITS, "%u", m->host_id);
		(void)snprintf(argv[4 + 3 * i], DIGITS, "%u", m->size);
	}
	return argv;
}

static int describe(const struct map *map, const char *tool, struct subprocess_result *result,
		    struct error *err)
{
	char *end = result->output + result->output_size;
	int rc;

	while (end > result->output && end[-1] == '\n')
		*--end = '\0';
	if (result->end == SUBPROCESS_NOT_EXECUTED)
		return error_sys(err, result->number, "execve", map->pointer, "cannot run %s",
				 tool);
	/* the tool's own words are the best explanation there is */
	rc = error_set(err, EPERM, map->pointer, "%s refused the mapping: %s", tool,
		       result->output[0] ? result->output : "it said nothing");
	error_add_hint(err, "the ranges have to be granted to you in %s", map->ranges);
	return rc;
}

static int write_by_tool(pid_t pid, const struct map *map, struct error *err)
{
	char path[64];
	const char *tool = find_tool(map->tool, path, sizeof(path));
	struct subprocess_result result;
	struct subprocess what = { .path = tool, .cancel_fd = FD_NONE };
	char **argv;
	int rc;

	if (!tool) {
		rc = error_set(err, ENOTSUP, map->pointer,
			       "the mapping needs %s, which is not installed", map->tool);
		error_add_hint(
		    err, "install the package uidmap (shadow-utils), or map only your own id");
		return rc;
	}
	argv = tool_arguments(pid, map, path);
	what.argv = argv;
	rc = argv ? subprocess_run(&what, &result) : -ENOMEM;
	free(argv);
	if (rc < 0)
		return error_sys(err, -rc, "clone3", map->pointer, "cannot run %s", tool);
	if (result.end == SUBPROCESS_EXITED && result.number == 0)
		return 0;
	return describe(map, tool, &result, err);
}

static int write_map(pid_t pid, bool may_write, const struct map *map, struct error *err)
{
	return may_write || map->alone ? write_direct(pid, map, err) : write_by_tool(pid, map, err);
}

static bool is_alone(const struct oci_id_mapping_list *list, uint32_t id)
{
	return list->count == 1 && list->items[0].size == 1 && list->items[0].host_id == id;
}

int idmap_write(pid_t pid, const struct host_facts *facts, const struct oci_id_mapping_list *uids,
		const struct oci_id_mapping_list *gids, struct error *err)
{
	const bool may_write = host_may_map_ids(facts);
	struct map users = { uids,
			     "uid_map",
			     "newuidmap",
			     "/etc/subuid",
			     "/linux/uidMappings",
			     is_alone(uids, facts->euid) };
	struct map groups = { gids,
			      "gid_map",
			      "newgidmap",
			      "/etc/subgid",
			      "/linux/gidMappings",
			      is_alone(gids, facts->egid) };
	int rc;

	if (uids->count > LINES_MAX || gids->count > LINES_MAX)
		return error_set(err, EINVAL,
				 uids->count > LINES_MAX ? users.pointer : groups.pointer,
				 "the kernel takes at most %d lines", LINES_MAX);
	if (!may_write && groups.alone) {
		rc = procfs_write(pid, "setgroups", "deny");
		if (rc < 0)
			return error_sys(err, -rc, "write", groups.pointer,
					 "cannot give up setgroups");
	}
	rc = write_map(pid, may_write, &groups, err);
	return rc < 0 ? rc : write_map(pid, may_write, &users, err);
}

/* Somebody has to be in the namespace until it has maps and a descriptor. */
static pid_t wait_in_namespace(int *end)
{
	int pipes[2];
	pid_t pid;
	char byte;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	pid = (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_NEWUSER | SIGCHLD), 0, 0, 0, 0);
	if (pid == 0) {
		(void)close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1); /* until tare closes its end */
	}
	if (pid < 0)
		pid = -errno;
	(void)close(pipes[0]);
	if (pid < 0)
		(void)close(pipes[1]);
	else
		*end = pipes[1];
	return pid;
}

int idmap_namespace(const struct host_facts *facts, const struct oci_id_mapping_list *uids,
		    const struct oci_id_mapping_list *gids, struct error *err)
{
	owned_fd end = FD_NONE, ns = FD_NONE;
	char path[64];
	const pid_t pid = wait_in_namespace(&end);
	int rc;

	if (pid < 0)
		return error_sys(err, -pid, "clone", NULL,
				 "cannot make a user namespace for the mappings of a mount");
	rc = idmap_write(pid, facts, uids, gids, err);
	if (rc == 0) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		ns = open(path, O_RDONLY | O_CLOEXEC);
		if (ns < 0)
			rc = error_sys(err, errno, "open", NULL, "cannot open %s", path);
	}
	close_fd(&end);
	(void)waitpid(pid, NULL, __WALL);
	return rc < 0 ? rc : take_fd(&ns);
}
