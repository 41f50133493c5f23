/*
 * mappings.c - rules on uidMappings and gidMappings, of the container and of single mounts.
 *
 * What the kernel refuses with a bare EINVAL (user_namespaces(7)) is said here in words.
 */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>
#include <string.h>

#define LINES_MAX 340 /* of a uid_map */

struct mappings_map {
	const struct oci_id_mapping_list *lines;
	const char *pointer; /* "/linux/uidMappings" */
	const char *what;    /* "uid" */
};

static void mappings_needed(const struct check *check, const struct mappings_map *map)
{
	const struct oci_namespace *user = names_namespace(check, OCI_NAMESPACE_USER);
	uint32_t own = map->what[0] == 'u' ? check->facts->euid : check->facts->egid;

	if (names_new_user_namespace(check) && map->lines->count == 0)
		problem_hint(
		    finding_error(check, map->pointer,
				  "the user namespace has no %s mappings, nobody could run in it",
				  map->what),
		    "add [{\"containerID\": 0, \"hostID\": %u, \"size\": 1}]", own);
	else if (map->lines->count > 0 && names_lacks_namespace(check, OCI_NAMESPACE_USER))
		problem_hint(
		    finding_error(check, map->pointer,
				  "there are %s mappings, but no user namespace to use them",
				  map->what),
		    "add {\"type\": \"user\"} to /linux/namespaces, or remove the mappings");
	else if (map->lines->count > 0 && user && names_is_set(user->path))
		finding_warning(
		    check, map->pointer,
		    "not used: the user namespace is joined and has its own %s mappings",
		    map->what);
}

void check_mappings_user_namespace(const struct check *check)
{
	const struct mappings_map uids = { &check->linux->uid_mappings, "/linux/uidMappings",
					   "uid" };
	const struct mappings_map gids = { &check->linux->gid_mappings, "/linux/gidMappings",
					   "gid" };

	mappings_needed(check, &uids);
	mappings_needed(check, &gids);
}

/* The last id of the line must be below 2^32 - 1, which is no id. */
static bool mappings_overflows(uint32_t first, uint32_t size)
{
	return (uint64_t)first + size > UINT32_MAX;
}

static bool mappings_ranges_meet(uint32_t a, uint32_t b, uint32_t a_size, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

static void mappings_line(const struct check *check, const struct mappings_map *map, size_t index)
{
	const struct oci_id_mapping *line = &map->lines->items[index];

	if (line->size == 0) {
		if (line->has_size)
			finding_error(check, AT("%s/%zu/size", map->pointer, index),
				      "the range is empty");
		return;
	}
	if (mappings_overflows(line->container_id, line->size))
		finding_error(check, AT("%s/%zu/size", map->pointer, index),
			      "the %ss %u and the %u behind it go beyond the last one, 4294967294",
			      map->what, line->container_id, line->size - 1);
	else if (mappings_overflows(line->host_id, line->size))
		finding_error(
		    check, AT("%s/%zu/size", map->pointer, index),
		    "the host's %ss %u and the %u behind it go beyond the last one, 4294967294",
		    map->what, line->host_id, line->size - 1);
}

static void mappings_overlap(const struct check *check, const struct mappings_map *map,
			     size_t index)
{
	const struct oci_id_mapping *line = &map->lines->items[index];

	for (size_t i = 0; i < index; i++) {
		const struct oci_id_mapping *other = &map->lines->items[i];

		if (mappings_ranges_meet(line->container_id, other->container_id, line->size,
					 other->size)) {
			finding_error(check, AT("%s/%zu/containerID", map->pointer, index),
				      "the %ss of the container overlap those of line %zu",
				      map->what, i);
			return;
		}
		if (mappings_ranges_meet(line->host_id, other->host_id, line->size, other->size)) {
			finding_error(check, AT("%s/%zu/hostID", map->pointer, index),
				      "the %ss of the host overlap those of line %zu", map->what,
				      i);
			return;
		}
	}
}

static void mappings_check(const struct check *check, const struct mappings_map *map)
{
	if (map->lines->count > LINES_MAX) {
		finding_error(check, map->pointer, "%zu lines are more than the kernel takes (%d)",
			      map->lines->count, LINES_MAX);
		return;
	}
	for (size_t i = 0; i < map->lines->count; i++) {
		mappings_line(check, map, i);
		mappings_overlap(check, map, i);
	}
}

void check_mappings_lines(const struct check *check)
{
	mappings_check(check, &(struct mappings_map){ &check->linux->uid_mappings,
						      "/linux/uidMappings", "uid" });
	mappings_check(check, &(struct mappings_map){ &check->linux->gid_mappings,
						      "/linux/gidMappings", "gid" });
}

static void mappings_of_mount(const struct check *check, const struct oci_mount *mount,
			      size_t index)
{
	struct finding_text uids = finding_at("/mounts/%zu/uidMappings", index);
	struct finding_text gids = finding_at("/mounts/%zu/gidMappings", index);

	if (mount->uid_mappings.count > 0 && mount->gid_mappings.count == 0)
		finding_error(check, gids.text,
			      "the mount maps uids but no gids: it needs both or neither");
	else if (mount->gid_mappings.count > 0 && mount->uid_mappings.count == 0)
		finding_error(check, uids.text,
			      "the mount maps gids but no uids: it needs both or neither");
	mappings_check(check, &(struct mappings_map){ &mount->uid_mappings, uids.text, "uid" });
	mappings_check(check, &(struct mappings_map){ &mount->gid_mappings, gids.text, "gid" });
}

/* The mappings behind the option, "" if there are none, NULL without the option. */
static const char *mappings_option(const struct oci_mount *mount)
{
	static const char *const names[] = { "idmap", "ridmap" };
	const char *value = NULL;

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *option = mount->options.items[i] ? mount->options.items[i] : "";

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			const size_t len = strlen(names[k]);

			if (strncmp(option, names[k], len) == 0 &&
			    (option[len] == '=' || option[len] == '\0'))
				value = option + len + (option[len] == '=');
		}
	}
	return value;
}

void check_mappings_of_mounts(const struct check *check)
{
	const struct oci_mount_list *list = &check->config->mounts;

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_mount *mount = &list->items[i];

		const char *option = mappings_option(mount);
		const bool own = mount->uid_mappings.count + mount->gid_mappings.count > 0;

		if ((own || option) && !check->facts->privileged)
			problem_hint(finding_error(check, AT("/mounts/%zu", i),
						   "an idmapped mount can only be made by root"),
				     "run tare as root, or map the ids of the whole container");
		if (own)
			mappings_of_mount(check, mount, i);
		else if (option && option[0] == '\0' &&
			 names_lacks_namespace(check, OCI_NAMESPACE_USER))
			finding_error(
			    check, AT("/mounts/%zu/options", i),
			    "an idmapped mount needs mappings of its own or those of a user "
			    "namespace, and there are neither");
	}
}
