/*
 * explain.c - see explain.h.
 *
 * What the step was about comes from the program, which part of it failed and the errno from the
 * helper. Codes and hints stand in the tables of hints.c.
 */
#include "container/explain.h"
#include "cgroup/cgroup.h"
#include "container/hints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE CODE_SETUP

static const char *const parts[PART_COUNT] = {
#define P(ID, words) [PART_##ID] = words,
	REPORT_PARTS(P)
#undef P
};

const struct step *explain_step(const struct program *program, uint32_t offset)
{
	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		if (program_offset(program, s) == offset)
			return s;
	}
	return NULL;
}

static bool has_string(const struct step *step)
{
	const struct program_field *field = program_fields(step->kind);

	return step->kind != STEP_TIME && field[0].name && field[0].kind == FIELD_STR;
}

static const char *first_string(const struct program *program, const struct step *step)
{
	struct program_ref ref;

	if (!has_string(step))
		return "";
	memcpy(&ref, step + 1, sizeof(ref));
	return program_text(program, ref);
}

/* Its first string, "/proc/kcore"; of what is mounted also the second, "tmpfs on /dev/shm". */
const char *explain_object(const struct program *program, const struct step *step, char *out,
			   size_t size)
{
	const bool mounts = step->kind == STEP_MOUNT || step->kind == STEP_BIND ||
			    step->kind == STEP_SOURCE || step->kind == STEP_DEVICE_BIND;
	struct program_ref refs[2];

	out[0] = '\0';
	if (!has_string(step))
		return out;
	memcpy(refs, step + 1, mounts ? sizeof(refs) : sizeof(refs[0]));
	if (mounts)
		(void)snprintf(out, size, "%.200s on %.200s", program_text(program, refs[0]),
			       program_text(program, refs[1]));
	else
		(void)snprintf(out, size, "%.200s", program_text(program, refs[0]));
	return out;
}

/* The engines' vocabulary: these words become exit codes 127 and 126 (CALLERS.md, rule 8). */
static int explain_program(const char *name, const char *pointer, const struct report *report,
			   struct error *err)
{
	if (report->part == PART_NOT_FOUND && !strchr(name, '/'))
		return error_set(err, ENOENT, pointer,
				 "exec: \"%.128s\": executable file not found in $PATH", name);
	if (report->errnum == ENOENT || report->part == PART_NOT_FOUND)
		return error_set(err, ENOENT, pointer,
				 "exec: \"%.128s\": stat %.128s: no such file or directory", name,
				 name);
	if (report->errnum == EISDIR)
		return error_set(err, EISDIR, pointer, "exec: \"%.128s\": is a directory", name);
	if (report->errnum == EACCES || report->errnum == EPERM)
		return error_set(err, report->errnum, pointer,
				 "exec: \"%.128s\": permission denied", name);
	if (report->errnum == ENOEXEC)
		return error_set(err, ENOEXEC, pointer, "exec %.128s: exec format error", name);
	return error_sys(err, report->errnum, "execve", pointer, "exec: \"%.128s\"", name);
}

/* The name as the config has it: of FIND its own, of EXEC the first argument. */
static const char *program_name(const struct program *program, const struct step *step)
{
	const struct step_find *find = (const void *)step;
	const struct step_exec *exec = (const void *)step;
	const char *first;

	if (step->kind == STEP_FIND)
		return program_text(program, find->name);
	first = program_entry(program, exec->argv, 0);
	return first ? first : "";
}

static int explain_limit(const struct program *program, const struct step *step,
			 const struct report *report, struct error *err)
{
	const struct step_rlimit *limit = (const void *)step;

	return error_sys(err, report->errnum, "prlimit64", program_origin(program, step),
			 "cannot set %s to soft %llu, hard %llu",
			 program_text(program, limit->name), (unsigned long long)limit->soft,
			 (unsigned long long)limit->hard);
}

/* podman looks for the file in backquotes (CALLERS.md 1.3). */
static int explain_label(const struct program *program, const struct step *step,
			 const struct report *report, struct error *err)
{
	const struct step_label *label = (const void *)step;
	const struct step_open_label *open = (const void *)step;
	const bool opening = step->kind == STEP_OPEN_LABEL;

	return error_sys(err, report->errnum, opening ? "openat2" : "write",
			 program_origin(program, step),
			 "cannot %s `/proc/self/attr/exec` for %.200s", opening ? "open" : "write",
			 program_text(program, opening ? open->label : label->label));
}

/* Without the quotes: then podman would show the file alone, and not the label. */
static int explain_attribute(const struct program *program, const struct step *step,
			     const struct report *report, struct error *err)
{
	const struct step_attribute *attribute = (const void *)step;
	const bool opening = report->part == PART_RESOLVE;

	return error_sys(err, report->errnum, opening ? "openat2" : "write",
			 program_origin(program, step), "cannot %s /proc/%.60s for %.200s",
			 opening ? "open" : "write", program_text(program, attribute->file),
			 program_text(program, attribute->value));
}

/* The words before the object, where the title of the step would not read well there. */
static const char *verb(uint32_t kind)
{
	switch (kind) {
	case STEP_MOUNT:
		return "mount";
	case STEP_BIND:
	case STEP_SOURCE:
		return "bind";
	case STEP_DEVICE_BIND:
		return "bind the device";
	case STEP_DEVICE:
		return "make the device";
	case STEP_SYMLINK:
		return "make the symbolic link";
	case STEP_SYSCTL:
		return "set the kernel parameter";
	case STEP_MASK:
		return "hide";
	case STEP_READONLY:
		return "make read-only";
	case STEP_JOIN:
		return "join the namespace";
	case STEP_ROOT:
		return "attach the rootfs";
	case STEP_REMOUNT:
		return "finish the mount on";
	case STEP_AT_MOUNT:
	case STEP_UNMOUNT:
		return "remove the mount on";
	default:
		return program_step_title(kind);
	}
}

/* A hook, wherever it was looked up. */
struct failed_hook {
	const char *path;
	const char *pointer;
	unsigned long long timeout;
};

/* The report's text begins with the status or signal, then comes what the hook said last. */
static int explain_hook(const struct failed_hook *hook, const struct report *report,
			struct error *err)
{
	if (report->part == PART_HOOK_STATUS)
		return error_set(err, EPROTO, hook->pointer,
				 "the hook %.200s failed with exit status %s", hook->path,
				 report->text);
	if (report->part == PART_HOOK_SIGNAL)
		return error_set(err, EPROTO, hook->pointer,
				 "the hook %.200s was killed by signal %s", hook->path,
				 report->text);
	if (report->part == PART_HOOK_TIMEOUT)
		return error_set(err, ETIME, hook->pointer,
				 "the hook %.200s took longer than %llu s: killed", hook->path,
				 hook->timeout);
	return error_sys(err, report->errnum, "execve", hook->pointer,
			 "the hook %.200s cannot be executed", hook->path);
}

static int explain_hook_step(const struct program *program, const struct step *step,
			     const struct report *report, struct error *err)
{
	const struct step_hook *hook = (const void *)step;
	const struct failed_hook failed = { program_text(program, hook->path),
					    program_origin(program, step), hook->timeout };

	return explain_hook(&failed, report, err);
}

/* The report counts those that ran since the gate. */
static int explain_start_hook(const struct oci_config *config, const struct report *report,
			      struct error *err)
{
	const struct oci_hook_list *hooks = &config->hooks->start_container;
	const struct oci_hook *hook = &hooks->items[report->value];
	char pointer[64];
	const struct failed_hook failed = { hook->path, pointer,
					    (unsigned long long)hook->timeout };

	(void)snprintf(pointer, sizeof(pointer), "/hooks/startContainer/%d", (int)report->value);
	return explain_hook(&failed, report, err);
}

/* The kernel says EINVAL or ENOTDIR; engines look for these words (CALLERS.md 1.11). */
static bool is_type_mismatch(const struct step *step, const struct report *report)
{
	return step->kind == STEP_BIND && report->part == PART_ATTACH &&
	       (report->errnum == EINVAL || report->errnum == ENOTDIR);
}

static int explain_any(const struct program *program, const struct step *step,
		       const struct report *report, struct error *err)
{
	char buffer[512];
	const char *object = explain_object(program, step, buffer, sizeof(buffer));
	const char *part = parts[report->part];
	const char *blank = object[0] ? " " : "";

	if (is_type_mismatch(step, report))
		return error_set(err, ENOTDIR, program_origin(program, step),
				 "cannot bind%s%s: not a directory, or a directory on a file",
				 blank, object);
	return error_sys(err, report->errnum, "", program_origin(program, step),
			 "cannot %s%s%s%s%s%s%s%s", verb(step->kind), blank, object,
			 part[0] ? ": cannot " : "", part, report->text[0] ? " (" : "",
			 report->text, report->text[0] ? ")" : "");
}

int explain_report(const struct program *program, const struct report *report, struct error *err)
{
	const struct step *step = explain_step(program, report->step);
	struct hint_step of = { .report = report, .object = "" };
	int rc;

	if (!step || report->errnum == 0)
		return error_set(err, EBADMSG, NULL, "tare-init failed at an unknown step");
	if (step->kind == STEP_FIND || step->kind == STEP_EXEC)
		rc = explain_program(program_name(program, step), program_origin(program, step),
				     report, err);
	else if (step->kind == STEP_HOOK)
		rc = explain_hook_step(program, step, report, err);
	else if (step->kind == STEP_LABEL || step->kind == STEP_OPEN_LABEL)
		rc = explain_label(program, step, report, err);
	else if (step->kind == STEP_ATTRIBUTE)
		rc = explain_attribute(program, step, report, err);
	else if (step->kind == STEP_CGROUP)
		rc = cgroup_explain_entrance(first_string(program, step),
					     program_origin(program, step), report->errnum, err);
	else if (step->kind == STEP_RLIMIT)
		rc = explain_limit(program, step, report, err);
	else
		rc = explain_any(program, step, report, err);
	of.kind = step->kind;
	of.object = first_string(program, step);
	error_add_step(err, program_step_title(step->kind));
	hints_add_step(&of, err);
	return rc;
}

/* As explain_label(). AppArmor's "unconfined" may stand beside a label where it does not run. */
static int explain_start_label(const struct oci_process *process, const struct report *report,
			       struct error *err)
{
	const char *label = process->selinux_label;
	const bool selinux = label && label[0] != '\0';

	return error_sys(err, report->errnum, "write",
			 selinux ? "/process/selinuxLabel" : "/process/apparmorProfile",
			 "cannot write `/proc/self/attr/exec` for %.200s",
			 selinux ? label : process->apparmor_profile);
}

int explain_start(const struct report *report, const struct oci_config *config, struct error *err)
{
	const struct oci_process *process = config->process;
	const size_t hooks = config->hooks ? config->hooks->start_container.count : 0;
	const struct hint_step of = { .kind = report->step_kind, .report = report, .object = "" };
	int rc;

	if (report->step_kind == STEP_EXEC || report->step_kind == STEP_FIND)
		rc = explain_program(process && process->args.count ? process->args.items[0] : "",
				     "/process/args/0", report, err);
	else if (report->step_kind == STEP_HOOK && (uint64_t)report->value < hooks)
		rc = explain_start_hook(config, report, err);
	else if (report->step_kind == STEP_LABEL && process)
		rc = explain_start_label(process, report, err);
	else
		rc = error_sys(err, report->errnum, "", NULL, "cannot %s", verb(report->step_kind));
	error_add_step(err, program_step_title(report->step_kind));
	hints_add_step(&of, err);
	return rc;
}
