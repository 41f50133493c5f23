/* namespaces.c - linux.namespaces, id maps, names: what the clone makes and the helper furnishes.
 */
#include "compile/compile.h"
#include "compile/labels.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

static const uint64_t clone_flags[COMPILE_NAMESPACES] = {
	[OCI_NAMESPACE_PID] = CLONE_NEWPID,       [OCI_NAMESPACE_NETWORK] = CLONE_NEWNET,
	[OCI_NAMESPACE_MOUNT] = CLONE_NEWNS,      [OCI_NAMESPACE_IPC] = CLONE_NEWIPC,
	[OCI_NAMESPACE_UTS] = CLONE_NEWUTS,       [OCI_NAMESPACE_USER] = CLONE_NEWUSER,
	[OCI_NAMESPACE_CGROUP] = CLONE_NEWCGROUP, [OCI_NAMESPACE_TIME] = CLONE_NEWTIME,
};

/*
 * New ones are made by the clone, joined ones entered before it by tare's intermediate child.
 * Exceptions: time (entered by the helper: needs an mm of its own), pid by path (entered last),
 * cgroup where clone cannot place us in the cgroup (v1, a group below systemd's scope: made by the
 * helper once it is there),
 * ipc in a new user namespace (made once ids are mapped).
 */
static void place(struct compile *c, enum oci_namespace_type type)
{
	struct program_host *host = &c->program->host;
	const struct compile_namespace *ns = &c->namespaces[type];
	bool by_helper = type == OCI_NAMESPACE_TIME || (type == OCI_NAMESPACE_PID && ns->path);

	if (type == OCI_NAMESPACE_CGROUP && !ns->path &&
	    (c->facts->cgroups.mode != HOST_CGROUP_V2 || c->options->cgroup_later)) {
		c->unshare |= CLONE_NEWCGROUP;
		by_helper = true;
	}
	/* its message queues belong to whoever makes it: that should be somebody who is mapped */
	if (type == OCI_NAMESPACE_IPC && !ns->path && compile_is_new(c, OCI_NAMESPACE_USER)) {
		c->unshare |= CLONE_NEWIPC;
		by_helper = true;
	}
	if (by_helper)
		return;
	if (!ns->path) {
		host->clone_flags |= clone_flags[type];
		return;
	}
	host->joins[host->join_count++] =
	    (struct program_join){ clone_flags[type], ns->path, ns->pointer };
}

void compile_read_namespaces(struct compile *c)
{
	const struct oci_namespace_list *list = &c->linux->namespaces;
	struct program_host *host = &c->program->host;

	for (size_t i = 0; i < list->count; i++) {
		const struct oci_namespace *item = &list->items[i];
		struct compile_namespace *ns = &c->namespaces[item->type];

		ns->present = true;
		ns->path = item->path && item->path[0] != '\0' ? item->path : NULL;
		ns->pointer =
		    compile_format(c, "/linux/namespaces/%zu%s", i, ns->path ? "/path" : "");
	}
	for (int type = 0; type < COMPILE_NAMESPACES; type++) {
		if (c->namespaces[type].present)
			place(c, (enum oci_namespace_type)type);
	}
	c->user_namespace = c->namespaces[OCI_NAMESPACE_USER].present;
	host->has_mount_namespace = c->namespaces[OCI_NAMESPACE_MOUNT].present;
	if (compile_is_new(c, OCI_NAMESPACE_USER)) {
		host->uid_map = &c->linux->uid_mappings;
		host->gid_map = &c->linux->gid_mappings;
	}
}

static bool is_mapped(const struct oci_id_mapping_list *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++) {
		if (id >= map->items[i].container_id &&
		    id - map->items[i].container_id < map->items[i].size)
			return true;
	}
	return false;
}

/* Files of the container are made by its root; where 0 is not mapped, by its user. */
static void become(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	const struct oci_user *user = process ? process->user : NULL;
	struct step_become *step =
	    program_add(c->program, STEP_BECOME, c->namespaces[OCI_NAMESPACE_USER].pointer);
	bool joined = !compile_is_new(c, OCI_NAMESPACE_USER);

	if (!joined && !is_mapped(&c->linux->uid_mappings, 0))
		step->uid = user ? user->uid : 0;
	if (!joined && !is_mapped(&c->linux->gid_mappings, 0))
		step->gid = user ? user->gid : 0;
}

static void emit_await(struct compile *c, enum milestone milestone)
{
	struct step_await *await = program_add(c->program, STEP_AWAIT, NULL);

	await->milestone = milestone;
}

/*
 * What the helper cannot begin without: ids that are mapped, and a place in the cgroups, where
 * others move it first. Whatever else the host does for it goes on at the same time as its first
 * steps.
 */
static void await_clone(struct compile *c)
{
	if (!c->user_namespace && !c->options->cgroup_later && c->linux->net_devices.count == 0)
		return;
	emit_await(c, MILESTONE_CLONED);
	c->program->host.awaits = true;
}

/*
 * On v1, where clone cannot place us. Before the cgroup namespace, which is a view from there, and
 * as who tare is: another user may not move us.
 */
static void emit_entrances(struct compile *c)
{
	for (size_t i = 0; i < c->options->entrance_count; i++) {
		struct step_cgroup *step =
		    program_add(c->program, STEP_CGROUP, c->options->cgroup_pointer);

		step->directory = program_str(c->program, c->options->entrances[i]);
	}
}

/* Devices are made, hooks and the program run within limits: entered, set and guarded by now. */
void compile_await_limits(struct compile *c)
{
	const struct oci_process *process = c->config->process;

	if (c->program->host.awaits_limits)
		return; /* it did so earlier */
	if (c->facts->cgroups.mode == HOST_CGROUP_NONE && !c->linux->intel_rdt &&
	    !(process && process->has_oom_score_adj))
		return;
	emit_await(c, MILESTONE_LIMITED);
	c->program->host.awaits_limits = true;
}

void compile_enter(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	struct step_fence *fence = program_add(c->program, STEP_FENCE, NULL);

	fence->preserve = c->options->preserve_fds;
	/* newuidmap, run by a user, may not write the maps of a process that hides: go comes first
	 */
	if (!c->user_namespace)
		program_add(c->program, STEP_HIDE, NULL);
	await_clone(c);
	emit_entrances(c);
	if (c->user_namespace) {
		become(c);
		program_add(c->program, STEP_HIDE, NULL);
	}
	labels_open(c);
	if (process && process->has_oom_score_adj) {
		c->program->host.has_oom_score_adj = true;
		c->program->host.oom_score_adj = process->oom_score_adj;
	}
}

static void emit_time(struct compile *c)
{
	const struct compile_namespace *ns = &c->namespaces[OCI_NAMESPACE_TIME];
	const struct oci_time_offsets *offsets = c->linux->time_offsets;
	struct step_join *join;
	struct step_time *step;
	char text[128] = "";
	size_t used = 0;

	if (!ns->present)
		return;
	if (ns->path) {
		join = program_add(c->program, STEP_JOIN, ns->pointer);
		join->type = CLONE_NEWTIME;
		join->path = program_str(c->program, ns->path);
		return;
	}
	step = program_add(c->program, STEP_TIME, offsets ? "/linux/timeOffsets" : ns->pointer);
	if (offsets && offsets->monotonic)
		used += (size_t)snprintf(text, sizeof(text), "monotonic %lld %u\n",
					 (long long)offsets->monotonic->secs,
					 offsets->monotonic->nanosecs);
	if (offsets && offsets->boottime)
		(void)snprintf(text + used, sizeof(text) - used, "boottime %lld %u\n",
			       (long long)offsets->boottime->secs, offsets->boottime->nanosecs);
	step->offsets = program_str(c->program, text);
}

static void emit_names(struct compile *c)
{
	struct step_hostname *hostname;
	struct step_domainname *domainname;

	if (c->config->hostname && c->config->hostname[0] != '\0') {
		hostname = program_add(c->program, STEP_HOSTNAME, "/hostname");
		hostname->hostname = program_str(c->program, c->config->hostname);
	}
	if (c->config->domainname && c->config->domainname[0] != '\0') {
		domainname = program_add(c->program, STEP_DOMAINNAME, "/domainname");
		domainname->domainname = program_str(c->program, c->config->domainname);
	}
}

/* exec joins the keyring of that name: the one of the container, which has to let itself be found.
 */
static void emit_keyring(struct compile *c)
{
	struct step_keyring *step;

	if (c->options->no_new_keyring)
		return;
	step = program_add(c->program, STEP_KEYRING, NULL);
	step->keyring = program_str(c->program, compile_format(c, "_ses.%s", c->options->id));
	step->searchable = !c->options->exec;
}

void compile_namespaces(struct compile *c)
{
	const struct compile_namespace *pid = &c->namespaces[OCI_NAMESPACE_PID];
	struct step_unshare *unshare_step;
	struct step_join *join;

	emit_time(c);
	if (c->unshare) {
		unshare_step = program_add(c->program, STEP_UNSHARE, "/linux/namespaces");
		unshare_step->flags = c->unshare;
	}
	emit_keyring(c);
	labels_end_keyring(c);
	if (compile_is_new(c, OCI_NAMESPACE_NETWORK))
		program_add(c->program, STEP_LOOPBACK,
			    c->namespaces[OCI_NAMESPACE_NETWORK].pointer);
	emit_names(c);
	if (pid->path) {
		compile_herald(c);
		join = program_add(c->program, STEP_JOIN, pid->pointer);
		join->type = CLONE_NEWPID;
		join->path = program_str(c->program, pid->path);
	}
}

static void note_entered(struct compile *c)
{
	static const char container[] = "the container";

	for (size_t type = 0; type < COMPILE_NAMESPACES; type++) {
		if (c->options->enter & clone_flags[type])
			c->namespaces[type] = (struct compile_namespace){ true, container, NULL };
	}
	c->user_namespace = c->namespaces[OCI_NAMESPACE_USER].present;
}

static void emit_enter(struct compile *c, uint64_t flags)
{
	struct step_enter *enter = program_add(c->program, STEP_ENTER, NULL);

	enter->flags = flags;
	if (flags & CLONE_NEWUSER)
		become(c);
	c->program->host.has_mount_namespace = true; /* not ours to clean up after */
}

/*
 * A tree can be cloned in a mount namespace only over which one has power. Who has none over his
 * own gets a copy of it that belongs to the container's user namespace, and looks for the sources
 * there.
 */
static uint64_t emit_sources(struct compile *c)
{
	struct step_unshare *copy;

	emit_enter(c, CLONE_NEWUSER);
	copy = program_add(c->program, STEP_UNSHARE, NULL);
	copy->flags = CLONE_NEWNS;
	for (size_t i = 0; i < c->config->mounts.count; i++) {
		const struct oci_mount *mount = &c->config->mounts.items[i];
		struct step_source *source;

		if (!compile_is_bind(c, mount))
			continue;
		source = program_add(c->program, STEP_SOURCE, compile_format(c, "/mounts/%zu", i));
		source->source = program_str(c->program, mount->source);
		source->target = program_str(c->program, mount->destination);
		c->sources[i] = source;
	}
	return c->options->enter & ~(uint64_t)CLONE_NEWUSER;
}

void compile_visit_container(struct compile *c)
{
	uint64_t enter = c->options->enter;

	program_add(c->program, STEP_FENCE, NULL);
	program_add(c->program, STEP_HIDE, NULL);
	program_add(c->program, STEP_TOGETHER, NULL);
	note_entered(c);
	if (c->sources && enter & CLONE_NEWUSER)
		enter = emit_sources(c);
	emit_enter(c, enter);
}

/* What is joined decides like what was made: ids are mapped, and a pid namespace is entered last.
 */
void compile_enter_container(struct compile *c)
{
	const struct oci_process *process = c->config->process;
	struct step_fence *fence = program_add(c->program, STEP_FENCE, NULL);

	fence->preserve = c->options->preserve_fds;
	program_add(c->program, STEP_HIDE, NULL);
	emit_await(c, MILESTONE_CLONED);
	c->program->host.awaits = true;
	emit_entrances(c);
	labels_open(c); /* inside, /proc is the container's */
	note_entered(c);
	compile_herald(c);
	emit_enter(c, c->options->enter);
	emit_keyring(c);
	if (process->has_oom_score_adj) {
		c->program->host.has_oom_score_adj = true;
		c->program->host.oom_score_adj = process->oom_score_adj;
	}
}
