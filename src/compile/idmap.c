/*
 * idmap.c - see idmap.h. crun's form of the option is "idmap=uids=0-1000-10#20-2000-5;gids=...":
 * from-to-length, several separated by '#'; with '@' before it, `to` is an id of the container.
 */
#include "compile/idmap.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

enum { LINES_MAX = 340 }; /* of a map, says the kernel */

struct reading {
	struct compile *c;
	const char *pointer;
	const char *text; /* the whole option, for the error */
};

static int refuse(struct reading *r, const char *why)
{
	int rc =
	    error_set(r->c->err, EINVAL, r->pointer, "the mappings \"%.200s\" %s", r->text, why);

	error_add_hint(r->c->err, "write uids=FROM-TO-LENGTH[#FROM-TO-LENGTH...];gids=...");
	return rc;
}

/* The digits up to `end`, which moves on behind the separator. */
static bool read_number(const char **at, char separator, uint32_t *out)
{
	char digits[12];
	const size_t len = strspn(*at, "0123456789");
	uint64_t value;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	if (text_to_u64(digits, UINT32_MAX - 1, &value) < 0)
		return false;
	*at += len;
	if (separator != '\0') {
		if (**at != separator)
			return false;
		++*at;
	}
	*out = (uint32_t)value;
	return true;
}

/*
 * The first part of a range of the container's ids that one line of its mappings covers: how many
 * ids, and the first of them as the host's. 0: the container does not have this id.
 */
static uint32_t to_host(const struct oci_id_mapping_list *map, uint32_t id, uint32_t *host)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct oci_id_mapping *line = &map->items[i];

		if (id < line->container_id || id - line->container_id >= line->size)
			continue;
		*host = line->host_id + (id - line->container_id);
		return line->size - (id - line->container_id);
	}
	return 0;
}

static int add_line(struct reading *r, struct oci_id_mapping_list *out,
		    const struct oci_id_mapping *line)
{
	if (out->count == LINES_MAX)
		return refuse(r, "are more lines than the kernel takes");
	out->items[out->count] = *line;
	out->items[out->count].has_container_id = true;
	out->items[out->count].has_host_id = true;
	out->items[out->count++].has_size = true;
	return 0;
}

/* Ids next to each other in the container may be far apart on the host. */
static int add_relative(struct reading *r, struct oci_id_mapping_list *out,
			const struct oci_id_mapping_list *container,
			const struct oci_id_mapping *range)
{
	struct oci_id_mapping left = *range, part = *range;
	int rc = 0;

	while (rc == 0 && left.size > 0) {
		uint32_t covered = to_host(container, left.host_id, &part.host_id);

		if (covered == 0)
			return refuse(
			    r, "name an id that the container's user namespace does not have");
		part.container_id = left.container_id;
		part.size = covered < left.size ? covered : left.size;
		left.container_id += part.size;
		left.host_id += part.size;
		left.size -= part.size;
		rc = add_line(r, out, &part);
	}
	return rc;
}

static int read_line(struct reading *r, const char **at,
		     const struct oci_id_mapping_list *container, struct oci_id_mapping_list *out)
{
	const bool relative = **at == '@';
	struct oci_id_mapping line = { 0 };

	*at += relative;
	if (!read_number(at, '-', &line.container_id) || !read_number(at, '-', &line.host_id) ||
	    !read_number(at, '\0', &line.size) || line.size == 0)
		return refuse(r, "are not understood");
	return relative ? add_relative(r, out, container, &line) : add_line(r, out, &line);
}

/* "uids=" or "gids=" and its lines, up to ';' or the end. */
static int read_list(struct reading *r, const char **at,
		     const struct oci_id_mapping_list *container, struct oci_id_mapping_list *out)
{
	int rc;

	out->items = arena_array(r->c->arena, LINES_MAX, sizeof(*out->items));
	if (!out->items)
		return error_sys(r->c->err, ENOMEM, "", r->pointer, "cannot compile the mounts");
	while ((rc = read_line(r, at, container, out)) == 0 && **at == '#')
		++*at;
	return rc;
}

static int read_text(struct reading *r, struct program_idmap *map)
{
	struct oci_id_mapping_list lists[2] = { 0 };
	const char *at = r->text;
	int rc = 0;

	while (rc == 0 && *at != '\0') {
		const bool uids = text_has_prefix(at, "uids=");

		if (!uids && !text_has_prefix(at, "gids="))
			return refuse(r, "name neither uids nor gids");
		at += 5;
		if (lists[!uids].count > 0)
			return refuse(r, "name the same kind twice");
		rc = read_list(r, &at,
			       uids ? &r->c->linux->uid_mappings : &r->c->linux->gid_mappings,
			       &lists[!uids]);
		if (rc == 0 && *at != '\0' && *at++ != ';')
			return refuse(r, "are not understood");
	}
	map->uids = lists[0];
	map->gids = lists[1];
	if (rc == 0 && (map->uids.count == 0 || map->gids.count == 0))
		return refuse(r, "have to name both uids and gids");
	return rc;
}

/* The mappings of the container itself: those of its namespace, made or joined. */
static void take_container(struct compile *c, struct program_idmap *map)
{
	map->ns_path = c->namespaces[OCI_NAMESPACE_USER].path;
	map->uids = c->linux->uid_mappings;
	map->gids = c->linux->gid_mappings;
}

int idmap_note(struct compile *c, const struct oci_mount *mount,
	       const struct mount_options *options, struct step *step, const char *pointer)
{
	struct reading r = { c, pointer, options->idmap };
	struct program_idmap *map;
	int rc = 0;

	if (!options->idmap && mount->uid_mappings.count == 0)
		return 0;
	map = arena_alloc(c->arena, sizeof(*map));
	if (!map)
		return error_sys(c->err, ENOMEM, "", pointer, "cannot compile the mounts");
	map->step = step;
	map->pointer = pointer;
	map->recursive = options->idmap_recursive;
	map->uids = mount->uid_mappings;
	map->gids = mount->gid_mappings;
	if (options->idmap && options->idmap[0] != '\0')
		rc = read_text(&r, map);
	else if (mount->uid_mappings.count == 0)
		take_container(c, map);
	map->next = c->program->host.idmaps;
	c->program->host.idmaps = map;
	return rc;
}
