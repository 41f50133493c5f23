/* user.c - rules on /process/user, and on the owners that mount options name. */
#include "base/text.h"
#include "check/names.h"
#include "check/rules.h"

#include <linux/limits.h>
#include <stdio.h>
#include <string.h>

/* setresuid(-1) means "as it is": a container would keep the identity of the runtime. */
#define ID_NONE UINT32_MAX

static const struct oci_user *user_of(const struct check *check)
{
	static const struct oci_user root;

	return check->process->user ? check->process->user : &root;
}

static void user_id(const struct check *check, uint32_t id, const char *pointer)
{
	if (id == ID_NONE)
		finding_error(check, pointer,
			      "%u is not an id: the kernel reads it as \"unchanged\"", id);
}

void check_user_ids(const struct check *check)
{
	const struct oci_user *user = user_of(check);

	user_id(check, user->uid, "/process/user/uid");
	user_id(check, user->gid, "/process/user/gid");
	for (size_t i = 0; i < user->additional_gids.count; i++) {
		if (user->additional_gids.items[i] == ID_NONE)
			user_id(check, ID_NONE, AT("/process/user/additionalGids/%zu", i));
	}
}

static bool user_is_mapped(const struct oci_id_mapping_list *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct oci_id_mapping *line = &map->items[i];

		if (id >= line->container_id && id - line->container_id < line->size)
			return true;
	}
	return false;
}

/* "0, 1000-65535": the ids that a map knows, the first lines of it if it is long. */
static struct finding_text user_mapped_ids(const struct oci_id_mapping_list *map)
{
	struct finding_text ids = { "" };
	size_t len = 0;

	for (size_t i = 0; i < map->count && len < 100; i++) {
		const struct oci_id_mapping *line = &map->items[i];
		const char *comma = i > 0 ? ", " : "";
		int added;

		if (line->size <= 1)
			added = snprintf(ids.text + len, sizeof(ids.text) - len, "%s%u", comma,
					 line->container_id);
		else
			added = snprintf(ids.text + len, sizeof(ids.text) - len, "%s%u-%ju", comma,
					 line->container_id,
					 (uintmax_t)line->container_id + line->size - 1);
		len += (size_t)added;
		if (len >= 100 && i + 1 < map->count)
			(void)snprintf(ids.text + len, sizeof(ids.text) - len, ", ...");
	}
	return ids;
}

struct user_map {
	const struct oci_id_mapping_list *lines;
	const char *what;    /* "uid" */
	const char *pointer; /* "/linux/uidMappings" */
};

static void user_id_mapped(const struct check *check, const struct user_map *map, uint32_t id,
			   const char *pointer)
{
	/* No map at all is another rule's finding, and an id of -1 too. */
	if (map->lines->count == 0 || id == ID_NONE || user_is_mapped(map->lines, id) ||
	    !finding_known(check, map->pointer))
		return;
	problem_hint(finding_error(check, pointer,
				   "%s %u does not exist in the user namespace: mapped are %s",
				   map->what, id, user_mapped_ids(map->lines).text),
		     "add a line with \"containerID\": %u to %s, or choose a mapped %s", id,
		     map->pointer, map->what);
}

void check_user_mapped(const struct check *check)
{
	const struct oci_user *user = user_of(check);
	const struct user_map uids = { &check->linux->uid_mappings, "uid", "/linux/uidMappings" };
	const struct user_map gids = { &check->linux->gid_mappings, "gid", "/linux/gidMappings" };

	if (!names_new_user_namespace(check))
		return;
	user_id_mapped(check, &uids, user->uid, "/process/user/uid");
	user_id_mapped(check, &gids, user->gid, "/process/user/gid");
	for (size_t i = 0; i < user->additional_gids.count; i++)
		user_id_mapped(check, &gids, user->additional_gids.items[i],
			       AT("/process/user/additionalGids/%zu", i));
}

/* "gid=5" of devpts or tmpfs: the kernel refuses an unmapped one with a bare EINVAL. */
static void user_mount_option(const struct check *check, const struct user_map *map,
			      const char *option, const char *pointer)
{
	uint64_t id;

	if (strncmp(option, map->what, 3) == 0 && option[3] == '=' &&
	    text_to_u64(option + 4, UINT32_MAX, &id) == 0)
		user_id_mapped(check, map, (uint32_t)id, pointer);
}

void check_user_of_mounts(const struct check *check)
{
	const struct oci_mount_list *list = &check->config->mounts;
	const struct user_map uids = { &check->linux->uid_mappings, "uid", "/linux/uidMappings" };
	const struct user_map gids = { &check->linux->gid_mappings, "gid", "/linux/gidMappings" };

	if (!names_new_user_namespace(check))
		return;
	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < list->items[i].options.count; j++) {
			const char *option = list->items[i].options.items[j];

			if (!option || (*option != 'u' && *option != 'g'))
				continue;
			user_mount_option(check, &uids, option,
					  AT("/mounts/%zu/options/%zu", i, j));
			user_mount_option(check, &gids, option,
					  AT("/mounts/%zu/options/%zu", i, j));
		}
	}
}

/*
 * Without root, a map that holds nothing but our own group is written by ourselves, and the kernel
 * then forbids setgroups(2) in the namespace for good. newgidmap does the same for such a map.
 */
static bool user_setgroups_denied(const struct check *check)
{
	const struct oci_id_mapping_list *map = &check->linux->gid_mappings;

	return names_new_user_namespace(check) && check->facts->euid != 0 && map->count == 1 &&
	       map->items[0].size == 1 && map->items[0].host_id == check->facts->egid;
}

void check_user_groups(const struct check *check)
{
	size_t count = user_of(check)->additional_gids.count;

	if (count > NGROUPS_MAX)
		finding_error(check, "/process/user/additionalGids",
			      "%zu groups are more than the %d that a process can have", count,
			      NGROUPS_MAX);
	if (count > 0 && user_setgroups_denied(check))
		problem_hint(
		    finding_error(check, "/process/user/additionalGids",
				  "additional groups cannot be set in a rootless container "
				  "whose only mapped group is your own"),
		    "remove additionalGids, or map a range of /etc/subgid in "
		    "/linux/gidMappings");
}

void check_user_umask(const struct check *check)
{
	const struct oci_user *user = user_of(check);

	if (user->has_umask && user->umask > 0777)
		problem_hint(finding_error(check, "/process/user/umask",
					   "%u (octal %o) has bits beyond 0777", user->umask,
					   user->umask),
			     "JSON has no octal numbers: 022 is written 18");
}
