/*
 * features.c - see features.h.
 *
 * Engines rely on it, so nothing stands here that the rules refuse, and nothing is missing that
 * they let through: tests/unit/test_cli_features.c compares the two.
 */
#include "cli/features.h"

#include "cli/version.h"
#include "compile/mount_options.h"
#include "container/criu.h"
#include "host/capabilities.h"

#include <ctype.h>
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LIST_OF(array)                                                                             \
	{                                                                                          \
		array, COUNT_OF(array)                                                             \
	}
#define CAPABILITY_NAME_MAX 64

static enum oci_namespace_type namespaces[] = {
	OCI_NAMESPACE_PID, OCI_NAMESPACE_NETWORK, OCI_NAMESPACE_MOUNT,  OCI_NAMESPACE_IPC,
	OCI_NAMESPACE_UTS, OCI_NAMESPACE_USER,    OCI_NAMESPACE_CGROUP, OCI_NAMESPACE_TIME,
};

static enum oci_seccomp_action actions[] = {
	OCI_SECCOMP_ACTION_KILL,  OCI_SECCOMP_ACTION_KILL_PROCESS, OCI_SECCOMP_ACTION_KILL_THREAD,
	OCI_SECCOMP_ACTION_TRAP,  OCI_SECCOMP_ACTION_ERRNO,        OCI_SECCOMP_ACTION_TRACE,
	OCI_SECCOMP_ACTION_ALLOW, OCI_SECCOMP_ACTION_LOG,          OCI_SECCOMP_ACTION_NOTIFY,
};

static enum oci_seccomp_operator operators[] = {
	OCI_SECCOMP_OPERATOR_NE,        OCI_SECCOMP_OPERATOR_LT, OCI_SECCOMP_OPERATOR_LE,
	OCI_SECCOMP_OPERATOR_EQ,        OCI_SECCOMP_OPERATOR_GE, OCI_SECCOMP_OPERATOR_GT,
	OCI_SECCOMP_OPERATOR_MASKED_EQ,
};

static enum oci_seccomp_flag flags[] = {
	OCI_SECCOMP_FLAG_TSYNC,
	OCI_SECCOMP_FLAG_LOG,
	OCI_SECCOMP_FLAG_SPEC_ALLOW,
	OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
};

static struct oci_features_enabled enabled = { .has_enabled = true, .enabled = true };

static struct oci_features_cgroup cgroup = {
	.has_v1 = true,
	.v1 = true,
	.has_v2 = true,
	.v2 = true,
	.has_systemd = true,
	.systemd = true,
	.has_systemd_user = true,
	.systemd_user = true,
	.has_rdma = true,
	.rdma = true,
};

static enum oci_memory_policy_mode memory_modes[] = {
	OCI_MEMORY_POLICY_MODE_DEFAULT,    OCI_MEMORY_POLICY_MODE_BIND,
	OCI_MEMORY_POLICY_MODE_INTERLEAVE, OCI_MEMORY_POLICY_MODE_WEIGHTED_INTERLEAVE,
	OCI_MEMORY_POLICY_MODE_PREFERRED,  OCI_MEMORY_POLICY_MODE_PREFERRED_MANY,
	OCI_MEMORY_POLICY_MODE_LOCAL,
};

static enum oci_memory_policy_flag memory_flags[] = {
	OCI_MEMORY_POLICY_FLAG_NUMA_BALANCING,
	OCI_MEMORY_POLICY_FLAG_RELATIVE_NODES,
	OCI_MEMORY_POLICY_FLAG_STATIC_NODES,
};

static struct oci_features_memory_policy memory_policy = {
	.modes = LIST_OF(memory_modes),
	.flags = LIST_OF(memory_flags),
};

static struct oci_features_intel_rdt intel_rdt = {
	.has_enabled = true,
	.enabled = true,
	.has_schemata = true,
	.schemata = true,
	.has_monitoring = true,
	.monitoring = true,
};
static struct oci_features_mount_extensions mount_extensions = { .idmap = &enabled };

/* What a config can make us do by an annotation: an engine may want to forbid them to its users. */
static char delegate[] = "run.oci.delegate-cgroup", hooks_stderr[] = "run.oci.hooks.stderr",
	    hooks_stdout[] = "run.oci.hooks.stdout", keep_groups[] = "run.oci.keep_original_groups",
	    context_type[] = "run.oci.mount_context_type", criu_config[] = "org.criu.config",
	    pidfd_receiver[] = "run.oci.pidfd_receiver",
	    seccomp_data[] = "run.oci.seccomp_bpf_data",
	    seccomp_receiver[] = "run.oci.seccomp.receiver",
	    seccomp_unknown[] = "run.oci.seccomp_fail_unknown_syscall",
	    subgroup[] = "run.oci.systemd.subgroup";
static char *unsafe_annotations[] = { criu_config,     delegate,     hooks_stderr,
				      hooks_stdout,    keep_groups,  context_type,
				      pidfd_receiver,  seccomp_data, seccomp_receiver,
				      seccomp_unknown, subgroup };

static bool fill_mount_options(struct arena *arena, struct oci_strings *out)
{
	size_t count = 0;

	while (mount_options_known(count))
		count++;
	out->items = arena_array(arena, count, sizeof(*out->items));
	if (!out->items)
		return false;
	for (; out->count < count; out->count++)
		out->items[out->count] = (char *)mount_options_known(out->count);
	return true;
}

/* A number without a name is of a kernel newer than libcap: no config can ask for it. */
static bool fill_capabilities(unsigned last, struct arena *arena, struct oci_strings *out)
{
	out->items = arena_array(arena, last + 1, sizeof(*out->items));
	if (!out->items)
		return false;
	for (int number = 0; number <= (int)last; number++) {
		char name[CAPABILITY_NAME_MAX];
		char *copy = NULL;

		capabilities_name(number, name, sizeof(name));
		if (capabilities_number(name) != number)
			continue;
		copy = arena_strdup(arena, name);
		if (!copy)
			return false;
		out->items[out->count++] = copy;
	}
	return true;
}

/* "SCMP_ARCH_X86_64" is "x86_64" for libseccomp, which may be older than the specification. */
static bool covers(scmp_filter_ctx filter, enum oci_seccomp_arch arch)
{
	const char *spelling = oci_seccomp_arch_name(arch);
	char name[32] = "";
	uint32_t token = 0;
	int ret = 0;

	for (size_t i = 0; i + 1 < sizeof(name) && spelling[strlen("SCMP_ARCH_") + i]; i++)
		name[i] = (char)tolower((unsigned char)spelling[strlen("SCMP_ARCH_") + i]);
	token = seccomp_arch_resolve_name(name);
	if (token == 0)
		return false;
	ret = seccomp_arch_add(filter, token); /* refuses the other byte order */
	return ret == 0 || ret == -EEXIST;
}

static bool fill_archs(struct arena *arena, struct oci_seccomp_arch_list *out)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const size_t count = OCI_SECCOMP_ARCH_RISCV64 + 1;

	out->items = arena_array(arena, count, sizeof(*out->items));
	for (size_t arch = 0; filter && out->items && arch < count; arch++) {
		if (covers(filter, (enum oci_seccomp_arch)arch))
			out->items[out->count++] = (enum oci_seccomp_arch)arch;
	}
	seccomp_release(filter);
	return filter && out->items;
}

static bool fill_linux(unsigned last_capability, struct arena *arena,
		       struct oci_features_linux *out)
{
	struct oci_features_seccomp *seccomp = arena_alloc(arena, sizeof(*seccomp));
	const struct oci_features_seccomp known = {
		.has_enabled = true,
		.enabled = true,
		.actions = LIST_OF(actions),
		.operators = LIST_OF(operators),
		.known_flags = LIST_OF(flags),
		.supported_flags = LIST_OF(flags),
	};

	out->namespaces = (struct oci_namespace_type_list)LIST_OF(namespaces);
	out->cgroup = &cgroup;
	out->apparmor = &enabled;
	out->selinux = &enabled;
	out->intel_rdt = &intel_rdt;
	out->memory_policy = &memory_policy;
	out->mount_extensions = &mount_extensions;
	out->net_devices = &enabled;
	out->seccomp = seccomp;
	if (!seccomp)
		return false;
	*seccomp = known;
	return fill_capabilities(last_capability, arena, &out->capabilities) &&
	       fill_archs(arena, &seccomp->archs);
}

static bool fill_annotations(struct arena *arena, struct oci_string_map *out)
{
	const struct scmp_version *seccomp = seccomp_version();
	const struct oci_string_pair pairs[] = {
		{ "io.github.seccomp.libseccomp.version",
		  arena_format(arena, "%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro) },
		/* podman and others ask by this name, of whatever runtime */
		{ "org.opencontainers.runc.checkpoint.enabled",
		  criu_is_available() ? (char *)"true" : (char *)"false" },
		{ "tare.commit", (char *)version_commit() },
		{ "tare.version", (char *)version_number() },
	};

	out->items = arena_alloc(arena, sizeof(pairs));
	if (!out->items || !pairs[0].value)
		return false;
	memcpy(out->items, pairs, sizeof(pairs));
	out->count = COUNT_OF(pairs);
	return true;
}

int features_fill(unsigned last_capability, struct arena *arena, struct oci_features *out)
{
	static char prestart[] = "prestart", create_runtime[] = "createRuntime",
		    create_container[] = "createContainer", start_container[] = "startContainer",
		    poststart[] = "poststart", poststop[] = "poststop";
	static char *hooks[] = { prestart,        create_runtime, create_container,
				 start_container, poststart,      poststop };
	static char oldest[] = "1.0.0", newest[] = VERSION_SPEC;

	memset(out, 0, sizeof(*out));
	out->oci_version_min = oldest;
	out->oci_version_max = newest;
	out->hooks = (struct oci_strings){ hooks, sizeof(hooks) / sizeof(hooks[0]) };
	out->potentially_unsafe_config_annotations =
	    (struct oci_strings)LIST_OF(unsafe_annotations);
	out->linux = arena_alloc(arena, sizeof(*out->linux));
	if (!out->linux || !fill_linux(last_capability, arena, out->linux) ||
	    !fill_mount_options(arena, &out->mount_options) ||
	    !fill_annotations(arena, &out->annotations))
		return -ENOMEM;
	return 0;
}
