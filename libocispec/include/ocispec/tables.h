/*
 * tables.h - the specification as data: what the reader and the writer walk over.
 *
 * The tables derive from spec/NAME.def, as the structs of config.h do. Each object has a function
 * oci_<name>_type() that returns its table; where a type is asked for, pass that function.
 */
#ifndef OCISPEC_TABLES_H
#define OCISPEC_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oci_kind { OCI_KIND_STRING, OCI_KIND_BOOL, OCI_KIND_NUMBER, OCI_KIND_ENUM, OCI_KIND_OBJECT };

enum oci_shape { OCI_SHAPE_ONE, OCI_SHAPE_LIST, OCI_SHAPE_MAP };

enum oci_presence { OCI_OPTIONAL, OCI_REQUIRED, OCI_REQUIRED_NONEMPTY };

struct oci_range {
	int64_t minimum;
	uint64_t maximum;
	uint8_t size; /* of the C type, in bytes */
	bool is_signed;
};

struct oci_pattern {
	const char *title; /* completes "must be ..." */
	bool (*matches)(const char *text, size_t len);
};

struct oci_values {
	const char *title; /* completes "must be a ..." */
	const char *const *names;
	size_t count;
};

struct oci_object;
typedef const struct oci_object *oci_type(void);

union oci_of {
	const struct oci_range *range;
	const struct oci_pattern *pattern;
	const struct oci_values *values;
	oci_type *object;
};

struct oci_property {
	const char *name; /* as in JSON */
	uint8_t name_len;
	uint8_t kind;     /* enum oci_kind */
	uint8_t shape;    /* enum oci_shape */
	uint8_t presence; /* enum oci_presence */
	uint16_t offset;  /* of the field in its struct */
	uint16_t has;     /* of has_<field>: a single number, bool or enum */
	union oci_of of;
};

struct oci_object {
	const char *name;
	size_t size;      /* of struct oci_<name> */
	size_t pair_size; /* of struct oci_<name>_pair, whose value follows its key */
	const struct oci_property *properties;
	size_t count; /* at most 64: the reader keeps a bit for each */
};

/* The layout that every list and every map of config.h has. */
struct oci_any_list {
	void *items;
	size_t count;
};

#define OBJECT(name) const struct oci_object *oci_##name##_type(void);
#define PROPERTY(kind, of, field, json, presence)
#define LIST(kind, of, field, json, presence)
#define MAP(kind, of, field, json, presence)
#define END(name)
#include "../../spec/objects.def"
#undef OBJECT
#undef PROPERTY
#undef LIST
#undef MAP
#undef END

/* How many bytes one item of a list or map takes. */
size_t oci_item_size(const struct oci_property *property);

#endif
