/*
 * rules.h - all rules, by the section of config.json they judge. The table in check.c lists them.
 *
 * A rule is a function of the config and the host facts that adds what it finds. Rules do not
 * depend on each other and may run in any order. check_mounts_type() is in mounts.c, and so on.
 */
#ifndef TARE_CHECK_RULES_H
#define TARE_CHECK_RULES_H

#include "check/finding.h"

/* top.c */
void check_top_version(const struct check *check);
void check_top_root(const struct check *check);
void check_top_hostname(const struct check *check);
void check_top_domainname(const struct check *check);
void check_top_annotations(const struct check *check);
void check_top_hooks(const struct check *check);

/* process.c; these run only if there is a process */
void check_process_args(const struct check *check);
void check_process_cwd(const struct check *check);
void check_process_env(const struct check *check);
void check_process_console(const struct check *check);
void check_process_rlimits(const struct check *check);
void check_process_oom_score(const struct check *check);
void check_process_scheduler(const struct check *check);
void check_process_io_priority(const struct check *check);
void check_process_affinity(const struct check *check);

/* user.c; these run only if there is a process, but for the last */
void check_user_ids(const struct check *check);
void check_user_mapped(const struct check *check);
void check_user_groups(const struct check *check);
void check_user_umask(const struct check *check);
void check_user_of_mounts(const struct check *check);

/* capabilities.c; these run only if there is a process */
void check_capabilities_names(const struct check *check);
void check_capabilities_sets(const struct check *check);

/* namespaces.c */
void check_namespaces_once(const struct check *check);
void check_namespaces_path(const struct check *check);
void check_namespaces_rootless(const struct check *check);
void check_namespaces_mount(const struct check *check);
void check_namespaces_time(const struct check *check);

/* mappings.c */
void check_mappings_user_namespace(const struct check *check);
void check_mappings_lines(const struct check *check);
void check_mappings_of_mounts(const struct check *check);

/* netdevices.c */
void check_netdevices_namespace(const struct check *check);
void check_netdevices_names(const struct check *check);

/* sysctl.c */
void check_sysctl_keys(const struct check *check);
void check_sysctl_values(const struct check *check);

/* paths.c */
void check_paths_masked(const struct check *check);
void check_paths_readonly(const struct check *check);

/* mounts.c */
void check_mounts_destination(const struct check *check);
void check_mounts_type(const struct check *check);
void check_mounts_bind(const struct check *check);
void check_mounts_options(const struct check *check);
void check_mounts_proc(const struct check *check);

/* devices.c */
void check_devices_path(const struct check *check);
void check_devices_number(const struct check *check);
void check_devices_owner(const struct check *check);
void check_devices_twice(const struct check *check);

/* resources.c, cpu.c, blockio.c */
void check_resources_cgroups_path(const struct check *check);
void check_resources_devices(const struct check *check);
void check_resources_memory(const struct check *check);
void check_resources_memory_v1(const struct check *check);
void check_resources_pids(const struct check *check);
void check_resources_hugepages(const struct check *check);
void check_resources_network(const struct check *check);
void check_resources_rdma(const struct check *check);
void check_resources_unified(const struct check *check);
void check_cpu_bandwidth(const struct check *check);
void check_cpu_shares(const struct check *check);
void check_cpu_realtime(const struct check *check);
void check_cpu_sets(const struct check *check);
void check_blockio_weight(const struct check *check);
void check_blockio_devices(const struct check *check);

/* linux.c: smaller sections of /linux */
void check_linux_intel_rdt(const struct check *check);
void check_linux_memory_policy(const struct check *check);

void check_linux_personality(const struct check *check);

/* labels.c; the first two run only if there is a process */
void check_labels_apparmor(const struct check *check);
void check_labels_process(const struct check *check);
void check_labels_mounts(const struct check *check);

/* seccomp.c */
void check_seccomp_errno(const struct check *check);
void check_seccomp_names(const struct check *check);
void check_seccomp_args(const struct check *check);
void check_seccomp_listener(const struct check *check);

#endif
