/* seccomp.c - rules on /linux/seccomp. Names of system calls are judged where they are compiled. */
#include "check/check.h"
#include "check/names.h"
#include "check/rules.h"
#include "sys/seccomp_bpf.h"
#include "ocispec/map.h"

#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 4095  /* the highest that a system call can return */
#define TRACE_MAX 65535 /* 16 bits go to the tracer */
#define ARGS_MAX  6

static const struct oci_seccomp *seccomp_of(const struct check *check)
{
	static const struct oci_seccomp none;

	return check->linux->seccomp ? check->linux->seccomp : &none;
}

static void seccomp_one_errno(const struct check *check, enum oci_seccomp_action action,
			      uint32_t errnum, const char *pointer)
{
	uint32_t max = action == OCI_SECCOMP_ACTION_TRACE ? TRACE_MAX : ERRNO_MAX;

	if (action != OCI_SECCOMP_ACTION_ERRNO && action != OCI_SECCOMP_ACTION_TRACE)
		finding_error(check, pointer,
			      "%s returns no errno: only SCMP_ACT_ERRNO and "
			      "SCMP_ACT_TRACE do",
			      oci_seccomp_action_name(action));
	else if (errnum > max)
		finding_error(check, pointer, "%u is above %u, the highest value there is", errnum,
			      max);
}

void check_seccomp_errno(const struct check *check)
{
	const struct oci_seccomp *seccomp = seccomp_of(check);

	if (seccomp->has_default_errno_ret && seccomp->has_default_action)
		seccomp_one_errno(check, seccomp->default_action, seccomp->default_errno_ret,
				  "/linux/seccomp/defaultErrnoRet");
	for (size_t i = 0; i < seccomp->syscalls.count; i++) {
		const struct oci_syscall *call = &seccomp->syscalls.items[i];

		if (call->has_errno_ret && call->has_action)
			seccomp_one_errno(check, call->action, call->errno_ret,
					  AT("/linux/seccomp/syscalls/%zu/errnoRet", i));
	}
}

void check_seccomp_names(const struct check *check)
{
	const struct oci_syscall_list *list = &seccomp_of(check)->syscalls;

	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < list->items[i].names.count; j++) {
			const char *name = list->items[i].names.items[j];

			if (name && !*name)
				finding_error(check,
					      AT("/linux/seccomp/syscalls/%zu/names/%zu", i, j),
					      "the name of a system call is empty");
		}
	}
}

void check_seccomp_args(const struct check *check)
{
	const struct oci_syscall_list *list = &seccomp_of(check)->syscalls;

	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < list->items[i].args.count; j++) {
			uint32_t index = list->items[i].args.items[j].index;

			if (index >= ARGS_MAX)
				finding_error(
				    check, AT("/linux/seccomp/syscalls/%zu/args/%zu/index", i, j),
				    "a system call has arguments 0 to %d, not %u", ARGS_MAX - 1,
				    index);
		}
	}
}

const char *check_seccomp_receiver(const struct oci_config *config, const char **pointer)
{
	const struct oci_seccomp *seccomp = config->linux ? config->linux->seccomp : NULL;
	const char *annotation = oci_map_get(&config->annotations, "run.oci.seccomp.receiver");
	const char *variable = getenv("RUN_OCI_SECCOMP_RECEIVER");

	*pointer = "/linux/seccomp/listenerPath";
	if (seccomp && names_is_set(seccomp->listener_path))
		return seccomp->listener_path;
	if (annotation) {
		*pointer = "/annotations/run.oci.seccomp.receiver";
		return annotation;
	}
	return names_is_set(variable) ? variable : NULL;
}

void check_seccomp_listener(const struct check *check)
{
	const struct oci_seccomp *seccomp = seccomp_of(check);
	const char *pointer, *receiver = check_seccomp_receiver(check->config, &pointer);
	bool listens = receiver != NULL;

	if (oci_map_get(&check->config->annotations, "run.oci.seccomp_bpf_data"))
		return; /* the profile is not used, and that filter asks nobody */
	if (seccomp->has_default_action && seccomp->default_action == OCI_SECCOMP_ACTION_NOTIFY)
		finding_error(
		    check, "/linux/seccomp/defaultAction",
		    "with SCMP_ACT_NOTIFY for every system call nothing could start, not even "
		    "the listener's answer");
	if (listens && !names_is_absolute(receiver))
		finding_error(check, pointer, "the listener is %s, not an absolute path",
			      QUOTE(receiver));
	if (!listens && names_is_set(seccomp->listener_metadata))
		finding_error(check, "/linux/seccomp/listenerMetadata",
			      "there is no listener to tell this to: listenerPath is missing");
	if (!listens && names_notifies(check))
		problem_hint(finding_error(check, "/linux/seccomp/listenerPath",
					   "SCMP_ACT_NOTIFY needs a listener to notify"),
			     "start the agent that answers, and name its socket in listenerPath");
}

void check_seccomp_given(const struct check *check)
{
	const char *base64 = oci_map_get(&check->config->annotations, "run.oci.seccomp_bpf_data");
	const struct oci_seccomp *seccomp = seccomp_of(check);
	struct sock_filter insns[SECCOMP_BPF_MAX];
	struct seccomp_bpf_fault fault;
	size_t count;

	if (!base64)
		return;
	if (seccomp_bpf_read(base64, insns, &count, &fault) < 0)
		problem_hint(finding_error(check, "/annotations/run.oci.seccomp_bpf_data",
					   "the filter %s", fault.text),
			     "the value is base64 of the instructions that seccomp(2) takes");
	else if (seccomp->syscalls.count > 0)
		finding_warning(check, "/linux/seccomp",
				"the profile is not used: the filter of the annotation "
				"run.oci.seccomp_bpf_data takes its place");
}
