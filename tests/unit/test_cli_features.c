/*
 * What `tare features` says, compared with what the semantic rules and the seccomp compiler do:
 * it names all that they accept, and nothing that they refuse.
 */
#include "test_cli.h"

#include "check/check.h"
#include "cli/features.h"
#include "compile/seccomp.h"
#include "ocispec/read.h"

int container_run(const struct container_options *options, struct container_report *report,
		  int *exit_status, struct error *err)
{
	(void)options;
	(void)report;
	(void)exit_status;
	return error_set(err, ENOTSUP, NULL, "not tested here");
}

int container_plan(const struct container_options *options, struct container_report *report,
		   struct plan *plan, struct error *err)
{
	(void)options;
	(void)report;
	(void)plan;
	return error_set(err, ENOTSUP, NULL, "not tested here");
}

static struct arena arena = ARENA_INIT;
static struct oci_features features;

static int fill(void **state)
{
	(void)state;
	return features_fill(40, &arena, &features);
}

static int empty(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Does this version refuse the part of a config as unsupported? JSON with ' for ". */
static bool refused(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool refused(const char *format, ...)
{
	const struct host_facts facts = {
		.kernel_major = 6,
		.privileged = true,
		.capabilities = UINT64_MAX,
		.last_capability = 40,
		.apparmor = true,
		.selinux = true,
		.cgroups = { .mode = HOST_CGROUP_V2 },
	};
	struct oci_issues issues = { 0 };
	struct oci_config *config = NULL;
	struct problems found;
	char part[512], json[1024];
	bool says_so = false;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	(void)snprintf(json, sizeof(json),
		       "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'}, %s}", part);
	for (char *quote = strchr(json, '\''); quote; quote = strchr(quote, '\''))
		*quote = '"';
	if (oci_config_read(&arena, json, strlen(json), &config, &issues) != 0)
		fail_msg("%s: %s %s", json, issues.first->pointer, issues.first->message);
	problems_init(&found);
	check_spec(config, &facts, &found);
	for (const struct problem *p = found.first; p; p = p->next) {
		if (strstr(p->message, "is not supported by this version"))
			says_so = true;
	}
	problems_free(&found);
	return says_so;
}

static bool lists(const struct oci_strings *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], name) == 0)
			return true;
	}
	return false;
}

static void expect(const char *what, bool told, bool unsupported)
{
	if (told == unsupported)
		fail_msg("%s: features says %s, the rules %s it", what, told ? "yes" : "no",
			 unsupported ? "refuse" : "accept");
}

static void hooks_are_those_that_run(void **state)
{
	static const char *const names[] = { "prestart",       "createRuntime", "createContainer",
					     "startContainer", "poststart",     "poststop" };

	(void)state;
	assert_non_null(features.hooks.items);
	for (size_t i = 0; i < COUNT(names); i++)
		expect(names[i], lists(&features.hooks, names[i]),
		       refused("'hooks': {'%s': [{'path': '/x'}]}", names[i]));
}

static void mount_options_are_those_that_work(void **state)
{
	static const char *const special[] = { "idmap",        "ridmap",       "tmpcopyup",
					       "copy-symlink", "src-nofollow", "dest-nofollow" };
	static const char *const expected[] = { "ro", "rro", "rbind", "rprivate", "noatime" };

	(void)state;
	for (size_t i = 0; i < features.mount_options.count; i++)
		expect(features.mount_options.items[i], true,
		       refused("'mounts': [{'destination': '/x', 'source': '/y', "
			       "'options': ['bind', '%s']}]",
			       features.mount_options.items[i]));
	for (size_t i = 0; i < COUNT(special); i++)
		expect(special[i], lists(&features.mount_options, special[i]),
		       refused("'mounts': [{'destination': '/x', 'source': '/y', "
			       "'options': ['bind', '%s']}]",
			       special[i]));
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_true(lists(&features.mount_options, expected[i]));
}

static void extensions_are_those_that_work(void **state)
{
	const struct oci_features_linux *l = features.linux;

	(void)state;
	expect("apparmor", l->apparmor->enabled,
	       refused("'process': {'cwd': '/', 'args': ['x'], "
		       "'apparmorProfile': 'x'}"));
	expect("selinux", l->selinux->enabled,
	       refused("'process': {'cwd': '/', 'args': ['x'], 'selinuxLabel': 'x'}") ||
		   refused("'linux': {'mountLabel': 'x'}"));
	expect("intelRdt", l->intel_rdt->enabled,
	       refused("'linux': {'intelRdt': {'closID': 'x'}}"));
	expect("intelRdt schemata", l->intel_rdt->schemata,
	       refused("'linux': {'intelRdt': {'schemata': ['MB:0=1']}}"));
	expect("intelRdt monitoring", l->intel_rdt->monitoring,
	       refused("'linux': {'intelRdt': {'enableMonitoring': true}}"));
	expect("netDevices", l->net_devices->enabled,
	       refused("'linux': {'netDevices': {'x': {}}}"));
	expect("memoryPolicy", l->memory_policy != NULL,
	       refused("'linux': {'memoryPolicy': {'mode': 'MPOL_DEFAULT', 'nodes': ''}}"));
	expect("idmap", l->mount_extensions->idmap->enabled,
	       refused("'mounts': [{'destination': '/x', 'source': '/y', 'options': ['bind'], "
		       "'uidMappings': [{'containerID': 0, 'hostID': 0, 'size': 1}], "
		       "'gidMappings': [{'containerID': 0, 'hostID': 0, 'size': 1}]}]"));
}

static void namespaces_are_all(void **state)
{
	const struct oci_namespace_type_list *list = &features.linux->namespaces;
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < list->count; i++) {
		seen |= 1u << list->items[i];
		expect(oci_namespace_type_name(list->items[i]), true,
		       refused("'linux': {'namespaces': [{'type': '%s'}]}",
			       oci_namespace_type_name(list->items[i])));
	}
	assert_int_equal(list->count, 8);
	assert_int_equal(seen, 0xff);
}

/* Does the profile compile, without a warning? */
static bool compiles(const struct oci_seccomp *profile)
{
	struct seccomp_filter filter;
	struct error err;
	struct log log;
	bool fine = false;

	error_clear(&err);
	log_init(&log);
	fine = seccomp_compile(profile, &arena, &log, &filter, &err) == 0 && !log.first;
	log_free(&log);
	return fine;
}

static void seccomp_actions_are_those_that_work(void **state)
{
	const struct oci_seccomp_action_list *list = &features.linux->seccomp->actions;

	(void)state;
	for (int action = 0; oci_seccomp_action_name((enum oci_seccomp_action)action); action++) {
		const char *name = oci_seccomp_action_name((enum oci_seccomp_action)action);
		bool told = false;

		for (size_t i = 0; i < list->count; i++)
			told = told || list->items[i] == (enum oci_seccomp_action)action;
		expect(name, told,
		       refused("'linux': {'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', "
			       "'syscalls': [{'names': ['read'], 'action': '%s'}]}}",
			       name));
	}
	assert_int_equal(features.linux->seccomp->operators.count, 7);
}

static void seccomp_archs_are_those_that_are_covered(void **state)
{
	const struct oci_seccomp_arch_list *list = &features.linux->seccomp->archs;
	size_t covered = 0;

	(void)state;
	for (int arch = 0; oci_seccomp_arch_name((enum oci_seccomp_arch)arch); arch++) {
		enum oci_seccomp_arch value = (enum oci_seccomp_arch)arch;
		const struct oci_seccomp profile = { .has_default_action = true,
						     .default_action = OCI_SECCOMP_ACTION_ALLOW,
						     .architectures = { &value, 1 } };
		bool told = false;

		for (size_t i = 0; i < list->count; i++)
			told = told || list->items[i] == value;
		expect(oci_seccomp_arch_name(value), told, !compiles(&profile));
		covered += told;
	}
	assert_true(covered >= 5); /* x86_64, x86, x32, arm and aarch64 in any case */
	assert_int_equal(covered, list->count);
}

static void seccomp_flags_are_those_that_work(void **state)
{
	const struct oci_features_seccomp *seccomp = features.linux->seccomp;
	char name[] = "mkdir", *names[] = { name };
	struct oci_syscall notify = { .names = { names, 1 },
				      .has_action = true,
				      .action = OCI_SECCOMP_ACTION_NOTIFY };

	(void)state;
	assert_int_equal(seccomp->known_flags.count, 4);
	for (size_t i = 0; i < seccomp->known_flags.count; i++) {
		const struct oci_seccomp profile = { .has_default_action = true,
						     .default_action = OCI_SECCOMP_ACTION_ALLOW,
						     .syscalls = { &notify, 1 },
						     .flags = { seccomp->known_flags.items + i,
								1 } };
		bool told = false;

		for (size_t j = 0; j < seccomp->supported_flags.count; j++)
			told = told ||
			       seccomp->supported_flags.items[j] == seccomp->known_flags.items[i];
		expect(oci_seccomp_flag_name(seccomp->known_flags.items[i]), told,
		       !compiles(&profile));
	}
}

static void capabilities_are_those_of_the_kernel(void **state)
{
	const struct oci_strings *list = &features.linux->capabilities;

	(void)state;
	assert_int_equal(list->count, 41);
	assert_string_equal(list->items[0], "CAP_CHOWN");
	assert_string_equal(list->items[40], "CAP_CHECKPOINT_RESTORE");
}

/* A kernel that is newer than libcap: numbers without names cannot be asked for. */
static void capabilities_have_names(void **state)
{
	struct oci_features newer;

	(void)state;
	assert_int_equal(features_fill(63, &arena, &newer), 0);
	assert_true(newer.linux->capabilities.count >= 41);
	for (size_t i = 0; i < newer.linux->capabilities.count; i++)
		assert_true(
		    strspn(newer.linux->capabilities.items[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
		    strlen(newer.linux->capabilities.items[i]));
}

static const char *annotation(const struct oci_features *of, const char *key)
{
	for (size_t i = 0; i < of->annotations.count; i++) {
		if (strcmp(of->annotations.items[i].key, key) == 0)
			return of->annotations.items[i].value;
	}
	return "";
}

/* What is printed reads back as a features object, nothing else is printed. */
static void prints_json(void **state)
{
	static const char *const honoured[] = {
		"\"run.oci.hooks.stderr\"",         "\"run.oci.hooks.stdout\"",
		"\"run.oci.keep_original_groups\"", "\"run.oci.mount_context_type\"",
		"\"run.oci.pidfd_receiver\"",       "\"run.oci.seccomp.receiver\"",
		"\"run.oci.seccomp_bpf_data\"",     "\"run.oci.seccomp_fail_unknown_syscall\"",
	};
	struct oci_features *read = NULL;
	struct oci_issues issues = { 0 };
	struct result r, version;
	char line[256];

	(void)state;
	run("features", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_int_equal(oci_features_read(&arena, r.out, strlen(r.out), &read, &issues), 0);
	assert_string_equal(read->oci_version_min, "1.0.0");
	assert_string_equal(read->oci_version_max, "1.3.0");
	assert_non_null(strstr(r.out, "\t\t\"cgroup\": {\n"
				      "\t\t\t\"v1\": true,\n"
				      "\t\t\t\"v2\": true,\n"
				      "\t\t\t\"systemd\": true,\n"
				      "\t\t\t\"systemdUser\": true,\n"
				      "\t\t\t\"rdma\": true\n"
				      "\t\t},\n"));
	assert_non_null(strstr(r.out, "\t\"potentiallyUnsafeConfigAnnotations\": ["));
	for (size_t i = 0; i < sizeof(honoured) / sizeof(honoured[0]); i++)
		assert_non_null(strstr(r.out, honoured[i]));
	assert_true(read->linux->seccomp->enabled);
	assert_string_equal(annotation(read, "org.opencontainers.runc.checkpoint.enabled"),
			    "false");
	run("--version", &version);
	(void)snprintf(line, sizeof(line), "tare version %s\ncommit: %s\n",
		       annotation(read, "tare.version"), annotation(read, "tare.commit"));
	assert_ptr_equal(strstr(version.out, line), version.out);
	(void)snprintf(line, sizeof(line), "\nlibseccomp: %s\n",
		       annotation(read, "io.github.seccomp.libseccomp.version"));
	assert_non_null(strstr(version.out, line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_are_those_that_run),
		cmocka_unit_test(mount_options_are_those_that_work),
		cmocka_unit_test(extensions_are_those_that_work),
		cmocka_unit_test(namespaces_are_all),
		cmocka_unit_test(seccomp_actions_are_those_that_work),
		cmocka_unit_test(seccomp_archs_are_those_that_are_covered),
		cmocka_unit_test(seccomp_flags_are_those_that_work),
		cmocka_unit_test(capabilities_are_those_of_the_kernel),
		cmocka_unit_test(capabilities_have_names),
		cmocka_unit_test(prints_json),
	};

	return cmocka_run_group_tests(tests, fill, empty);
}
