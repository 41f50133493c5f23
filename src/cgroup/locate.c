/* locate.c - see locate.h. */
#include "cgroup/locate.h"

#include "base/text.h"
#include "host/cgroups.h"

#include <errno.h>
#include <string.h>

static const char property[] = "/linux/cgroupsPath";

static int check_name(const char *path, const char *name, size_t len, struct error *err)
{
	if (len == 0)
		return error_set(err, EINVAL, property, "the cgroup path %.200s has an empty name",
				 path);
	if ((len == 1 && name[0] == '.') || (len == 2 && memcmp(name, "..", 2) == 0))
		return error_set(err, EINVAL, property, "the cgroup path %.200s has a \"%.*s\"",
				 path, (int)len, name);
	if (len > NAME_MAX)
		return error_set(err, ENAMETOOLONG, property,
				 "a name in the cgroup path is longer than %d bytes: %.40s...",
				 NAME_MAX, name);
	if (memchr(name, '\n', len))
		return error_set(err, EINVAL, property, "the cgroup path has a newline");
	return 0;
}

static bool is_default(const struct locate *request)
{
	return !request->path || request->path[0] == '\0';
}

int locate_check(const struct locate *request, struct error *err)
{
	const char *path = is_default(request) ? request->id : request->path;
	const char *name = path;
	int rc = 0;

	if (strlen(path) >= PATH_MAX / 2)
		return error_set(err, ENAMETOOLONG, property,
				 "the cgroup path is longer than %d bytes", PATH_MAX / 2 - 1);
	name += name[0] == '/';
	for (;;) {
		size_t len = strcspn(name, "/");

		rc = check_name(path, name, len, err);
		if (rc < 0 || name[len] == '\0')
			return rc;
		name += len + 1;
	}
}

int locate_path(const struct locate *request, const char *own, const char *mount_root,
		char buffer[PATH_MAX])
{
	const char *path = is_default(request) ? request->id : request->path;
	const char *below, *slash;
	int len;

	if (is_default(request) && request->root)
		len = text_format(buffer, PATH_MAX, "/tare-%s", path);
	else if (path[0] == '/')
		len = text_format(buffer, PATH_MAX, "%s", path);
	else {
		/* Beside, not below: a cgroup with processes cannot hand controllers down on v2. */
		below = host_cgroups_below(own, mount_root);
		if (!below)
			return -ENOENT;
		slash = strrchr(below, '/');
		len = text_format(buffer, PATH_MAX, "%.*s/%s", slash ? (int)(slash - below) : 0,
				  below, path);
	}
	return len < 0 ? len : 0;
}
