/*
 * idmap.c - see idmap.h. crun's form of the option is "idmap=uids=0-1000-10#20-2000-5;gids=...":
 * from-to-length, several separated by '#'; with '@' before it, `to` is an id of the container.
 */
#include "compile/idmap.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

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

/* An id of the container as the host's, by its mappings. */
static bool to_host(const struct oci_id_mapping_list *map, uint32_t *id)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct oci_id_mapping *line = &map->items[i];

		if (*id >= line->container_id && *id - line->container_id < line->size) {
			*id = line->host_id + (*id - line->container_id);
			return true;
		}
	}
	return false;
}

static int read_line(struct reading *r, const char **at,
		     const struct oci_id_mapping_list *container, struct oci_id_mapping *line)
{
	const bool relative = **at == '@';

	*at += relative;
	line->has_container_id = line->has_host_id = line->has_size = true;
	if (!read_number(at, '-', &line->container_id) || !read_number(at, '-', &line->host_id) ||
	    !read_number(at, '\0', &line->size) || line->size == 0)
		return refuse(r, "are not understood");
	if (relative && !to_host(container, &line->host_id))
		return refuse(r, "name an id that the container's user namespace does not have");
	return 0;
}

/* "uids=" or "gids=" and its lines, up to ';' or the end. */
static int read_list(struct reading *r, const char **at,
		     const struct oci_id_mapping_list *container, struct oci_id_mapping_list *out)
{
	const size_t most = strlen(*at) / 5 + 1;
	struct oci_id_mapping *lines = arena_array(r->c->arena, most, sizeof(*lines));
	int rc = 0;

	if (!lines)
		return error_sys(r->c->err, ENOMEM, "", r->pointer, "cannot compile the mounts");
	out->items = lines;
	do {
		*at += out->count > 0; /* the '#' */
		rc = read_line(r, at, container, &lines[out->count]);
		out->count++;
	} while (rc == 0 && **at == '#' && out->count < most);
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
