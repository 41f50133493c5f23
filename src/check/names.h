/*
 * names.h - questions that several rules ask: is there such a namespace, is this a proper list of
 * CPUs, path, interface name.
 */
#ifndef TARE_CHECK_NAMES_H
#define TARE_CHECK_NAMES_H

#include "check/finding.h"

/* The entry for this type, or NULL. */
const struct oci_namespace *names_namespace(const struct check *check,
					    enum oci_namespace_type type);

/*
 * True if the config surely lacks a namespace of this type. Where the reader refused an entry the
 * list is not known, and no rule should complain of what may stand there.
 */
bool names_lacks_namespace(const struct check *check, enum oci_namespace_type type);

/* True if the container gets a user namespace that tare makes (not one joined by its path). */
bool names_new_user_namespace(const struct check *check);

/* An action of the profile is SCMP_ACT_NOTIFY, and the profile is the filter. */
bool names_notifies(const struct check *check);

bool names_is_set(const char *text);                               /* neither absent nor empty */
bool names_is_absolute(const char *path);                          /* starts with '/' */
bool names_has_component(const char *path, const char *component); /* between slashes */
bool names_has_control(const char *text); /* a newline or another control character */
bool names_in(const struct oci_strings *list, const char *word);

/*
 * The path without empty and "." components and with ".." taken lexically, as from "/": "/", or
 * "/a/b" without final slash. False if it does not fit.
 */
bool names_clean(const char *path, char *out, size_t size);

/* As the kernel reads cpulists: "0-3,7", "0-15:2/4", "all"; not empty. */
bool names_is_number_list(const char *text);

/* A name and where it stands in its list, to find those that occur twice. */
struct names_entry {
	const char *name;
	size_t index;
};

/* Sort by name, then by index: equal names become neighbours. */
void names_sort(struct names_entry *entries, size_t count);

/* What is wrong with the name of a network interface, or NULL. */
const char *names_interface_fault(const char *name);

#endif
