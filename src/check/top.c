/* top.c - rules on the top of config.json: version, root, host names, annotations, hooks. */
#include "check/names.h"
#include "check/rules.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>

/* Step over a number without a leading zero. */
static bool top_number(const char **at)
{
	const char *start = *at;

	while (isdigit((unsigned char)**at))
		++*at;
	return *at > start && (*start != '0' || *at == start + 1);
}

/* MAJOR.MINOR.PATCH, then perhaps -PRERELEASE and +BUILD (semver.org, 2.0.0). */
static bool top_is_semver(const char *text)
{
	static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";

	for (int i = 0; i < 3; i++) {
		if ((i > 0 && *text++ != '.') || !top_number(&text))
			return false;
	}
	if (*text == '.')
		return false;
	while (*text) {
		size_t len = strspn(text + 1, word);

		if ((*text != '-' && *text != '+' && *text != '.') || len == 0)
			return false;
		text += 1 + len;
	}
	return true;
}

void check_top_version(const struct check *check)
{
	const char *version = check->config->oci_version;
	struct problem *problem;

	if (!version)
		return; /* the reader says that it is missing */
	if (!top_is_semver(version))
		problem =
		    finding_error(check, "/ociVersion",
				  "%s is not a version number such as \"1.3.0\"", QUOTE(version));
	else if (strncmp(version, "1.", 2) != 0)
		problem = finding_error(
		    check, "/ociVersion",
		    "the config follows version %s of the runtime-spec, tare knows 1.x",
		    QUOTE(version));
	else
		return;
	problem_hint(problem, "tare implements version 1.3.0 and reads every 1.x");
}

void check_top_root(const struct check *check)
{
	const struct oci_root *root = check->config->root;

	if (!root)
		problem_hint(
		    finding_error(check, "/root", "the container has no root filesystem"),
		    "add \"root\": {\"path\": \"rootfs\"} for the directory rootfs of the bundle");
	else if (root->path && !*root->path)
		problem_hint(
		    finding_error(check, "/root/path", "the path of the root filesystem is empty"),
		    "name a directory, absolute or relative to the bundle");
}

/* hostname and domainname: the same limits, the same namespace. */
static void top_uts_name(const struct check *check, const char *name, const char *pointer)
{
	const char *what = pointer + 1;

	if (!names_is_set(name))
		return;
	if (strlen(name) > sizeof(((struct utsname *)NULL)->nodename) - 1)
		finding_error(check, pointer,
			      "the %s is %zu bytes long, the kernel takes at most 64", what,
			      strlen(name));
	if (names_has_control(name))
		finding_warning(check, pointer, "the %s %s contains a control character", what,
				QUOTE(name));
	if (names_lacks_namespace(check, OCI_NAMESPACE_UTS))
		problem_hint(
		    finding_error(
			check, pointer,
			"the %s would be that of the host: the container has no uts namespace",
			what),
		    "add {\"type\": \"uts\"} to /linux/namespaces, or remove the %s", what);
}

void check_top_hostname(const struct check *check)
{
	top_uts_name(check, check->config->hostname, "/hostname");
}

void check_top_domainname(const struct check *check)
{
	top_uts_name(check, check->config->domainname, "/domainname");
}

static bool top_is_cgroup_below(const struct check *check, const struct oci_string_pair *pair)
{
	if (names_is_set(pair->value) && !names_is_absolute(pair->value) &&
	    !names_has_component(pair->value, "..") && !names_has_component(pair->value, ".") &&
	    !names_has_component(pair->value, "") && !names_has_control(pair->value))
		return true;
	finding_error(check, AT_KEY("/annotations", pair->key),
		      "%s is not the name of a cgroup below the container's own",
		      QUOTE(pair->value));
	return false;
}

/* crun's: a cgroup below the container's own. */
static void top_delegated_cgroup(const struct check *check, const struct oci_string_pair *pair)
{
	const struct finding_text pointer = finding_below("/annotations", pair->key);

	if (top_is_cgroup_below(check, pair) && check->facts->cgroups.mode != HOST_CGROUP_V2)
		finding_error(check, pointer.text,
			      "a delegated cgroup needs a machine with cgroup v2 alone: on v1 that "
			      "would not be safe");
}

/* Of those that name a file or socket; all others are only passed on. */
static void top_annotation(const struct check *check, const struct oci_string_pair *pair)
{
	static const char *const paths[] = { "run.oci.hooks.stdout", "run.oci.hooks.stderr",
					     "run.oci.pidfd_receiver" };

	if (strcmp(pair->key, "run.oci.delegate-cgroup") == 0)
		top_delegated_cgroup(check, pair);
	/* "" is crun's way to ask for none; only systemd's driver makes one */
	if (strcmp(pair->key, "run.oci.systemd.subgroup") == 0 && names_is_set(pair->value))
		(void)top_is_cgroup_below(check, pair);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(pair->key, paths[i]) == 0 && !names_is_set(pair->value))
			finding_error(check, AT_KEY("/annotations", pair->key),
				      "the path is empty");
	}
}

void check_top_annotations(const struct check *check)
{
	const struct oci_string_map *map = &check->config->annotations;

	for (size_t i = 0; i < map->count; i++) {
		if (!*map->items[i].key)
			finding_error(check, "/annotations/", "the key of an annotation is empty");
		top_annotation(check, &map->items[i]);
	}
}

static void top_hook(const struct check *check, const struct oci_hook *hook, const char *pointer)
{
	if (hook->path && !names_is_absolute(hook->path))
		problem_hint(finding_error(check, AT("%s/path", pointer),
					   "the path of the hook is %s, not an absolute path",
					   QUOTE(hook->path)),
			     "hooks are programs of the host; PATH is not searched");
	for (size_t i = 0; i < hook->env.count; i++) {
		const char *entry = hook->env.items[i];

		if (entry && (*entry == '=' || !strchr(entry, '=')))
			finding_error(check, AT("%s/env/%zu", pointer, i),
				      "%s is not of the form NAME=value", QUOTE(entry));
	}
}

void check_top_hooks(const struct check *check)
{
	const struct oci_hooks *hooks = check->config->hooks;
	static const struct oci_hooks none;

	if (!hooks)
		hooks = &none;
	const struct {
		const char *name;
		const struct oci_hook_list *list;
	} phases[] = {
		{ "prestart", &hooks->prestart },
		{ "createRuntime", &hooks->create_runtime },
		{ "createContainer", &hooks->create_container },
		{ "startContainer", &hooks->start_container },
		{ "poststart", &hooks->poststart },
		{ "poststop", &hooks->poststop },
	};

	for (size_t p = 0; p < sizeof(phases) / sizeof(phases[0]); p++) {
		for (size_t i = 0; i < phases[p].list->count; i++)
			top_hook(check, &phases[p].list->items[i],
				 AT("/hooks/%s/%zu", phases[p].name, i));
	}
}
