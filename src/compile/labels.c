/* labels.c - see labels.h. Whether the host has the module is a rule: src/check/labels.c. */
#include "compile/labels.h"
#include "ocispec/map.h"

#include <string.h>

#define CONTEXT_TYPE "run.oci.mount_context_type"

static bool is_set(const char *text)
{
	return text && text[0] != '\0';
}

/* "unconfined" is what a program is that nobody confines: where tare is, there is nothing to do. */
static const char *profile(const struct compile *c)
{
	const char *name = c->config->process ? c->config->process->apparmor_profile : NULL;

	if (!is_set(name) || !c->facts->apparmor)
		return NULL;
	return strcmp(name, "unconfined") == 0 && !c->facts->apparmor_confined ? NULL : name;
}

static const char *label(const struct compile *c)
{
	return c->config->process && is_set(c->config->process->selinux_label)
		   ? c->config->process->selinux_label
		   : NULL;
}

static void emit_attribute(struct compile *c, const char *file, const char *value)
{
	struct step_attribute *step =
	    program_add(c->program, STEP_ATTRIBUTE, "/process/selinuxLabel");

	step->file = program_str(c->program, file);
	step->value = program_str(c->program, value);
}

/* exec joins the one that is there, which has a label. */
static bool makes_keyring(const struct compile *c)
{
	return label(c) && !c->options->no_new_keyring && !c->options->exec;
}

void labels_open(struct compile *c)
{
	const char *name = profile(c) ? profile(c) : label(c);
	struct step_open_label *step;

	if (!name)
		return;
	step = program_add(c->program, STEP_OPEN_LABEL,
			   profile(c) ? "/process/apparmorProfile" : "/process/selinuxLabel");
	step->file =
	    program_str(c->program, profile(c) ? "self/attr/apparmor/exec" : "self/attr/exec");
	step->label = program_str(c->program, name);
	if (makes_keyring(c))
		emit_attribute(c, "self/attr/keycreate", label(c));
}

void labels_end_keyring(struct compile *c)
{
	if (makes_keyring(c))
		emit_attribute(c, "self/attr/keycreate", "");
}

/*
 * Whoever is confined and may not gain privileges can only add a profile to its own: AppArmor
 * refuses any other change under no_new_privs.
 */
void labels_emit(struct compile *c)
{
	const bool stack =
	    profile(c) && c->facts->apparmor_confined && c->config->process->no_new_privileges;
	struct step_label *step;

	if (!profile(c) && !label(c))
		return;
	step = program_add(c->program, STEP_LABEL,
			   profile(c) ? "/process/apparmorProfile" : "/process/selinuxLabel");
	if (profile(c))
		step->label = program_str(
		    c->program, compile_format(c, "%s %s", stack ? "stack" : "exec", profile(c)));
	else
		step->label = program_str(c->program, label(c));
}

const char *labels_mount_option(const struct compile *c, const char *type)
{
	/* labelled by the policy, or (mqueue) made before anybody could say: they refuse it */
	static const char *const own[] = { "proc", "sysfs", "cgroup", "cgroup2", "mqueue" };
	const char *option = oci_map_get(&c->config->annotations, CONTEXT_TYPE);

	if (!is_set(c->linux->mount_label))
		return NULL;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i], type) == 0)
			return NULL;
	}
	return is_set(option) ? option : "context";
}

/* An ipc namespace that is joined has the label that its first container gave it, or the host's. */
const char *labels_mount_root(const struct compile *c, const char *type)
{
	const bool own = strcmp(type, "mqueue") == 0 && compile_is_new(c, OCI_NAMESPACE_IPC);

	return own && is_set(c->linux->mount_label) ? c->linux->mount_label : NULL;
}
