/* paths.c - rules on /linux/maskedPaths and /linux/readonlyPaths. */
#include "check/names.h"
#include "check/rules.h"

static void paths_list(const struct check *check, const struct oci_strings *list,
		       const char *pointer)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *path = list->items[i];

		if (!path)
			continue;
		if (!names_is_absolute(path))
			finding_error(check, AT("%s/%zu", pointer, i),
				      "%s is not an absolute path in the container", QUOTE(path));
		else if (names_has_component(path, ".."))
			finding_warning(
			    check, AT("%s/%zu", pointer, i),
			    "%s contains \"..\", which is followed inside the container",
			    QUOTE(path));
	}
}

void check_paths_masked(const struct check *check)
{
	paths_list(check, &check->linux->masked_paths, "/linux/maskedPaths");
}

void check_paths_readonly(const struct check *check)
{
	paths_list(check, &check->linux->readonly_paths, "/linux/readonlyPaths");
}
