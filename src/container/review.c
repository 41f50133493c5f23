/* review.c - see review.h. */
#include "container/review.h"
#include "base/text.h"
#include "ocispec/map.h"

#include <string.h>

static bool has_namespace(const struct oci_linux *linux, enum oci_namespace_type type)
{
	for (size_t i = 0; linux && i < linux->namespaces.count; i++) {
		if (linux->namespaces.items[i].type == type)
			return true;
	}
	return false;
}

static bool has_word(const struct oci_strings *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (text_equal(list->items[i], word))
			return true;
	}
	return false;
}

static void remark(struct problems *problems, const char *pointer, const char *text,
		   const char *hint)
{
	struct problem *p = problems_add(problems, PROBLEM_WARNING, pointer, "%s", text);

	if (p)
		p->code = CODE_REVIEW;
	problem_hint(p, "%s", hint);
}

/* Without a user namespace of its own, root inside is root. */
static void review_privileges(const struct oci_config *config, struct problems *problems)
{
	static const struct {
		const char *name, *text;
	} strong[] = {
		{ "CAP_SYS_ADMIN",
		  "CAP_SYS_ADMIN without a user namespace is next to all privileges" },
		{ "CAP_SYS_MODULE", "CAP_SYS_MODULE lets the container load code into the kernel" },
		{ "CAP_SYS_RAWIO", "CAP_SYS_RAWIO lets the container write to devices and memory" },
		{ "CAP_SYS_PTRACE", "CAP_SYS_PTRACE lets the container take over what joins it" },
	};
	const struct oci_process *process = config->process;

	if (!process || !process->capabilities || has_namespace(config->linux, OCI_NAMESPACE_USER))
		return;
	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
		if (has_word(&process->capabilities->bounding, strong[i].name))
			remark(problems, "/process/capabilities/bounding", strong[i].text,
			       "add a user namespace, or leave the capability out");
	}
}

static void review_process(const struct oci_config *config, struct problems *problems)
{
	const struct oci_process *process = config->process;

	if (!process)
		return;
	if (!process->no_new_privileges)
		remark(problems, "/process",
		       "set-user-ID programs of the image can gain privileges",
		       "set noNewPrivileges to true");
	if ((!config->linux || !config->linux->seccomp) &&
	    !oci_map_get(&config->annotations, "run.oci.seccomp_bpf_data"))
		remark(problems, "/linux", "no seccomp filter: every system call is open",
		       "add a profile to /linux/seccomp");
}

static void review_namespaces(const struct oci_config *config, struct problems *problems)
{
	static const struct {
		enum oci_namespace_type type;
		const char *text;
	} shared[] = {
		{ OCI_NAMESPACE_PID, "the container sees and can signal the host's processes" },
		{ OCI_NAMESPACE_NETWORK, "the container uses the host's network" },
		{ OCI_NAMESPACE_IPC, "the container shares the host's IPC objects" },
		{ OCI_NAMESPACE_MOUNT, "the container shares the host's mounts" },
	};

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		if (!has_namespace(config->linux, shared[i].type))
			remark(problems, "/linux/namespaces", shared[i].text,
			       "add the namespace, unless that is meant");
	}
}

static void review_limits(const struct oci_config *config, struct problems *problems)
{
	const struct oci_resources *resources = config->linux ? config->linux->resources : NULL;

	if (!resources || !resources->pids || resources->pids->limit <= 0)
		remark(problems, "/linux/resources",
		       "no limit of processes: a fork bomb reaches the host", "set pids.limit");
	if (!resources || !resources->memory || resources->memory->limit <= 0)
		remark(problems, "/linux/resources",
		       "no limit of memory: the container can use up the host's",
		       "set memory.limit");
}

static void review_paths(const struct oci_config *config, struct problems *problems)
{
	const struct oci_linux *linux = config->linux;

	for (size_t i = 0; i < config->mounts.count; i++) {
		const struct oci_mount *mount = &config->mounts.items[i];

		if (!text_equal(mount->type, "proc") || has_word(&mount->options, "ro"))
			continue;
		if (!linux || !has_word(&linux->readonly_paths, "/proc/sys"))
			remark(problems, "/linux/readonlyPaths",
			       "/proc/sys can be written by the container's root",
			       "add \"/proc/sys\"");
		if (!linux || linux->masked_paths.count == 0)
			remark(
			    problems, "/linux/maskedPaths",
			    "nothing of /proc is hidden, as /proc/kcore and /proc/keys should be",
			    "take the list that tare spec writes");
	}
}

void review_config(const struct oci_config *config, struct problems *problems)
{
	review_namespaces(config, problems);
	review_privileges(config, problems);
	review_process(config, problems);
	review_limits(config, problems);
	review_paths(config, problems);
}
