/*
 * check.c - see check.h. The table of all rules: what each is called, the section of the
 * runtime-spec it stands for, what must be in the config for it to apply, and its function.
 */
#include "check/check.h"

#include "check/rules.h"

enum check_when { ALWAYS, IF_PROCESS, IF_RESOURCES };

struct check_rule {
	const char *name;
	const char *section; /* page and heading of the runtime-spec */
	enum check_when when;
	void (*apply)(const struct check *check);
};

/* In the order of the specification: findings are listed in it. */
static const struct check_rule check_rules[] = {
	{ "version", "config.md#specification-version", ALWAYS, check_top_version },
	{ "root", "config.md#root", ALWAYS, check_top_root },
	{ "mount-destination", "config.md#mounts", ALWAYS, check_mounts_destination },
	{ "mount-type", "config.md#mounts", ALWAYS, check_mounts_type },
	{ "mount-bind", "config.md#mounts", ALWAYS, check_mounts_bind },
	{ "mount-options", "config.md#mounts", ALWAYS, check_mounts_options },
	{ "mount-proc", "config.md#mounts", ALWAYS, check_mounts_proc },
	{ "mount-idmap", "config.md#posix-platform-mounts", ALWAYS, check_mappings_of_mounts },
	{ "mount-owner", "config.md#mounts", ALWAYS, check_user_of_mounts },
	{ "args", "config.md#process", IF_PROCESS, check_process_args },
	{ "cwd", "config.md#process", IF_PROCESS, check_process_cwd },
	{ "env", "config.md#process", IF_PROCESS, check_process_env },
	{ "console-size", "config.md#process", IF_PROCESS, check_process_console },
	{ "rlimits", "config.md#posix-process", IF_PROCESS, check_process_rlimits },
	{ "capability-names", "config.md#linux-process", IF_PROCESS, check_capabilities_names },
	{ "capability-sets", "config.md#linux-process", IF_PROCESS, check_capabilities_sets },
	{ "oom-score", "config.md#linux-process", IF_PROCESS, check_process_oom_score },
	{ "scheduler", "config.md#linux-process", IF_PROCESS, check_process_scheduler },
	{ "io-priority", "config.md#linux-process", IF_PROCESS, check_process_io_priority },
	{ "exec-affinity", "config.md#linux-process", IF_PROCESS, check_process_affinity },
	{ "apparmor", "config.md#linux-process", IF_PROCESS, check_labels_apparmor },
	{ "selinux", "config.md#linux-process", IF_PROCESS, check_labels_process },
	{ "user-ids", "config.md#user", IF_PROCESS, check_user_ids },
	{ "user-mapped", "config.md#user", IF_PROCESS, check_user_mapped },
	{ "user-groups", "config.md#user", IF_PROCESS, check_user_groups },
	{ "umask", "config.md#user", IF_PROCESS, check_user_umask },
	{ "hostname", "config.md#hostname", ALWAYS, check_top_hostname },
	{ "domainname", "config.md#domainname", ALWAYS, check_top_domainname },
	{ "hooks", "config.md#posix-platform-hooks", ALWAYS, check_top_hooks },
	{ "annotations", "config.md#annotations", ALWAYS, check_top_annotations },
	{ "namespace-once", "config-linux.md#namespaces", ALWAYS, check_namespaces_once },
	{ "namespace-path", "config-linux.md#namespaces", ALWAYS, check_namespaces_path },
	{ "namespace-rootless", "config-linux.md#namespaces", ALWAYS, check_namespaces_rootless },
	{ "namespace-mount", "config-linux.md#namespaces", ALWAYS, check_namespaces_mount },
	{ "user-namespace", "config-linux.md#user-namespace-mappings", ALWAYS,
	  check_mappings_user_namespace },
	{ "mappings", "config-linux.md#user-namespace-mappings", ALWAYS, check_mappings_lines },
	{ "time-offsets", "config-linux.md#offset-for-time-namespace", ALWAYS,
	  check_namespaces_time },
	{ "device-path", "config-linux.md#devices", ALWAYS, check_devices_path },
	{ "device-number", "config-linux.md#devices", ALWAYS, check_devices_number },
	{ "device-owner", "config-linux.md#devices", ALWAYS, check_devices_owner },
	{ "device-twice", "config-linux.md#devices", ALWAYS, check_devices_twice },
	{ "net-devices", "config-linux.md#network-devices", ALWAYS, check_netdevices_namespace },
	{ "net-device-names", "config-linux.md#network-devices", ALWAYS, check_netdevices_names },
	{ "cgroups-path", "config-linux.md#cgroups-path", ALWAYS, check_resources_cgroups_path },
	{ "device-rules", "config-linux.md#allowed-device-list", IF_RESOURCES,
	  check_resources_devices },
	{ "memory", "config-linux.md#memory", IF_RESOURCES, check_resources_memory },
	{ "memory-v1", "config-linux.md#memory", IF_RESOURCES, check_resources_memory_v1 },
	{ "cpu-bandwidth", "config-linux.md#cpu", IF_RESOURCES, check_cpu_bandwidth },
	{ "cpu-shares", "config-linux.md#cpu", IF_RESOURCES, check_cpu_shares },
	{ "cpu-realtime", "config-linux.md#cpu", IF_RESOURCES, check_cpu_realtime },
	{ "cpu-sets", "config-linux.md#cpu", IF_RESOURCES, check_cpu_sets },
	{ "block-io-weight", "config-linux.md#block-io", IF_RESOURCES, check_blockio_weight },
	{ "block-io-devices", "config-linux.md#block-io", IF_RESOURCES, check_blockio_devices },
	{ "huge-pages", "config-linux.md#huge-page-limits", IF_RESOURCES,
	  check_resources_hugepages },
	{ "network", "config-linux.md#network", IF_RESOURCES, check_resources_network },
	{ "pids", "config-linux.md#pids", IF_RESOURCES, check_resources_pids },
	{ "rdma", "config-linux.md#rdma", IF_RESOURCES, check_resources_rdma },
	{ "unified", "config-linux.md#unified", IF_RESOURCES, check_resources_unified },
	{ "intel-rdt", "config-linux.md#intelrdt", ALWAYS, check_linux_intel_rdt },
	{ "memory-policy", "config-linux.md#memory-policy", ALWAYS, check_linux_memory_policy },
	{ "personality", "config-linux.md#personality", ALWAYS, check_linux_personality },
	{ "mount-label", "config-linux.md#mount-label", ALWAYS, check_labels_mounts },
	{ "sysctl-keys", "config-linux.md#sysctl", ALWAYS, check_sysctl_keys },
	{ "sysctl-values", "config-linux.md#sysctl", ALWAYS, check_sysctl_values },
	{ "seccomp-errno", "config-linux.md#seccomp", ALWAYS, check_seccomp_errno },
	{ "seccomp-names", "config-linux.md#seccomp", ALWAYS, check_seccomp_names },
	{ "seccomp-args", "config-linux.md#seccomp", ALWAYS, check_seccomp_args },
	{ "seccomp-listener", "config-linux.md#seccomp", ALWAYS, check_seccomp_listener },
	{ "masked-paths", "config-linux.md#masked-paths", ALWAYS, check_paths_masked },
	{ "readonly-paths", "config-linux.md#readonly-paths", ALWAYS, check_paths_readonly },
};

#define RULE_COUNT (sizeof(check_rules) / sizeof(check_rules[0]))

const char *check_rule(size_t number, const char **section)
{
	if (number >= RULE_COUNT)
		return NULL;
	*section = check_rules[number].section;
	return check_rules[number].name;
}

static bool check_applies(const struct check *check, const struct check_rule *rule)
{
	switch (rule->when) {
	case ALWAYS:
		break;
	case IF_PROCESS:
		return check->config->process != NULL;
	case IF_RESOURCES:
		return check->config->linux && check->config->linux->resources;
	}
	return true;
}

/* Put one list behind the other; it becomes empty. */
static void check_append(struct problems *to, struct problems *from)
{
	if (from->first) {
		*to->tail = from->first;
		to->tail = from->tail;
	}
	to->errors += from->errors;
	to->warnings += from->warnings;
	problems_init(from);
}

/* Give the new findings the code of the rule that made them; *last is the end of the older ones. */
static void check_name_findings(struct problem **last, const struct check_rule *rule)
{
	const enum error_code code = *last ? codes_find(rule->name) : CODE_NONE;

	for (struct problem *p = *last; p; p = p->next)
		p->code = code;
}

/*
 * The rules see only the reader's problems as "not read": their own are collected apart and
 * appended at the end, or the first finding on a list would hide those on its items.
 */
void check_spec(const struct oci_config *config, const struct host_facts *facts,
		struct problems *found)
{
	static const struct oci_process no_process;
	static const struct oci_linux no_linux;
	static const struct oci_resources no_resources;
	struct problems own;
	struct check check = {
		.config = config,
		.process = config->process ? config->process : &no_process,
		.linux = config->linux ? config->linux : &no_linux,
		.resources = &no_resources,
		.facts = facts,
		.reader = found,
		.found = &own,
	};

	problems_init(&own);
	if (check.linux->resources)
		check.resources = check.linux->resources;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		struct problem **last = own.tail;

		if (!check_applies(&check, &check_rules[i]))
			continue;
		check_rules[i].apply(&check);
		check_name_findings(last, &check_rules[i]);
	}
	check_append(found, &own);
}
