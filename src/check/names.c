/* names.c - see names.h. */
#include "check/names.h"
#include "ocispec/map.h"
#include "base/numbers.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

const struct oci_namespace *names_namespace(const struct check *check, enum oci_namespace_type type)
{
	const struct oci_namespace_list *list = &check->linux->namespaces;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].has_type && list->items[i].type == type)
			return &list->items[i];
	}
	return NULL;
}

bool names_lacks_namespace(const struct check *check, enum oci_namespace_type type)
{
	return !names_namespace(check, type) && finding_known(check, "/linux/namespaces");
}

bool names_new_user_namespace(const struct check *check)
{
	const struct oci_namespace *user = names_namespace(check, OCI_NAMESPACE_USER);

	return user && !names_is_set(user->path) && finding_known(check, "/linux/namespaces");
}

bool names_notifies(const struct check *check)
{
	const struct oci_seccomp *seccomp = check->linux->seccomp;

	if (oci_map_get(&check->config->annotations, "run.oci.seccomp_bpf_data"))
		return false;
	for (size_t i = 0; seccomp && i < seccomp->syscalls.count; i++) {
		if (seccomp->syscalls.items[i].has_action &&
		    seccomp->syscalls.items[i].action == OCI_SECCOMP_ACTION_NOTIFY)
			return true;
	}
	return false;
}

bool names_is_set(const char *text)
{
	return text && *text;
}

bool names_is_absolute(const char *path)
{
	return path[0] == '/';
}

bool names_has_component(const char *path, const char *component)
{
	size_t len = strlen(component);

	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == len && strncmp(path, component, len) == 0)
			return true;
		path += part;
		path += *path == '/';
	}
	return false;
}

bool names_has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

bool names_in(const struct oci_strings *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i] && strcmp(list->items[i], word) == 0)
			return true;
	}
	return false;
}

/* Drop the last component of "/a/b"; of "" nothing. */
static size_t names_parent(const char *path, size_t len)
{
	while (len > 0 && path[--len] != '/')
		;
	return len;
}

bool names_clean(const char *path, char *out, size_t size)
{
	size_t len = 0;

	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && strncmp(path, "..", 2) == 0) {
			len = names_parent(out, len);
		} else if (part > 0 && !(part == 1 && *path == '.')) {
			if (len + part + 2 > size)
				return false;
			out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		path += part;
		path += *path == '/';
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return true;
}

bool names_is_number_list(const char *text)
{
	return numbers_read(text, NULL) >= 0;
}

static int names_compare(const void *a, const void *b)
{
	const struct names_entry *left = a;
	const struct names_entry *right = b;
	int order = strcmp(left->name, right->name);

	if (order == 0)
		order = left->index < right->index ? -1 : 1;
	return order;
}

void names_sort(struct names_entry *entries, size_t count)
{
	if (count > 1)
		qsort(entries, count, sizeof(*entries), names_compare);
}

const char *names_interface_fault(const char *name)
{
	if (!*name)
		return "it is empty";
	if (strlen(name) >= IFNAMSIZ)
		return "it is longer than 15 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "the kernel reserves it";
	if (strpbrk(name, "/: \t\n\v\f\r"))
		return "it contains a slash, a colon or a blank";
	return NULL;
}
