/* process_file.c - see process_file.h. */
#include "container/process_file.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ERROR_CODE CODE_PROCESS_FILE

static int read_text(const char *path, struct bundle *bundle, struct arena *arena,
		     struct error *err)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, errno, "open", NULL, "cannot read the process file %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)OCI_TEXT_MAX)
		return error_set(err, EINVAL, NULL,
				 "the process file %s is not a regular file, or too large", path);
	bundle->text = arena_alloc(arena, (size_t)st.st_size + 1);
	n = bundle->text ? read(fd, bundle->text, (size_t)st.st_size) : -1;
	if (n < 0)
		return error_sys(err, errno, "read", NULL, "cannot read the process file %s", path);
	bundle->len = (size_t)n;
	bundle->name = path;
	return 0;
}

static int read_process(const char *path, struct bundle *bundle, struct arena *arena,
			struct oci_process **out, struct error *err)
{
	struct oci_issues issues = { 0 };
	int rc = read_text(path, bundle, arena, err);

	if (rc < 0)
		return rc;
	rc = oci_process_read(arena, bundle->text, bundle->len, out, &issues);
	if (rc == -ENOMEM)
		return error_sys(err, ENOMEM, "", NULL, "cannot read the process file %s", path);
	bundle_add_issues(bundle, &issues, *out != NULL);
	return rc < 0 ? bundle_refuse(bundle, err) : 0;
}

static bool append(struct arena *arena, struct oci_strings *list, const struct oci_strings *more)
{
	char **items = arena_array(arena, list->count + more->count, sizeof(*items));

	if (!items)
		return false;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	if (more->count > 0)
		memcpy(items + list->count, more->items, more->count * sizeof(*items));
	list->items = items;
	list->count += more->count;
	return true;
}

/* To bounding, effective and permitted; never to inheritable or ambient (CVE-2022-29162). */
static bool add_caps(struct arena *arena, const struct oci_strings *caps,
		     struct oci_process *process)
{
	struct oci_capabilities *sets;

	if (caps->count == 0)
		return true;
	sets = arena_alloc(arena, sizeof(*sets));
	if (!sets)
		return false;
	if (process->capabilities)
		*sets = *process->capabilities;
	process->capabilities = sets;
	return append(arena, &sets->bounding, caps) && append(arena, &sets->effective, caps) &&
	       append(arena, &sets->permitted, caps);
}

static bool set_user(const struct container_exec *request, struct arena *arena,
		     struct oci_process *process)
{
	struct oci_user *user = arena_alloc(arena, sizeof(*user));

	if (!user)
		return false;
	if (process->user)
		*user = *process->user;
	if (request->has_uid) {
		user->has_uid = true;
		user->uid = request->uid;
	}
	if (request->has_gid) {
		user->has_gid = true;
		user->gid = request->gid;
	}
	if (request->additional_gids.count > 0)
		user->additional_gids = request->additional_gids;
	process->user = user;
	return true;
}

int process_file_make(const struct container_exec *request, const struct oci_process *base,
		      struct bundle *bundle, struct oci_process **out, struct error *err)
{
	struct arena *arena = bundle->arena;
	struct oci_process *process;

	if (request->process_file)
		return read_process(request->process_file, bundle, arena, out, err);
	process = arena_alloc(arena, sizeof(*process));
	if (!process)
		return error_sys(err, ENOMEM, "", NULL, "cannot make the process");
	if (base)
		*process = *base;
	process->args = request->args;
	process->has_terminal = true;
	process->terminal = request->has_tty && request->tty;
	process->console_size = NULL;
	process->cwd = request->cwd   ? (char *)request->cwd
		       : process->cwd ? process->cwd
				      : (char *)"/";
	if (request->apparmor)
		process->apparmor_profile = (char *)request->apparmor;
	if (request->label)
		process->selinux_label = (char *)request->label;
	if (request->has_no_new_privs) {
		process->has_no_new_privileges = true;
		process->no_new_privileges = request->no_new_privs;
	}
	if (!set_user(request, arena, process) || !append(arena, &process->env, &request->env) ||
	    !add_caps(arena, &request->caps, process))
		return error_sys(err, ENOMEM, "", NULL, "cannot make the process");
	*out = process;
	return 0;
}
