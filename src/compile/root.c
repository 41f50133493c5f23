/* root.c - root, rootfsPropagation, the working directory, and the change of root. */
#include "compile/compile.h"

#include <linux/mount.h>
#include <string.h>

static uint64_t propagation(const struct oci_linux *linux)
{
	if (!linux->has_rootfs_propagation)
		return 0;
	switch (linux->rootfs_propagation) {
	case OCI_ROOTFS_PROPAGATION_PRIVATE:
		return MS_PRIVATE;
	case OCI_ROOTFS_PROPAGATION_SHARED:
		return MS_SHARED;
	case OCI_ROOTFS_PROPAGATION_SLAVE:
		return MS_SLAVE;
	case OCI_ROOTFS_PROPAGATION_UNBINDABLE:
		return MS_UNBINDABLE;
	case OCI_ROOTFS_PROPAGATION_RPRIVATE:
		return MS_PRIVATE | MS_REC;
	case OCI_ROOTFS_PROPAGATION_RSHARED:
		return MS_SHARED | MS_REC;
	case OCI_ROOTFS_PROPAGATION_RSLAVE:
		return MS_SLAVE | MS_REC;
	case OCI_ROOTFS_PROPAGATION_RUNBINDABLE:
		return MS_UNBINDABLE | MS_REC;
	case OCI_ROOTFS_PROPAGATION_UNSET:
		break;
	}
	return 0;
}

static bool is_shared(const struct compile *c)
{
	return propagation(c->linux) & MS_SHARED;
}

static const char *absolute_root(struct compile *c)
{
	const char *path = c->config->root->path;

	if (path[0] != '/')
		path = compile_format(c, "%s/%s", c->options->bundle, path);
	return path ? compile_clean_path(c, path) : NULL;
}

/*
 * Without a mount namespace of its own the container's mounts are made in the caller's, below the
 * rootfs, whose propagation is not ours to change.
 */
void compile_root(struct compile *c)
{
	const bool own = c->program->host.has_mount_namespace;
	const char *path = absolute_root(c);
	struct step_propagate *propagate;
	struct step_root *root;

	if (own) {
		propagate = program_add(
		    c->program, STEP_PROPAGATE,
		    c->linux->has_rootfs_propagation ? "/linux/rootfsPropagation" : NULL);
		propagate->flags = (is_shared(c) ? MS_SHARED : MS_SLAVE) | MS_REC;
	}
	root = program_add(c->program, STEP_ROOT, "/root/path");
	root->path = program_str(c->program, path);
	root->at = program_str(c->program, own ? "/" : path);
	root->detach_parent = own && is_shared(c);
	/* sysctls need a procfs of our own: the config's is used if it has one */
	if (c->linux->sysctl.count == 0)
		return;
	for (size_t i = 0; i < c->config->mounts.count; i++) {
		const struct oci_mount *mount = &c->config->mounts.items[i];

		if (mount->type && strcmp(mount->type, "proc") == 0 &&
		    strcmp(compile_clean_path(c, mount->destination), "/proc") == 0 &&
		    !c->namespaces[OCI_NAMESPACE_PID].path)
			return;
	}
	program_add(c->program, STEP_PROCFS, "/linux/sysctl");
}

/* Made if missing, as runc does, while the root filesystem can still be written. */
void compile_cwd(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	struct step_make_cwd *step;

	if (!process || !process->cwd || strcmp(process->cwd, "/") == 0)
		return;
	step = program_add(c->program, STEP_MAKE_CWD, "/process/cwd");
	step->path = program_str(c->program, process->cwd);
}

void compile_root_readonly(struct compile *c)
{
	if (c->config->root->readonly)
		program_add(c->program, STEP_ROOT_READONLY, "/root/readonly");
}

void compile_pivot(struct compile *c)
{
	struct step_pivot *pivot = program_add(c->program, STEP_PIVOT, "/root/path");
	uint64_t flags = propagation(c->linux);
	struct step_root_propagate *after;

	pivot->how = PIVOT_ROOT;
	if (c->options->no_pivot)
		pivot->how = PIVOT_MOVE;
	if (!c->program->host.has_mount_namespace)
		pivot->how = PIVOT_CHROOT;
	pivot->shared = is_shared(c);
	if (flags && c->program->host.has_mount_namespace) {
		after = program_add(c->program, STEP_ROOT_PROPAGATE, "/linux/rootfsPropagation");
		after->flags = flags;
	}
}
