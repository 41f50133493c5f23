/* map.h - looking up a key of a map of strings, as annotations are. */
#ifndef OCISPEC_MAP_H
#define OCISPEC_MAP_H

#include "ocispec/config.h"

#include <string.h>

/* The value of a key, or NULL. */
static inline const char *oci_map_get(const struct oci_string_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->items[i].key, key) == 0)
			return map->items[i].value;
	}
	return NULL;
}

#endif
