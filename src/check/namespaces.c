/* namespaces.c - rules on /linux/namespaces, and on what makes no sense without one of them. */
#include "check/names.h"
#include "check/rules.h"

void check_namespaces_once(const struct check *check)
{
	const struct oci_namespace_list *list = &check->linux->namespaces;
	unsigned seen = 0;

	for (size_t i = 0; i < list->count; i++) {
		unsigned bit = 1u << list->items[i].type;

		if (!list->items[i].has_type)
			continue;
		if (seen & bit)
			finding_error(
			    check, AT("/linux/namespaces/%zu/type", i),
			    "there is a second \"%s\" namespace: a container has one of each",
			    oci_namespace_type_name(list->items[i].type));
		seen |= bit;
	}
}

void check_namespaces_path(const struct check *check)
{
	const struct oci_namespace_list *list = &check->linux->namespaces;

	for (size_t i = 0; i < list->count; i++) {
		const char *path = list->items[i].path;

		if (names_is_set(path) && !names_is_absolute(path))
			problem_hint(
			    finding_error(check, AT("/linux/namespaces/%zu/path", i),
					  "the namespace to join is %s, not an absolute path",
					  QUOTE(path)),
			    "leave the path out for a new namespace");
	}
}

/* A warning, since the plan can still be shown; clone3(2) refuses when it is carried out. */
void check_namespaces_rootless(const struct check *check)
{
	if (check->facts->privileged || !names_lacks_namespace(check, OCI_NAMESPACE_USER))
		return;
	problem_hint(
	    finding_warning(check, "/linux/namespaces",
			    "uid %u may not make namespaces unless one of them is a user "
			    "namespace, and there is none",
			    check->facts->euid),
	    "run tare as root, or start from the config that \"tare spec --rootless\" writes");
}

/*
 * Mounts and masked paths are fine: they are made below the rootfs, which is a mount of our own in
 * the caller's namespace then. The propagation of "/" however would be the host's.
 */
void check_namespaces_mount(const struct check *check)
{
	if (!names_lacks_namespace(check, OCI_NAMESPACE_MOUNT) ||
	    !check->linux->has_rootfs_propagation ||
	    check->linux->rootfs_propagation == OCI_ROOTFS_PROPAGATION_UNSET)
		return;
	problem_hint(
	    finding_error(check, "/linux/rootfsPropagation",
			  "this would change the host: the container has no mount namespace"),
	    "add {\"type\": \"mount\"} to /linux/namespaces");
}

static void namespaces_clock(const struct check *check, const struct oci_time_offset *offset,
			     const char *clock)
{
	if (offset && offset->nanosecs >= 1000000000)
		problem_hint(finding_error(check, AT("/linux/timeOffsets/%s/nanosecs", clock),
					   "%u nanoseconds are a second or more", offset->nanosecs),
			     "put whole seconds into secs");
}

void check_namespaces_time(const struct check *check)
{
	const struct oci_namespace *time = names_namespace(check, OCI_NAMESPACE_TIME);
	const struct oci_time_offsets *offsets = check->linux->time_offsets;

	if (!offsets || (!offsets->boottime && !offsets->monotonic))
		return;
	namespaces_clock(check, offsets->boottime, "boottime");
	namespaces_clock(check, offsets->monotonic, "monotonic");
	if (names_lacks_namespace(check, OCI_NAMESPACE_TIME))
		problem_hint(
		    finding_error(check, "/linux/timeOffsets",
				  "clocks can be shifted only in a time namespace, and the "
				  "container has none"),
		    "add {\"type\": \"time\"} to /linux/namespaces");
	else if (time && names_is_set(time->path))
		finding_error(
		    check, "/linux/timeOffsets",
		    "the clocks of a time namespace that is joined can no longer be shifted");
}
