/*
 * criu_mounts.c - what a container has from outside, for CRIU: mounts and namespaces (criu.h).
 *
 * CRIU takes "mnt[MOUNT POINT]:KEY" when it saves and "mnt[KEY]:SOURCE" when it restores. A mount
 * point comes from the kernel, found by the id of the mount that a path of the config leads to
 * inside the root; one whose text could be read as something else is refused (CVE-2026-119101).
 *
 * A key is a letter and a hash of the path as the config has it: the config that is restored with
 * may have its mounts in another order (podman's --import), and no text of the image gets into it.
 */
#include "container/criu.h"

#include "base/fd.h"
#include "base/text.h"
#include "check/check.h"
#include "sys/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR_CODE CODE_CRIU

enum { OPEN_ATTEMPTS = 64 }; /* openat2 says EAGAIN while others rename or mount */

static const char *const devices[] = { "/dev/null",   "/dev/zero",    "/dev/full",
				       "/dev/random", "/dev/urandom", "/dev/tty" };

struct place {
	char key[24];
	const char *path;   /* inside */
	const char *source; /* of the host */
};

typedef int place_function(void *data, const struct place *place);

static void set_key(struct place *place, char kind, const char *path)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *c = path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	(void)snprintf(place->key, sizeof(place->key), "%c%016" PRIx64, kind, hash);
	place->path = path;
}

/* All that may come from outside, each under its key, until `function` returns something. */
static int each_place(const struct oci_config *config, place_function *function, void *data)
{
	const struct oci_strings none = { 0 };
	const struct oci_strings *masks = config->linux ? &config->linux->masked_paths : &none;
	struct place place;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < config->mounts.count; i++) {
		const struct oci_mount *mount = &config->mounts.items[i];

		set_key(&place, 'm', mount->destination);
		place.source = mount->source;
		if (check_is_bind(mount) && mount->source)
			rc = function(data, &place);
	}
	for (size_t i = 0; rc == 0 && i < masks->count; i++) {
		set_key(&place, 'n', masks->items[i]);
		place.source = "/dev/null";
		rc = function(data, &place);
	}
	for (size_t i = 0; rc == 0 && i < sizeof(devices) / sizeof(devices[0]); i++) {
		set_key(&place, 'd', devices[i]);
		place.source = devices[i];
		rc = function(data, &place);
	}
	for (size_t i = 0; rc == 0 && config->linux && i < config->linux->devices.count; i++) {
		set_key(&place, 'd', config->linux->devices.items[i].path);
		place.source = place.path;
		rc = function(data, &place);
	}
	return rc;
}

/* ---- saving */

struct dumping {
	struct criu_call *call;
	char *mountinfo;
	int root;
	struct error *err;
};

static char *read_all(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (file && getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	if (file)
		(void)fclose(file);
	return text;
}

static int open_inside(int root, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd = -1;

	for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

/* The mount that `path` is the root of; 0: it is no mount point, or is not there. */
static uint64_t mount_id(int root, const char *path)
{
	owned_fd fd = open_inside(root, path, 0);
	struct statx stat;

	if (fd < 0 || statmount_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stat) < 0 ||
	    !(stat.stx_mask & STATX_MNT_ID) || !(stat.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return stat.stx_mnt_id;
}

/* The fields of its line: root inside the filesystem, mount point, and type of the filesystem. */
static bool find_line(const char *mountinfo, uint64_t id, char *point, size_t size, char *type)
{
	char start[24];
	const int len_of_start = text_format(start, sizeof(start), "%llu ", (unsigned long long)id);

	for (const char *line = mountinfo; line && *line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const size_t len = strcspn(line, "\n");
		char *copy, *rest, *field = NULL;
		bool found;

		if (len_of_start < 0 || strncmp(line, start, (size_t)len_of_start) != 0)
			continue;
		copy = strndup(line, len);
		rest = copy;
		for (int i = 0; rest && i < 5; i++)
			field = strsep(&rest, " ");
		found = field && text_format(point, size, "%s", field) >= 0;
		rest = rest ? strstr(rest, " - ") : NULL;
		if (rest)
			(void)snprintf(type, 16, "%.*s", (int)strcspn(rest + 3, " "), rest + 3);
		free(copy);
		return found;
	}
	return false;
}

static int add_dumped(void *data, const struct place *place)
{
	struct dumping *d = data;
	const uint64_t id = mount_id(d->root, place->path);
	char point[PATH_MAX], type[16] = "";

	if (id == 0 || !find_line(d->mountinfo, id, point, sizeof(point), type))
		return 0;
	/* a masked directory is a tmpfs of the container's own */
	if (place->key[0] == 'n' && strcmp(type, "tmpfs") == 0)
		return 0;
	for (const char *c = point; *c; c++) {
		if ((unsigned char)*c > ' ' && *c != 0x7f && !strchr("\\[]:,", *c))
			continue;
		return error_set(
		    d->err, EINVAL, NULL,
		    "cannot save a container with a mount point like %.200s: CRIU could "
		    "take a part of its name for something else",
		    point);
	}
	criu_add(d->call, "external=mnt[%s]:%s", point, place->key);
	return 0;
}

int criu_add_dumped_mounts(struct criu_call *call, const struct oci_config *config, pid_t pid,
			   struct error *err)
{
	struct dumping d = { .call = call, .err = err };
	char path[64];
	int rc;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	d.mountinfo = read_all(path);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	d.root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = d.mountinfo && d.root >= 0
		 ? each_place(config, add_dumped, &d)
		 : error_sys(err, ESRCH, "open", NULL, "cannot look at the container's mounts");
	free(d.mountinfo);
	close_fd(&d.root);
	return rc;
}

/* ---- mount points
 *
 * One component at a time, each resolved inside the root: what an image has there leads nowhere
 * else.
 */

static int make_component(int root, const char *path, bool directory)
{
	char parent[PATH_MAX];
	const char *name = strrchr(path, '/');
	owned_fd dir = FD_NONE, fd = FD_NONE;

	if (!name || text_format(parent, sizeof(parent), "%.*s/.", (int)(name - path), path) < 0)
		return -ENAMETOOLONG;
	dir = open_inside(root, parent, O_DIRECTORY);
	if (dir < 0)
		return dir;
	if (directory)
		return mkdirat(dir, name + 1, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = openat(dir, name + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 && errno != EEXIST ? -errno : 0;
}

static int make_point(int root, const char *path, bool directory)
{
	bool last = false;

	for (size_t len = 0; !last;) {
		char part[PATH_MAX];
		owned_fd fd = FD_NONE;
		int rc;

		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
		last = path[len + strspn(path + len, "/")] == '\0';
		rc = text_format(part, sizeof(part), "%.*s", (int)len, path);
		if (rc < 0)
			return rc;
		fd = open_inside(root, part, 0);
		if (fd < 0 && fd != -ENOENT)
			return fd;
		rc = fd == -ENOENT ? make_component(root, part, !last || directory) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* In a mount of the container's own the point is saved with it. */
static bool is_below_another(const struct oci_config *config, size_t index)
{
	const char *path = config->mounts.items[index].destination;

	for (size_t i = 0; i < config->mounts.count; i++) {
		const char *other = config->mounts.items[i].destination;
		const size_t len = strlen(other);

		if (i != index && strncmp(path, other, len) == 0 && path[len] == '/')
			return true;
	}
	return false;
}

int criu_make_mount_points(const struct oci_config *config, const char *rootfs, struct error *err)
{
	owned_fd root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return error_sys(err, errno, "open", NULL, "cannot open the rootfs %s", rootfs);
	for (size_t i = 0; i < config->mounts.count; i++) {
		const struct oci_mount *mount = &config->mounts.items[i];
		struct stat source;
		const bool is_file = check_is_bind(mount) && mount->source &&
				     stat(mount->source, &source) == 0 && !S_ISDIR(source.st_mode);
		int rc;

		if (mount->destination[0] != '/' || is_below_another(config, i))
			continue;
		rc = make_point(root, mount->destination, !is_file);
		if (rc < 0)
			return error_sys(err, -rc, "mkdirat", NULL,
					 "cannot make the mount point %s", mount->destination);
	}
	return 0;
}

/* ---- restoring */

struct restoring {
	struct criu_call *call;
	const char *bundle;
};

static int add_restored(void *data, const struct place *place)
{
	struct restoring *r = data;

	if (place->source[0] == '/')
		criu_add(r->call, "external=mnt[%s]:%s", place->key, place->source);
	else
		criu_add(r->call, "external=mnt[%s]:%s/%s", place->key, r->bundle, place->source);
	return 0;
}

void criu_add_restored_mounts(struct criu_call *call, const struct oci_config *config,
			      const char *bundle)
{
	struct restoring r = { call, bundle };

	(void)each_place(config, add_restored, &r);
}

/* ---- namespaces */

/* Those that CRIU leaves outside; it joins others by itself. */
static const char *external_key(enum oci_namespace_type type)
{
	return type == OCI_NAMESPACE_NETWORK ? "extRootNetNS"
	       : type == OCI_NAMESPACE_PID   ? "extRootPidNS"
					     : NULL;
}

static const char *criu_name(enum oci_namespace_type type)
{
	return type == OCI_NAMESPACE_NETWORK ? "net"
	       : type == OCI_NAMESPACE_MOUNT ? "mnt"
					     : oci_namespace_type_name(type);
}

int criu_add_dumped_namespaces(struct criu_call *call, const struct oci_config *config,
			       struct error *err)
{
	const struct oci_namespace_list none = { 0 };
	const struct oci_namespace_list *list = config->linux ? &config->linux->namespaces : &none;

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_namespace *item = &list->items[i];
		struct stat stat_of;

		if (!item->path || item->path[0] == '\0' || !external_key(item->type))
			continue;
		if (stat(item->path, &stat_of) < 0)
			return error_sys(err, errno, "stat", NULL,
					 "cannot look at the namespace %s", item->path);
		criu_add(call, "external=%s[%llu]:%s", criu_name(item->type),
			 (unsigned long long)stat_of.st_ino, external_key(item->type));
	}
	return 0;
}

int criu_add_restored_namespaces(struct criu_call *call, const struct oci_config *config,
				 struct error *err)
{
	const struct oci_namespace_list none = { 0 };
	const struct oci_namespace_list *list = config->linux ? &config->linux->namespaces : &none;

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_namespace *item = &list->items[i];
		int fd;

		if (!item->path || item->path[0] == '\0')
			continue;
		if (!external_key(item->type)) {
			criu_add(call, "join=%s:%s", criu_name(item->type), item->path);
			continue;
		}
		fd = open(item->path, O_RDONLY); /* inherited by CRIU, and closed with us */
		if (fd < 0)
			return error_sys(err, errno, "open", NULL, "cannot open the namespace %s",
					 item->path);
		criu_add(call, "inherit=%d:%s", fd, external_key(item->type));
	}
	return 0;
}
