/*
 * mounts.c - rules on /mounts.
 *
 * The options are parsed by src/compile; here only a few words are looked for. Whether a source
 * exists, and whether a destination is reached through a symlink, shows when the mount is made.
 */
#include "check/check.h"
#include "check/names.h"
#include "check/rules.h"

#include <limits.h>
#include <string.h>

bool check_is_bind(const struct oci_mount *mount)
{
	return (mount->type && strcmp(mount->type, "bind") == 0) ||
	       names_in(&mount->options, "bind") || names_in(&mount->options, "rbind");
}

static bool mounts_is_type(const struct oci_mount *mount, const char *type)
{
	return mount->type && strcmp(mount->type, type) == 0 && !check_is_bind(mount);
}

void check_mounts_destination(const struct check *check)
{
	for (size_t i = 0; i < check->config->mounts.count; i++) {
		const char *path = check->config->mounts.items[i].destination;
		struct finding_text at;
		char clean[PATH_MAX];

		if (!path)
			continue;
		at = finding_at("/mounts/%zu/destination", i);
		if (!*path)
			finding_error(check, at.text, "the destination is empty");
		else if (!names_clean(path, clean, sizeof(clean)))
			finding_error(check, at.text,
				      "the path is longer than the kernel takes (%d)",
				      PATH_MAX - 1);
		else if (strcmp(clean, "/") == 0)
			finding_error(check, at.text, "%s is the root filesystem itself",
				      QUOTE(path));
		else if (names_has_component(path, ".."))
			finding_warning(
			    check, at.text,
			    "%s contains \"..\", which is followed inside the container",
			    QUOTE(path));
		else if (!names_is_absolute(path))
			finding_warning(
			    check, at.text,
			    "%s is relative, which is deprecated; it is taken from \"/\"",
			    QUOTE(path));
	}
}

void check_mounts_type(const struct check *check)
{
	for (size_t i = 0; i < check->config->mounts.count; i++) {
		const struct oci_mount *mount = &check->config->mounts.items[i];

		if (names_is_set(mount->type) || check_is_bind(mount) ||
		    names_in(&mount->options, "remount") ||
		    !finding_known(check, AT("/mounts/%zu/options", i)))
			continue;
		problem_hint(finding_error(check, AT("/mounts/%zu/type", i),
					   "the mount has no type and is no bind mount"),
			     "name a filesystem such as \"tmpfs\", or add \"bind\" to the options");
	}
}

void check_mounts_bind(const struct check *check)
{
	for (size_t i = 0; i < check->config->mounts.count; i++) {
		const struct oci_mount *mount = &check->config->mounts.items[i];

		if (check_is_bind(mount) && !names_is_set(mount->source))
			problem_hint(finding_error(check, AT("/mounts/%zu/source", i),
						   "a bind mount needs a source"),
				     "name a file or directory of the host");
	}
}

/* Filesystem parameters have the form key=value; a bind mount has no filesystem of its own. */
static void mounts_bind_data(const struct check *check, const struct oci_mount *mount, size_t index)
{
	for (size_t i = 0; i < mount->options.count; i++) {
		const char *option = mount->options.items[i];

		if (!option || !strchr(option, '=') || strncmp(option, "idmap=", 6) == 0 ||
		    strncmp(option, "ridmap=", 7) == 0)
			continue;
		finding_error(check, AT("/mounts/%zu/options/%zu", index, i),
			      "%s is for a filesystem, but this is a bind mount", QUOTE(option));
	}
}

/* Neither has a bind mount superblock flags: they are those of a filesystem that is there. */
static void mounts_bind_super(const struct check *check, const struct oci_mount *mount,
			      size_t index)
{
	static const char *const flags[] = { "sync",  "dirsync",  "lazytime", "iversion", "mand",
					     "rsync", "rdirsync", "rmand",    NULL };

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *option = mount->options.items[i];

		for (size_t k = 0; option && flags[k]; k++) {
			if (strcmp(option, flags[k]) == 0)
				finding_error(check, AT("/mounts/%zu/options/%zu", index, i),
					      "%s is for a filesystem, but this is a bind mount",
					      QUOTE(option));
		}
	}
}

/* Two options that say the opposite: the last one counts, which few people know. */
static void mounts_contradiction(const struct check *check, const struct oci_mount *mount,
				 size_t index)
{
	static const char *const pairs[][2] = {
		{ "ro", "rw" },       { "suid", "nosuid" },  { "dev", "nodev" },
		{ "exec", "noexec" }, { "idmap", "ridmap" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (names_in(&mount->options, pairs[i][0]) &&
		    names_in(&mount->options, pairs[i][1]))
			finding_warning(check, AT("/mounts/%zu/options", index),
					"both \"%s\" and \"%s\": the last one counts", pairs[i][0],
					pairs[i][1]);
	}
}

/* tmpcopyup fills a tmpfs; the others choose what of the host is bound, and on what. */
static void mounts_special(const struct check *check, const struct oci_mount *mount, size_t index)
{
	static const char *const for_binds[] = { "src-nofollow", "copy-symlink" };

	for (size_t i = 0; i < mount->options.count; i++) {
		const char *option = mount->options.items[i];
		bool bind_only = false;

		if (!option)
			continue;
		for (size_t k = 0; k < sizeof(for_binds) / sizeof(for_binds[0]); k++)
			bind_only |= strcmp(option, for_binds[k]) == 0;
		if (bind_only && !check_is_bind(mount))
			finding_error(check, AT("/mounts/%zu/options/%zu", index, i),
				      "%s is for bind mounts, this one has the type %s",
				      QUOTE(option), QUOTE(mount->type ? mount->type : ""));
		if (strcmp(option, "tmpcopyup") == 0 && !mounts_is_type(mount, "tmpfs"))
			finding_error(check, AT("/mounts/%zu/options/%zu", index, i),
				      "tmpcopyup is for a tmpfs");
	}
}

void check_mounts_options(const struct check *check)
{
	for (size_t i = 0; i < check->config->mounts.count; i++) {
		const struct oci_mount *mount = &check->config->mounts.items[i];

		if (check_is_bind(mount)) {
			mounts_bind_data(check, mount, i);
			mounts_bind_super(check, mount, i);
		}
		mounts_contradiction(check, mount, i);
		mounts_special(check, mount, i);
	}
}

/* Files that lxcfs and CI systems replace; anything else below /proc would hide the kernel's. */
static bool mounts_proc_allowed(const char *path)
{
	static const char *const allowed[] = {
		"cpuinfo",
		"diskstats",
		"meminfo",
		"stat",
		"swaps",
		"uptime",
		"loadavg",
		"slabinfo",
		"sys/kernel/ns_last_pid",
		"sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (strcmp(path, allowed[i]) == 0)
			return true;
	}
	return false;
}

/* That the source is a procfs is verified on the mounted fd; its name is a first hurdle. */
static bool mounts_may_be_proc(const struct oci_mount *mount)
{
	char source[PATH_MAX];

	if (check_is_bind(mount))
		return mount->source && names_is_absolute(mount->source) &&
		       names_clean(mount->source, source, sizeof(source)) &&
		       strcmp(source, "/proc") == 0;
	return mounts_is_type(mount, "proc");
}

static void mounts_over_proc(const struct check *check, const struct oci_mount *mount, size_t index,
			     const char *clean)
{
	if (strcmp(clean, "/proc") == 0 && !mounts_may_be_proc(mount))
		problem_hint(
		    finding_error(check, AT("/mounts/%zu/destination", index),
				  "only a filesystem of type proc may be mounted on /proc"),
		    "what is written below /proc would not reach the kernel");
	else if (strncmp(clean, "/proc/", 6) == 0 && !mounts_proc_allowed(clean + 6))
		problem_hint(finding_error(check, AT("/mounts/%zu/destination", index),
					   "nothing may be mounted on %s, inside /proc",
					   QUOTE(clean)),
			     "allowed are the files that lxcfs provides, such as /proc/meminfo");
}

void check_mounts_proc(const struct check *check)
{
	for (size_t i = 0; i < check->config->mounts.count; i++) {
		const struct oci_mount *mount = &check->config->mounts.items[i];
		char clean[PATH_MAX];

		if (!mount->destination || !names_clean(mount->destination, clean, sizeof(clean)))
			continue;
		mounts_over_proc(check, mount, i, clean);
		if ((mounts_is_type(mount, "proc") || mounts_is_type(mount, "sysfs")) &&
		    strchr(clean + 1, '/') && strncmp(clean, "/proc/", 6) != 0)
			finding_warning(
			    check, AT("/mounts/%zu/destination", i),
			    "a %s on %s is not protected by maskedPaths for /proc and /sys",
			    mount->type, QUOTE(clean));
	}
}
