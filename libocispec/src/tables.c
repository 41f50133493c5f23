/* tables.c - the tables of ocispec/tables.h and the names of the enums, made from spec/NAME.def. */
#include "ocispec/tables.h"

#include "ocispec/config.h"
#include "pattern.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The reader writes enums as unsigned int, and finds the value of a pair behind its key. */
_Static_assert(sizeof(enum oci_namespace_type) == sizeof(unsigned int), "enums are ints");

/* It would take a macro that opens an array for a whole statement. */
/* clang-format off */

#define ENUM(name, title)   static const char *const name##_names[] = {
#define VALUE(symbol, text) text,
#define END(name)           };
#include "../spec/enums.def"
#undef ENUM
#undef VALUE
#undef END

#define ENUM(name, title)                                                                          \
	static const struct oci_values name##_values = { title, name##_names,                      \
							 COUNT_OF(name##_names) };                 \
	const char *oci_##name##_name(enum oci_##name value)                                       \
	{                                                                                          \
		return (size_t)value < COUNT_OF(name##_names) ? name##_names[value] : NULL;        \
	}
#define VALUE(symbol, text)
#define END(name)
#include "../spec/enums.def"
#undef ENUM
#undef VALUE
#undef END

#define RANGE(name, type, minimum, maximum)                                                        \
	static const struct oci_range name##_range = { minimum, maximum, sizeof(type),             \
						       (type)-1 < (type)1 };                       \
	_Static_assert((type)(minimum) == (minimum) && (type)(maximum) == (maximum), #name);
#define PATTERN(name, title, expression)                                                           \
	static const struct oci_pattern name##_pattern = { title, pattern_##name };
#include "../spec/rules.def"
#undef RANGE
#undef PATTERN

#define OCI_OF_STRING(name) { .pattern = &name##_pattern }
#define OCI_OF_BOOL(name)   { .pattern = NULL }
#define OCI_OF_NUMBER(name) { .range = &name##_range }
#define OCI_OF_ENUM(name)   { .values = &name##_values }
#define OCI_OF_OBJECT(name) { .object = oci_##name##_type }

/* The field that says whether a value is there; strings and objects tell it themselves. */
#define OCI_HAS_STRING(field) 0
#define OCI_HAS_BOOL(field)   offsetof(self, has_##field)
#define OCI_HAS_NUMBER(field) offsetof(self, has_##field)
#define OCI_HAS_ENUM(field)   offsetof(self, has_##field)
#define OCI_HAS_OBJECT(field) 0

#define OCI_ROW(kind, shape, of, field, json, presence, has)                                       \
	{ json, sizeof(json) - 1, OCI_KIND_##kind, OCI_SHAPE_##shape, OCI_##presence,              \
	  offsetof(self, field), has, OCI_OF_##kind(of) },

/* A function, for the sake of the typedef in it: a row knows its field but not its struct. */
#define OBJECT(name)                                                                               \
	const struct oci_object *oci_##name##_type(void)                                           \
	{                                                                                          \
		typedef struct oci_##name self;                                                    \
		_Static_assert(offsetof(struct oci_##name##_pair, value) == sizeof(char *), "");   \
		static const struct oci_property properties[] = {
#define PROPERTY(kind, of, field, json, presence)                                                  \
	OCI_ROW(kind, ONE, of, field, json, presence, OCI_HAS_##kind(field))
#define LIST(kind, of, field, json, presence) OCI_ROW(kind, LIST, of, field, json, presence, 0)
#define MAP(kind, of, field, json, presence)  OCI_ROW(kind, MAP, of, field, json, presence, 0)
#define END(name)                                                                                  \
		};                                                                                 \
		static const struct oci_object object = { #name, sizeof(self),                     \
							  sizeof(struct oci_##name##_pair),        \
							  properties, COUNT_OF(properties) };      \
		_Static_assert(COUNT_OF(properties) <= 64, "the reader keeps a bit for each");     \
		return &object;                                                                    \
	}
#include "../spec/objects.def"
#undef OBJECT
#undef PROPERTY
#undef LIST
#undef MAP
#undef END

/* clang-format on */

static size_t tables_value_size(const struct oci_property *property)
{
	switch ((enum oci_kind)property->kind) {
	case OCI_KIND_STRING:
		return sizeof(char *);
	case OCI_KIND_BOOL:
		return sizeof(bool);
	case OCI_KIND_NUMBER:
		return property->of.range->size;
	case OCI_KIND_ENUM:
		return sizeof(unsigned int);
	case OCI_KIND_OBJECT:
		return property->of.object()->size;
	}
	return 0;
}

size_t oci_item_size(const struct oci_property *property)
{
	if (property->shape != OCI_SHAPE_MAP)
		return tables_value_size(property);
	if (property->kind == OCI_KIND_OBJECT)
		return property->of.object()->pair_size;
	return sizeof(struct oci_string_pair); /* maps hold strings or objects */
}
