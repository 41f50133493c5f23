/*
 * sysctl.c - rules on /linux/sysctl.
 *
 * Only what a namespace of the container owns may be set, or a container would configure the
 * host: an allow-list of keys, each with its namespace. Keys follow sysctl(8): the first '.' or
 * '/' is the separator, the other of the two stands for itself as '/' or '.', so that
 * "net.ipv4.conf.eth0/100.forwarding" and "net/ipv4/conf/eth0.100/forwarding" are the same.
 */
#include "check/names.h"
#include "check/rules.h"

#include <ctype.h>
#include <string.h>

#define KEY_MAX 256 /* no file below /proc/sys has a path that long */

struct sysctl_rule {
	const char *path; /* a whole path, or with a '/' at the end all below */
	enum oci_namespace_type type;
};

static const struct sysctl_rule sysctl_allowed[] = {
	{ "kernel/msgmax", OCI_NAMESPACE_IPC }, { "kernel/msgmnb", OCI_NAMESPACE_IPC },
	{ "kernel/msgmni", OCI_NAMESPACE_IPC }, { "kernel/sem", OCI_NAMESPACE_IPC },
	{ "kernel/shmall", OCI_NAMESPACE_IPC }, { "kernel/shmmax", OCI_NAMESPACE_IPC },
	{ "kernel/shmmni", OCI_NAMESPACE_IPC }, { "kernel/shm_rmid_forced", OCI_NAMESPACE_IPC },
	{ "fs/mqueue/", OCI_NAMESPACE_IPC },    { "kernel/domainname", OCI_NAMESPACE_UTS },
	{ "net/", OCI_NAMESPACE_NETWORK },      { "user/", OCI_NAMESPACE_USER },
};

/* The path below /proc/sys. False if the key is too long or has characters no sysctl has. */
static bool sysctl_path(const char *key, char out[KEY_MAX])
{
	const char *first = strpbrk(key, "./");
	char separator = first ? *first : '.';
	size_t len = 0;

	for (; *key; key++) {
		if (len + 1 >= KEY_MAX)
			return false;
		if (*key == '.' || *key == '/')
			out[len++] = *key == separator ? '/' : '.';
		else if (isalnum((unsigned char)*key) || strchr("_:@-", *key))
			out[len++] = *key;
		else
			return false;
	}
	out[len] = '\0';
	return true;
}

/* No empty component and none that leads elsewhere. */
static bool sysctl_is_plain(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[0] != '/' && path[len - 1] != '/' && !strstr(path, "//") &&
	       !names_has_component(path, ".") && !names_has_component(path, "..");
}

static const struct sysctl_rule *sysctl_find(const char *path)
{
	for (size_t i = 0; i < sizeof(sysctl_allowed) / sizeof(sysctl_allowed[0]); i++) {
		const struct sysctl_rule *rule = &sysctl_allowed[i];
		size_t len = strlen(rule->path);

		if (rule->path[len - 1] == '/' ? strncmp(path, rule->path, len) == 0
					       : strcmp(path, rule->path) == 0)
			return rule;
	}
	return NULL;
}

static void sysctl_allow(const struct check *check, const char *key, const char *path)
{
	const struct sysctl_rule *rule = sysctl_find(path);
	const char *type;

	if (strcmp(path, "kernel/hostname") == 0) {
		problem_hint(finding_error(check, AT_KEY("/linux/sysctl", key),
					   "the host name is set by a property of its own"),
			     "write \"hostname\" at the top of the config");
		return;
	}
	if (!rule) {
		problem_hint(
		    finding_error(check, AT_KEY("/linux/sysctl", key),
				  "%s belongs to no namespace: it would change the whole host",
				  QUOTE(key)),
		    "set it on the host, outside of the container");
		return;
	}
	if (!names_lacks_namespace(check, rule->type))
		return;
	type = oci_namespace_type_name(rule->type);
	problem_hint(finding_error(check, AT_KEY("/linux/sysctl", key),
				   "%s would change the host: the container has no %s namespace",
				   QUOTE(key), type),
		     "add {\"type\": \"%s\"} to /linux/namespaces", type);
}

/* The two ways to set the NIS domain may not disagree. */
static void sysctl_domainname(const struct check *check, const struct oci_string_pair *pair)
{
	const char *name = check->config->domainname;

	if (names_is_set(name) && pair->value && strcmp(name, pair->value) != 0)
		finding_error(check, AT_KEY("/linux/sysctl", pair->key),
			      "it says %s, but /domainname says %s", QUOTE(pair->value),
			      QUOTE(name));
}

void check_sysctl_keys(const struct check *check)
{
	const struct oci_string_map *map = &check->linux->sysctl;

	for (size_t i = 0; i < map->count; i++) {
		const char *key = map->items[i].key;
		char path[KEY_MAX];

		if (!sysctl_path(key, path) || !sysctl_is_plain(path)) {
			problem_hint(finding_error(check, AT_KEY("/linux/sysctl", key),
						   "%s is not the name of a sysctl", QUOTE(key)),
				     "names look like \"net.ipv4.ip_forward\"");
			continue;
		}
		sysctl_allow(check, key, path);
		if (strcmp(path, "kernel/domainname") == 0)
			sysctl_domainname(check, &map->items[i]);
	}
}

void check_sysctl_values(const struct check *check)
{
	const struct oci_string_map *map = &check->linux->sysctl;

	for (size_t i = 0; i < map->count; i++) {
		if (map->items[i].value && strchr(map->items[i].value, '\n'))
			finding_error(check, AT_KEY("/linux/sysctl", map->items[i].key),
				      "the value %s contains a newline",
				      QUOTE(map->items[i].value));
	}
}
