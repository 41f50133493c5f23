/* systemd.c - see systemd.h. */
#include "container/systemd.h"
#include "base/text.h"
#include "container/libexec.h"
#include "container/systemd_properties.h"
#include "sys/subprocess.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_SYSTEMD

#define PROGRAM "tare-systemd"
enum { ANSWER_MS = 45000 };

static const char path_pointer[] = "/linux/cgroupsPath";

/* ---- names */

/* "a-b.slice" lies in "a.slice": "/a.slice/a-b.slice". "-.slice" is the root. */
static int expand_slice(const char *slice, struct arena *arena, char **out, struct error *err)
{
	const size_t len = strlen(slice);
	const size_t stem = len > 6 ? len - 6 : 0;
	char *path = arena_strdup(arena, "");

	*out = path;
	if (strcmp(slice, "-.slice") == 0)
		return 0;
	if (stem == 0 || strcmp(slice + stem, ".slice") != 0 || strchr(slice, '/') ||
	    slice[0] == '-' || slice[stem - 1] == '-' || strstr(slice, "--"))
		return error_set(err, EINVAL, path_pointer, "\"%.200s\" is not the name of a slice",
				 slice);
	for (size_t end = 1; path && end <= stem; end++) {
		if (end == stem || slice[end] == '-')
			path = arena_format(arena, "%s/%.*s.slice", path, (int)end, slice);
	}
	*out = path;
	return path ? 0 : error_sys(err, ENOMEM, "", NULL, "cannot name the scope");
}

/* What systemd takes in the name of a unit. */
static bool is_unit_name(const char *name)
{
	return name[0] != '\0' && strlen(name) < 240 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 ":-_.\\@")] == '\0';
}

struct parts {
	const char *slice, *prefix, *name;
};

static int split(const struct systemd_scope *scope, const char *path, struct parts *out,
		 struct error *err)
{
	char *copy = arena_strdup(scope->arena, path && path[0] ? path : ":tare:");
	char *prefix = copy ? strchr(copy, ':') : NULL;
	char *name = prefix ? strchr(prefix + 1, ':') : NULL;

	if (!copy)
		return error_sys(err, ENOMEM, "", NULL, "cannot name the scope");
	if (!name || strchr(name + 1, ':')) {
		(void)error_set(err, EINVAL, path_pointer,
				"expected cgroupsPath to be of format \"slice:prefix:name\" for "
				"systemd cgroups, got \"%.200s\" instead",
				path);
		error_add_hint(err,
			       "or leave --systemd-cgroup away: the path is then one of cgroupfs");
		return -EINVAL;
	}
	*prefix++ = '\0';
	*name++ = '\0';
	out->slice = copy[0] ? copy : scope->user ? "user.slice" : "system.slice";
	out->prefix = prefix;
	out->name = name[0] ? name : scope->id;
	return 0;
}

/* The cgroup of the user's systemd: "/user.slice/user-1000.slice/user@1000.service". */
static int find_user_base(const struct host_facts *facts, struct arena *arena, char **out,
			  struct error *err)
{
	const char *own = facts->cgroups.v2_own;
	const char *at = own ? strstr(own, "/user@") : NULL;
	const char *end = at ? strchr(at + 1, '/') : NULL;

	if (!at) {
		(void)error_set(
		    err, EPERM, NULL,
		    "tare does not run below the systemd of a user, where it could have "
		    "a scope: its own cgroup is %s",
		    own ? own : "unknown");
		error_add_hint(err, "start it by: systemd-run --user --scope tare ...");
		return -EPERM;
	}
	*out = arena_strndup(arena, own, end ? (size_t)(end - own) : strlen(own));
	return *out ? 0 : error_sys(err, ENOMEM, "", NULL, "cannot name the scope");
}

static int is_possible(const struct host_facts *facts, struct error *err)
{
	if (access("/run/systemd/system", F_OK) == 0 && facts->cgroups.mode != HOST_CGROUP_NONE)
		return 0;
	(void)error_set(
	    err, ENOTSUP, NULL,
	    "systemd cgroup flag passed, but systemd support for managing cgroups is not "
	    "available");
	error_add_hint(err, "systemd does not run on this machine: use --cgroup-manager=cgroupfs");
	return -ENOTSUP;
}

int systemd_locate(struct systemd_scope *scope, const struct host_facts *facts,
		   const char *cgroups_path, struct error *err)
{
	char *slice = NULL, *base = (char *)"";
	struct parts parts = { "", "", "" };
	int rc = is_possible(facts, err);

	if (rc < 0)
		return rc;
	scope->user = facts->euid != 0 || facts->in_user_namespace;
	rc = split(scope, cgroups_path, &parts, err);
	if (rc == 0)
		rc = expand_slice(parts.slice, scope->arena, &slice, err);
	if (rc == 0 && scope->user)
		rc = find_user_base(facts, scope->arena, &base, err);
	if (rc < 0)
		return rc;
	scope->slice = parts.slice;
	scope->unit = arena_format(scope->arena, "%s%s%s.scope", parts.prefix,
				   parts.prefix[0] ? "-" : "", parts.name);
	if (!scope->unit || !is_unit_name(scope->unit))
		return error_set(err, EINVAL, path_pointer, "\"%.200s\" is not the name of a unit",
				 scope->unit ? scope->unit : "");
	scope->path = arena_format(scope->arena, "%s%s/%s", base, slice, scope->unit);
	return scope->path ? 0 : error_sys(err, ENOMEM, "", NULL, "cannot name the scope");
}

/* ---- tare-systemd */

static int find_program(char *path, size_t size, struct error *err)
{
	if (libexec_find(PROGRAM, path, size) == 0)
		return 0;
	(void)error_set(err, ENOENT, NULL, PROGRAM " is not installed: systemd cannot be asked");
	error_add_hint(err, "install it in " TARE_LIBEXEC_DIR ", or use --cgroup-manager=cgroupfs");
	return -ENOENT;
}

static void fill_environment(char *const room[4], size_t size, char **out)
{
	static const char *const names[] = { "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
					     "XDG_RUNTIME_DIR" };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0] != '\0' &&
		    text_format(room[i], size, "%s=%s", names[i], value) >= 0)
			out[count++] = room[i];
	}
	out[count] = NULL;
}

static int explain(const struct subprocess_result *result, struct error *err)
{
	if (result->end == SUBPROCESS_EXITED && result->number == 0)
		return 0;
	if (result->end == SUBPROCESS_EXITED)
		return error_set(err, EIO, NULL, "%.*s", (int)strcspn(result->output, "\n"),
				 result->output);
	if (result->end == SUBPROCESS_TIMED_OUT)
		return error_set(err, ETIMEDOUT, NULL, "systemd did not answer within %d s",
				 ANSWER_MS / 1000);
	if (result->end == SUBPROCESS_NOT_EXECUTED)
		return error_sys(err, result->number, "execve", NULL,
				 PROGRAM " cannot be executed");
	return error_set(err, EIO, NULL, PROGRAM " was killed by signal %d", result->number);
}

/* `argv` has two free places at its beginning: for the program, and for --user. */
static int ask(char **argv, bool user, struct subprocess_result *result, struct error *err)
{
	char path[PATH_MAX], texts[3][PATH_MAX];
	char *const room[4] = { texts[0], texts[1], texts[2], NULL };
	char *environment[4];
	struct subprocess what = {
		.path = path, .envp = environment, .timeout_ms = ANSWER_MS, .cancel_fd = -1
	};
	int rc = find_program(path, sizeof(path), err);

	if (rc < 0)
		return rc;
	fill_environment(room, sizeof(texts[0]), environment);
	argv[1] = user ? (char *)"--user" : argv[1];
	what.argv = user ? argv : argv + 1;
	*(char **)(user ? argv : argv + 1) = path;
	rc = subprocess_run(&what, result);
	return rc < 0 ? error_sys(err, -rc, "clone", NULL, "cannot run " PROGRAM)
		      : explain(result, err);
}

/* By this a later command knows the scope for the container's own. */
static void describe(const struct oci_record *record, char *out, size_t size)
{
	(void)snprintf(out, size, "container %s, made by tare at %s", record->id, record->created);
}

int systemd_start(const struct systemd_scope *scope, const struct oci_record *record,
		  const struct oci_config *config, struct error *err)
{
	const struct oci_resources *resources = config->linux ? config->linux->resources : NULL;
	static const struct oci_device_rule_list none;
	const bool v2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
	char *argv[SYSTEMD_PROPERTIES_MAX + 8] = { NULL };
	struct systemd_properties list = { scope->arena, argv + 7, 0, err, false };
	struct subprocess_result result;
	char description[400];
	int rc;

	describe(record, description, sizeof(description));
	argv[2] = (char *)"start";
	argv[3] = (char *)scope->unit;
	argv[4] = (char *)scope->slice;
	argv[5] = arena_format(scope->arena, "%d", (int)record->pid);
	argv[6] = description;
	if (!argv[5])
		return error_sys(err, ENOMEM, "", NULL, "cannot start the scope");
	rc = systemd_properties_add(&list, resources, v2);
	if (rc == 0 && !v2)
		rc = systemd_properties_devices(&list, resources ? &resources->devices : &none);
	if (rc == 0)
		rc = systemd_properties_annotated(&list, &config->annotations);
	if (rc < 0)
		return rc;
	rc = ask(argv, scope->user, &result, err);
	if (rc < 0)
		return rc;
	result.output[strcspn(result.output, "\n")] = '\0';
	if (v2 && strcmp(result.output, scope->path) != 0)
		return error_set(err, EPROTO, path_pointer,
				 "systemd has the scope at %.200s, not at %s", result.output,
				 scope->path);
	return 0;
}

int systemd_update(const struct oci_record *record, const struct oci_resources *resources, bool v2,
		   struct arena *arena, struct error *err)
{
	char *argv[SYSTEMD_PROPERTIES_MAX + 5] = { NULL };
	struct systemd_properties list = { arena, argv + 4, 0, err, false };
	struct subprocess_result result;
	int rc = systemd_properties_add(&list, resources, v2);

	argv[2] = (char *)"set";
	argv[3] = record->systemd_scope;
	if (rc == 0 && !v2 && resources && resources->devices.count > 0)
		rc = systemd_properties_devices(&list, &resources->devices);
	if (rc < 0 || list.count == 0)
		return rc;
	return ask(argv, record->systemd_user, &result, err);
}

void systemd_stop(const struct oci_record *record, struct log *log)
{
	char description[400];
	char *argv[6] = { NULL, NULL, (char *)"stop", record->systemd_scope, description, NULL };
	struct subprocess_result result;
	struct error err;

	describe(record, description, sizeof(description));
	error_clear(&err);
	if (ask(argv, record->systemd_user, &result, &err) < 0)
		log_warn(log, NULL, "%s", err.message);
}
