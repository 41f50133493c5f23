/*
 * explain.c - see explain.h.
 *
 * What the step was about comes from the program, which part of it failed and the errno from the
 * helper. Hints stand in one table.
 */
#include "container/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const parts[PART_COUNT] = {
#define P(ID, words) [PART_##ID] = words,
	REPORT_PARTS(P)
#undef P
};

/* A hint for a combination; kind or part 0, or errnum 0, stand for any. First match wins. */
static const struct hint {
	uint32_t kind;
	uint32_t part;
	int errnum;
	const char *text;
} hints[] = {
	{ STEP_MOUNT, PART_SET_OPTION, EINVAL,
	  "the filesystem does not know this option, or not this value" },
	{ STEP_MOUNT, PART_OPEN_FILESYSTEM, ENODEV,
	  "see /proc/filesystems for the types that this kernel has; a module may be missing" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EPERM,
	  "in a user namespace proc and sysfs can be mounted only with a pid or network namespace "
	  "of "
	  "one's own, and where the outer ones are not masked; bind them instead" },
	{ STEP_MOUNT, PART_CREATE_FILESYSTEM, EINVAL,
	  "an id in the options (uid=, gid=) may not be mapped in the user namespace" },
	{ 0, PART_NOT_A_DIRECTORY, 0,
	  "the image has a symlink or a file there; an image that redirects /proc or /sys is not "
	  "to be "
	  "trusted" },
	{ STEP_BIND, PART_ATTACH, EINVAL,
	  "a file can be bound on a file only, a directory on a directory" },
	{ STEP_BIND, PART_ATTACH, ENOTDIR,
	  "a file can be bound on a file only, a directory on a directory" },
	{ STEP_BIND, PART_MAKE_FILE, EROFS,
	  "the mount point is missing on a read-only filesystem: create it in the image" },
	{ 0, PART_MAKE_DIRECTORY, EROFS,
	  "the mount point is missing on a read-only filesystem: create it in the image" },
	{ 0, PART_RESOLVE, EAGAIN, "somebody keeps renaming a part of this path" },
	{ STEP_RLIMIT, 0, EPERM,
	  "raising a hard limit needs CAP_SYS_RESOURCE; lower the value or raise the caller's "
	  "limit" },
	{ STEP_KEYRING, 0, EDQUOT,
	  "the quota of keys is used up: see kernel.keys.maxkeys, or use --no-new-keyring" },
	{ STEP_IDS, 0, EINVAL, "the id is not mapped in the user namespace" },
	{ STEP_GROUPS, 0, EPERM, "setgroups is denied in this user namespace" },
	{ STEP_GROUPS, 0, EINVAL, "a group is not mapped in the user namespace" },
	{ STEP_CHDIR, PART_OUTSIDE, 0, "the working directory must lie inside the container" },
	{ STEP_SYSCTL, PART_RESOLVE, ENOENT, "this kernel has no such parameter" },
	{ STEP_SYSCTL, PART_WRITE, EINVAL, "the kernel does not take this value" },
	{ STEP_SECCOMP, 0, EINVAL,
	  "this kernel does not know the filter's flags, or the filter is too long" },
	{ STEP_ENTER_PID, PART_CLONE, ENOMEM, "the first process of that pid namespace has ended" },
	{ STEP_DROP_CAPS, 0, EPERM,
	  "without noNewPrivileges the profile has to allow capset, which is called under it" },
	{ STEP_JOIN, 0, EINVAL, "is it a namespace of the type that is named?" },
	{ STEP_EXEC, 0, ENOENT,
	  "the interpreter named in its first line, or its dynamic loader, is missing in the "
	  "image" },
	{ STEP_EXEC, 0, ENOEXEC, "it is for another architecture, or a script without #!" },
	{ STEP_EXEC, 0, E2BIG, "arguments and environment are too long together" },
	{ STEP_MOUNT, PART_COPY, ENOSPC, "give the tmpfs a larger size= or nr_inodes=" },
	{ STEP_MOUNT, PART_COPY, ELOOP, "directories are copied 128 deep" },
	{ STEP_MOUNT, PART_COPY, ESTALE, "the image was changed meanwhile" },
	{ STEP_MOUNT, PART_MAP_IDS, 0,
	  "the filesystem does not support idmapped mounts, or belongs to the container's own user "
	  "namespace" },
	{ STEP_LABEL, 0, ENOENT,
	  "no profile of that name is loaded: aa-status lists them, apparmor_parser loads one" },
	{ STEP_LABEL, 0, EINVAL, "the policy does not know this label" },
	{ STEP_SCHEDULER, 0, EPERM,
	  "real-time and deadline policies need CAP_SYS_NICE, and on cgroup v1 a "
	  "cpu.rt_runtime_us" },
	{ STEP_SCHEDULER, 0, EINVAL, "this kernel does not know the policy or its values" },
	{ STEP_IO_PRIORITY, 0, EPERM, "IOPRIO_CLASS_RT needs CAP_SYS_ADMIN or CAP_SYS_NICE" },
	{ STEP_AFFINITY, 0, EINVAL, "none of these CPUs is there, or in the container's cpuset" },
	{ STEP_MEMORY_POLICY, 0, EINVAL,
	  "none of these memory nodes is there or in the container's cpuset, or the mode does not "
	  "go "
	  "with the flags" },
	{ STEP_MEMORY_POLICY, 0, ENOSYS, "this kernel is built without NUMA" },
	{ STEP_CONSOLE, PART_RESOLVE, ENOENT, "a terminal needs a devpts at /dev/pts" },
};

const struct step *explain_step(const struct program *program, uint32_t offset)
{
	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		if (program_offset(program, s) == offset)
			return s;
	}
	return NULL;
}

/*
 * What the step acts on: its first string, "/proc/kcore"; of what is mounted also the second,
 * "tmpfs on /dev/shm".
 */
static void name_object(const struct program *program, const struct step *step, char *out,
			size_t size)
{
	const bool mounts =
	    step->kind == STEP_MOUNT || step->kind == STEP_BIND || step->kind == STEP_DEVICE_BIND;
	const struct program_field *field = program_fields(step->kind);
	struct program_ref refs[2];

	out[0] = '\0';
	if (step->kind == STEP_TIME || field[0].name == NULL || field[0].kind != FIELD_STR)
		return;
	memcpy(refs, step + 1, mounts ? sizeof(refs) : sizeof(refs[0]));
	if (mounts)
		(void)snprintf(out, size, " %.200s on %.200s", program_text(program, refs[0]),
			       program_text(program, refs[1]));
	else
		(void)snprintf(out, size, " %.200s", program_text(program, refs[0]));
}

static void add_hint(uint32_t kind, const struct report *report, struct error *err)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const struct hint *h = &hints[i];

		if ((h->kind == 0 || h->kind == kind) &&
		    (h->part == 0 || h->part == report->part) &&
		    (h->errnum == 0 || h->errnum == report->errnum)) {
			error_add_hint(err, "%s", h->text);
			return;
		}
	}
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

/* The words before the object, where the title of the step would not read well there. */
static const char *verb(uint32_t kind)
{
	switch (kind) {
	case STEP_MOUNT:
		return "mount";
	case STEP_BIND:
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
	default:
		return program_step_title(kind);
	}
}

/* The report's text begins with the status or signal, then comes what the hook said last. */
static int explain_hook(const struct program *program, const struct step *step,
			const struct report *report, struct error *err)
{
	const struct step_hook *hook = (const void *)step;
	const char *path = program_text(program, hook->path);
	const char *pointer = program_origin(program, step);

	if (report->part == PART_HOOK_STATUS)
		return error_set(err, EPROTO, pointer, "the hook %.200s failed with exit status %s",
				 path, report->text);
	if (report->part == PART_HOOK_SIGNAL)
		return error_set(err, EPROTO, pointer, "the hook %.200s was killed by signal %s",
				 path, report->text);
	if (report->part == PART_HOOK_TIMEOUT)
		return error_set(err, ETIME, pointer,
				 "the hook %.200s took longer than %llu s: killed", path,
				 (unsigned long long)hook->timeout);
	return error_sys(err, report->errnum, "execve", pointer,
			 "the hook %.200s cannot be executed", path);
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
	char object[512];
	const char *part = parts[report->part];

	name_object(program, step, object, sizeof(object));
	if (is_type_mismatch(step, report))
		return error_set(err, ENOTDIR, program_origin(program, step),
				 "cannot bind%s: not a directory, or a directory on a file",
				 object);
	return error_sys(err, report->errnum, "", program_origin(program, step),
			 "cannot %s%s%s%s%s%s%s", verb(step->kind), object,
			 part[0] ? ": cannot " : "", part, report->text[0] ? " (" : "",
			 report->text, report->text[0] ? ")" : "");
}

int explain_report(const struct program *program, const struct report *report, struct error *err)
{
	const struct step *step = explain_step(program, report->step);
	int rc;

	if (!step || report->errnum == 0)
		return error_set(err, EBADMSG, NULL, "tare-init failed at an unknown step");
	if (step->kind == STEP_FIND || step->kind == STEP_EXEC)
		rc = explain_program(program_name(program, step), program_origin(program, step),
				     report, err);
	else if (step->kind == STEP_HOOK)
		rc = explain_hook(program, step, report, err);
	else if (step->kind == STEP_LABEL || step->kind == STEP_OPEN_LABEL)
		rc = explain_label(program, step, report, err);
	else if (step->kind == STEP_RLIMIT)
		rc = explain_limit(program, step, report, err);
	else
		rc = explain_any(program, step, report, err);
	error_add_step(err, program_step_title(step->kind));
	add_hint(step->kind, report, err);
	return rc;
}

int explain_start(const struct report *report, const char *name, struct error *err)
{
	int rc;

	if (report->step_kind == STEP_EXEC || report->step_kind == STEP_FIND)
		rc = explain_program(name, "/process/args/0", report, err);
	else
		rc = error_sys(err, report->errnum, "", NULL, "cannot %s", verb(report->step_kind));
	error_add_step(err, program_step_title(report->step_kind));
	add_hint(report->step_kind, report, err);
	return rc;
}
