/* delegation.c - see delegation.h. */
#include "container/delegation.h"

#include "ocispec/map.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_ANNOTATIONS

#define ANNOTATION "run.oci.delegate-cgroup"
#define SUBGROUP   "run.oci.systemd.subgroup"

static const struct oci_namespace *find(const struct oci_config *config,
					enum oci_namespace_type type)
{
	for (size_t i = 0; config->linux && i < config->linux->namespaces.count; i++)
		if (config->linux->namespaces.items[i].type == type)
			return &config->linux->namespaces.items[i];
	return NULL;
}

static bool is_new(const struct oci_namespace *ns)
{
	return ns && (!ns->path || ns->path[0] == '\0');
}

/*
 * The user of the host whom the container's process will be. False where that is not known: in a
 * user namespace that is joined, or without a mapping.
 */
static bool find_owner(const struct oci_config *config, uid_t *owner)
{
	const struct oci_process *process = config->process;
	const uint32_t uid = process && process->user ? process->user->uid : 0;
	const struct oci_namespace *ns = find(config, OCI_NAMESPACE_USER);

	*owner = uid;
	if (!ns)
		return true;
	for (size_t i = 0; is_new(ns) && i < config->linux->uid_mappings.count; i++) {
		const struct oci_id_mapping *map = &config->linux->uid_mappings.items[i];

		if (uid < map->container_id || uid - map->container_id >= map->size)
			continue;
		*owner = map->host_id + (uid - map->container_id);
		return true;
	}
	return false;
}

static bool is_writable_cgroup(const struct oci_mount *mount)
{
	if (strcmp(mount->destination, "/sys/fs/cgroup") != 0 || !mount->type ||
	    (strcmp(mount->type, "cgroup") != 0 && strcmp(mount->type, "cgroup2") != 0))
		return false;
	for (size_t i = 0; i < mount->options.count; i++)
		if (strcmp(mount->options.items[i], "ro") == 0)
			return false;
	return true;
}

/* Nobody else's cgroups are to be seen then, and its own can be written: so it may be its own. */
static bool may_be_given(const struct oci_config *config)
{
	if (!is_new(find(config, OCI_NAMESPACE_CGROUP)))
		return false;
	for (size_t i = 0; i < config->mounts.count; i++)
		if (is_writable_cgroup(&config->mounts.items[i]))
			return true;
	return false;
}

bool delegation_asked(const struct oci_config *config)
{
	const char *subgroup = oci_map_get(&config->annotations, SUBGROUP);

	return oci_map_get(&config->annotations, ANNOTATION) || (subgroup && subgroup[0]);
}

const char *delegation_subgroup(const struct create *c)
{
	const char *name = oci_map_get(&c->bundle.config->annotations, SUBGROUP);

	return c->options->manager == CONTAINER_SYSTEMD && name && name[0] ? name : NULL;
}

/* Both may be asked for: the delegated one is then below the other. */
static const char *inner_path(struct create *c, const char **pointer)
{
	const char *subgroup = delegation_subgroup(c);
	const char *delegated = oci_map_get(&c->bundle.config->annotations, ANNOTATION);

	*pointer = delegated ? "/annotations/" ANNOTATION : "/annotations/" SUBGROUP;
	if (subgroup && delegated)
		return arena_format(&c->arena, "%s/%s", subgroup, delegated);
	return subgroup ? subgroup : delegated;
}

static int make_inner(struct create *c, uid_t owner)
{
	const char *pointer, *path = inner_path(c, &pointer);

	if (!path)
		return error_sys(c->err, ENOMEM, "", NULL, "cannot name the cgroup");
	if (c->facts.cgroups.mode != HOST_CGROUP_V2 || cgroup_is_none(c->cgroup))
		return error_set(c->err, ENOTSUP, pointer,
				 "a delegated cgroup must be below one of the container's own on a "
				 "machine with cgroup v2 alone");
	return cgroup_make_inner(c->cgroup, path, owner, pointer, c->err);
}

/* Already the owner's: what a user makes, or root for root. */
static int give(struct create *c, uid_t owner)
{
	int rc = owner == geteuid() ? 0 : cgroup_give(c->cgroup, owner, c->err);

	/* It is a MAY of the specification, and a user cannot give anything away. */
	if (rc != -EPERM || c->facts.euid == 0)
		return rc;
	log_warn(&c->report->log, NULL, "the container cannot manage its cgroup: %s",
		 c->err->message);
	error_clear(c->err);
	return 0;
}

int delegation_make(struct create *c)
{
	const struct oci_config *config = c->bundle.config;
	const bool delegated = oci_map_get(&config->annotations, ANNOTATION) != NULL;
	const bool below = delegation_subgroup(c) != NULL;
	uid_t owner = 0;
	const bool known = find_owner(config, &owner), own = known && may_be_given(config);
	int rc = own && !below ? give(c, owner) : 0;

	if (rc == 0 && (delegated || below))
		rc = make_inner(c, known && (own || delegated) ? owner : geteuid());
	return rc;
}
