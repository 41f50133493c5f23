/* isolation.c - see isolation.h. */
#include "container/isolation.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define ERROR_CODE CODE_NAMESPACE_HOST

/* Which sysctls belong to a namespace, and where our own is. */
static const struct {
	enum oci_namespace_type type;
	const char *own;
	const char *prefixes[3]; /* of the first names of a key */
} kinds[] = {
	{ OCI_NAMESPACE_NETWORK, "/proc/self/ns/net", { "net", NULL, NULL } },
	{ OCI_NAMESPACE_IPC, "/proc/self/ns/ipc", { "kernel", "fs", NULL } },
	{ OCI_NAMESPACE_UTS, "/proc/self/ns/uts", { "kernel", NULL, NULL } },
	{ OCI_NAMESPACE_USER, "/proc/self/ns/user", { "user", NULL, NULL } },
};

/* A path that cannot be looked at will be refused when it is opened. */
static bool is_own(const char *path, const char *own)
{
	struct stat theirs, ours;

	return stat(path, &theirs) == 0 && stat(own, &ours) == 0 && theirs.st_ino == ours.st_ino &&
	       theirs.st_dev == ours.st_dev;
}

static bool is_uts_key(const char *key)
{
	return strcmp(key, "kernel.domainname") == 0 || strcmp(key, "kernel/domainname") == 0;
}

static bool belongs_to(const char *key, size_t kind)
{
	size_t len = strcspn(key, "./");

	if (kinds[kind].type == OCI_NAMESPACE_UTS || is_uts_key(key))
		return kinds[kind].type == OCI_NAMESPACE_UTS && is_uts_key(key);
	for (size_t i = 0; kinds[kind].prefixes[i]; i++) {
		if (strlen(kinds[kind].prefixes[i]) == len &&
		    strncmp(kinds[kind].prefixes[i], key, len) == 0)
			return true;
	}
	return false;
}

static int refuse(const char *pointer, const char *what, const char *path, struct error *err)
{
	int rc = error_set(err, EINVAL, pointer,
			   "%s would change the host: the namespace %s is tare's own", what, path);

	error_add_hint(err, "leave the path out for a new namespace");
	return rc;
}

/* RFC 6901: "/" in a key is written "~1"; "~" cannot be in one. */
static int refuse_key(const char *key, const char *path, struct error *err)
{
	char pointer[512] = "/linux/sysctl/";
	size_t used = strlen(pointer);

	for (; *key != '\0' && used + 3 < sizeof(pointer); key++) {
		if (*key == '/') {
			pointer[used++] = '~';
			pointer[used++] = '1';
		} else {
			pointer[used++] = *key;
		}
	}
	pointer[used] = '\0';
	return refuse(pointer, "this sysctl", path, err);
}

static int check_sysctls(const struct oci_linux *linux, size_t kind, const char *path,
			 struct error *err)
{
	for (size_t i = 0; i < linux->sysctl.count; i++) {
		const char *key = linux->sysctl.items[i].key;

		if (belongs_to(key, kind))
			return refuse_key(key, path, err);
	}
	return 0;
}

static int check_one(const struct oci_config *config, const struct oci_namespace *ns, size_t kind,
		     struct error *err)
{
	if (!ns->path || ns->path[0] == '\0' || !is_own(ns->path, kinds[kind].own))
		return 0;
	if (ns->type == OCI_NAMESPACE_UTS && config->hostname && config->hostname[0] != '\0')
		return refuse("/hostname", "the hostname", ns->path, err);
	if (ns->type == OCI_NAMESPACE_UTS && config->domainname && config->domainname[0] != '\0')
		return refuse("/domainname", "the domainname", ns->path, err);
	return check_sysctls(config->linux, kind, ns->path, err);
}

int isolation_check(const struct oci_config *config, struct error *err)
{
	int rc = 0;

	if (!config->linux)
		return 0;
	for (size_t i = 0; rc == 0 && i < config->linux->namespaces.count; i++) {
		const struct oci_namespace *ns = &config->linux->namespaces.items[i];

		for (size_t kind = 0; rc == 0 && kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
			if (kinds[kind].type == ns->type)
				rc = check_one(config, ns, kind, err);
		}
	}
	return rc;
}
