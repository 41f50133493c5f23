/*
 * config.h - the structs and enums of the OCI runtime specification 1.3.0.
 *
 * Nothing is declared by hand: all derives from the tables spec/NAME.def, where each property is
 * one line. To see a struct as the compiler does: cc -E -P config.h. The rules of the derivation:
 *   struct oci_config is config.json; an object of the specification is struct oci_<name>;
 *   a field is the JSON name in snake_case;
 *   a number, bool or enum has a sibling `bool has_<field>`: false means absent (the value is 0);
 *   an absent string or object is NULL;
 *   a list is {items, count}: absent and empty both count 0, an absent one has items == NULL;
 *   a map is a list of {key, value} in the order of the file.
 */
#ifndef OCISPEC_CONFIG_H
#define OCISPEC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef linux /* the GNU dialects define it, and a field of the specification is called so */
#error "compile with -std=c17 (not gnu17), or undefine the macro linux"
#endif

/* It would take a macro that opens a struct for a whole statement. */
/* clang-format off */

/* Enums: enum oci_<name> and its list. The values count from 0. */
#define ENUM(name, title)    enum oci_##name {
#define VALUE(symbol, text)  OCI_##symbol,
#define END(name)            };
#include "../../spec/enums.def"
#undef ENUM
#undef VALUE
#undef END

/* The JSON spelling of a value, or NULL when it is none of the enum. */
#define ENUM(name, title)                                                                          \
	struct oci_##name##_list {                                                                 \
		enum oci_##name *items;                                                            \
		size_t count;                                                                      \
	};                                                                                         \
	const char *oci_##name##_name(enum oci_##name value);
#define VALUE(symbol, text)
#define END(name)
#include "../../spec/enums.def"
#undef ENUM
#undef VALUE
#undef END

/* Lists and maps of plain values. The lists of numbers are named after their RANGE in rules.def. */
#define RANGE(name, type, minimum, maximum)                                                        \
	typedef type oci_##name##_value;                                                           \
	struct oci_##name##_list {                                                                 \
		type *items;                                                                       \
		size_t count;                                                                      \
	};
#define PATTERN(name, title, expression)
#include "../../spec/rules.def"
#undef RANGE
#undef PATTERN

struct oci_strings {
	char **items;
	size_t count;
};

struct oci_string_pair {
	char *key;
	char *value;
};

struct oci_string_map {
	struct oci_string_pair *items;
	size_t count;
};

/* Lists and maps of objects: struct oci_<name>_list, struct oci_<name>_map. */
#define OBJECT(name)                                                                               \
	struct oci_##name;                                                                         \
	struct oci_##name##_list {                                                                 \
		struct oci_##name *items;                                                          \
		size_t count;                                                                      \
	};                                                                                         \
	struct oci_##name##_pair;                                                                  \
	struct oci_##name##_map {                                                                  \
		struct oci_##name##_pair *items;                                                   \
		size_t count;                                                                      \
	};
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

/* The objects themselves. */
#define OCI_ONE_STRING(of, field)  char *field;
#define OCI_ONE_BOOL(of, field)    bool has_##field, field;
#define OCI_ONE_NUMBER(of, field)  bool has_##field; oci_##of##_value field;
#define OCI_ONE_ENUM(of, field)    bool has_##field; enum oci_##of field;
#define OCI_ONE_OBJECT(of, field)  struct oci_##of *field;
#define OCI_LIST_STRING(of, field) struct oci_strings field;
#define OCI_LIST_NUMBER(of, field) struct oci_##of##_list field;
#define OCI_LIST_ENUM(of, field)   struct oci_##of##_list field;
#define OCI_LIST_OBJECT(of, field) struct oci_##of##_list field;
#define OCI_MAP_STRING(of, field)  struct oci_string_map field;
#define OCI_MAP_OBJECT(of, field)  struct oci_##of##_map field;

#define OBJECT(name)                              struct oci_##name {
#define PROPERTY(kind, of, field, json, presence) OCI_ONE_##kind(of, field)
#define LIST(kind, of, field, json, presence)     OCI_LIST_##kind(of, field)
#define MAP(kind, of, field, json, presence)      OCI_MAP_##kind(of, field)
#define END(name)                                 };
#include "../../spec/objects.def"
#undef OBJECT
#undef PROPERTY
#undef LIST
#undef MAP
#undef END

#define OBJECT(name)                                                                               \
	struct oci_##name##_pair {                                                                 \
		char *key;                                                                         \
		struct oci_##name value;                                                           \
	};
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

#undef OCI_ONE_STRING
#undef OCI_ONE_BOOL
#undef OCI_ONE_NUMBER
#undef OCI_ONE_ENUM
#undef OCI_ONE_OBJECT
#undef OCI_LIST_STRING
#undef OCI_LIST_NUMBER
#undef OCI_LIST_ENUM
#undef OCI_LIST_OBJECT
#undef OCI_MAP_STRING
#undef OCI_MAP_OBJECT

/* clang-format on */

#endif
