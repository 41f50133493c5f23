/* labels.c - rules on AppArmor profiles and SELinux labels: is there a module to take them? */
#include "check/names.h"
#include "check/rules.h"

#include <string.h>

static void labels_selinux(const struct check *check, const char *pointer, const char *label)
{
	if (!names_is_set(label))
		return;
	if (names_has_control(label))
		finding_error(check, pointer, "%s has a control character", QUOTE(label));
	else if (!check->facts->selinux)
		finding_error(check, pointer,
			      "the label %s needs SELinux, which this machine does not run",
			      QUOTE(label));
}

void check_labels_apparmor(const struct check *check)
{
	const char *profile = check->process->apparmor_profile;

	if (!names_is_set(profile))
		return;
	if (names_has_control(profile) || strchr(profile, ' '))
		finding_error(check, "/process/apparmorProfile",
			      "%s is not the name of a profile: it has a blank or a control "
			      "character",
			      QUOTE(profile));
	else if (!check->facts->apparmor && strcmp(profile, "unconfined") != 0)
		finding_error(check, "/process/apparmorProfile",
			      "the profile %s needs AppArmor, which this machine does not run",
			      QUOTE(profile));
	else if (names_is_set(check->process->selinux_label) && check->facts->apparmor)
		finding_error(check, "/process/selinuxLabel",
			      "a program cannot have a profile of AppArmor and a label of SELinux");
}

void check_labels_process(const struct check *check)
{
	labels_selinux(check, "/process/selinuxLabel", check->process->selinux_label);
}

void check_labels_mounts(const struct check *check)
{
	static const char *const options[] = { "context", "fscontext", "defcontext",
					       "rootcontext" };
	const struct oci_string_map *annotations = &check->config->annotations;

	labels_selinux(check, "/linux/mountLabel", check->linux->mount_label);
	for (size_t i = 0; i < annotations->count; i++) {
		bool known = false;

		if (strcmp(annotations->items[i].key, "run.oci.mount_context_type") != 0)
			continue;
		for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++)
			known |= strcmp(options[k], annotations->items[i].value) == 0;
		if (!known)
			finding_error(check, "/annotations/run.oci.mount_context_type",
				      "%s is none of context, fscontext, defcontext, rootcontext",
				      QUOTE(annotations->items[i].value));
	}
}
