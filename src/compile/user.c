/* user.c - see user.h. */
#include "compile/user.h"
#include "host/capabilities.h"
#include "ocispec/map.h"

#include <string.h>
#include <sys/resource.h>

static const struct {
	const char *name;
	uint64_t number;
} resources[] = {
	{ "RLIMIT_CPU", RLIMIT_CPU },           { "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_DATA", RLIMIT_DATA },         { "RLIMIT_STACK", RLIMIT_STACK },
	{ "RLIMIT_CORE", RLIMIT_CORE },         { "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },       { "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },   { "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },       { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE }, { "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },     { "RLIMIT_RTTIME", RLIMIT_RTTIME },
};

static void emit_rlimit(struct compile *c, const struct oci_rlimit *limit, const char *pointer)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		struct step_rlimit *step;

		if (strcmp(resources[i].name, limit->type) != 0)
			continue;
		step = program_add(c->program, STEP_RLIMIT, pointer);
		step->name = program_str(c->program, limit->type);
		step->resource = resources[i].number;
		step->soft = limit->soft;
		step->hard = limit->hard;
		return;
	}
}

/* tare raised its own soft limit on open files; the program gets what the caller had. */
void user_emit_rlimits(struct compile *c)
{
	const struct oci_rlimit_list *list = &c->config->process->rlimits;
	const struct oci_rlimit nofile = { .type = (char[]){ "RLIMIT_NOFILE" },
					   .soft = c->options->nofile_soft,
					   .hard = c->options->nofile_hard };
	bool has_nofile = false;

	for (size_t i = 0; i < list->count; i++) {
		has_nofile |= strcmp(list->items[i].type, "RLIMIT_NOFILE") == 0;
		emit_rlimit(c, &list->items[i], compile_format(c, "/process/rlimits/%zu", i));
	}
	if (!has_nofile && nofile.soft != nofile.hard)
		emit_rlimit(c, &nofile, NULL);
}

static uint64_t read_set(const struct oci_strings *names)
{
	uint64_t set = 0;

	for (size_t i = 0; i < names->count; i++) {
		int number = capabilities_number(names->items[i]);

		if (number >= 0) /* check_spec() has warned of the others */
			set |= 1ull << number;
	}
	return set;
}

/* A new user namespace grants everything inside of it; otherwise we cannot give what we lack. */
void user_read_caps(struct compile *c, struct user_caps *caps)
{
	const struct oci_capabilities *config = c->config->process->capabilities;
	uint64_t known = (2ull << c->facts->last_capability) - 1;
	uint64_t grantable = c->user_namespace ? known : c->facts->capabilities & known;

	memset(caps, 0, sizeof(*caps));
	if (!config)
		return;
	caps->bounding = read_set(&config->bounding) & known;
	caps->permitted = read_set(&config->permitted) & grantable;
	caps->effective = read_set(&config->effective) & caps->permitted;
	caps->inheritable = read_set(&config->inheritable) & grantable;
	caps->ambient = read_set(&config->ambient) & caps->permitted & caps->inheritable;
}

static void emit_chdir(struct compile *c, bool last)
{
	struct step_chdir *step = program_add(c->program, STEP_CHDIR, "/process/cwd");

	step->path = program_str(c->program, c->config->process->cwd);
	step->last = last;
}

/*
 * A user who wrote the group map alone had to give up setgroups(2) for it (user_namespaces(7));
 * check_spec() refuses additionalGids then.
 */
static bool groups_are_denied(const struct compile *c)
{
	const struct oci_id_mapping_list *map = &c->linux->gid_mappings;

	return compile_is_new(c, OCI_NAMESPACE_USER) && !host_may_map_ids(c->facts) &&
	       map->count == 1 && map->items[0].size == 1 &&
	       map->items[0].host_id == c->facts->egid;
}

/* Groups that take nothing away and add nothing, as buildah has them: the user's own again. */
static bool only_own_group(const struct oci_user *user)
{
	for (size_t i = 0; i < user->additional_gids.count; i++) {
		if (user->additional_gids.items[i] != user->gid)
			return false;
	}
	return true;
}

static void emit_groups(struct compile *c, const struct oci_user *user)
{
	struct step_groups *step;

	if (groups_are_denied(c) ||
	    oci_map_get(&c->config->annotations, "run.oci.keep_original_groups"))
		return;
	step = program_add(c->program, STEP_GROUPS, "/process/user/additionalGids");
	step->gids = program_data(c->program, user->additional_gids.items,
				  user->additional_gids.count * sizeof(uint32_t));
	step->optional = only_own_group(user) && (c->facts->in_user_namespace ||
						  c->namespaces[OCI_NAMESPACE_USER].path != NULL);
}

void user_emit_ids(struct compile *c, struct user_caps *caps)
{
	static const struct oci_user root;
	const struct oci_process *process = c->config->process;
	const struct oci_user *user = process->user ? process->user : &root;
	struct step_umask *umask_step;
	struct step_bound *bound;
	struct step_ids *ids;

	user_read_caps(c, caps);
	bound = program_add(c->program, STEP_BOUND, "/process/capabilities/bounding");
	bound->bounding = caps->bounding;
	/* as root first: see tare-init's chdir */
	emit_chdir(c, false);
	emit_groups(c, user);
	program_add(c->program, STEP_KEEP_CAPS, NULL);
	ids = program_add(c->program, STEP_IDS, "/process/user");
	ids->uid = user->uid;
	ids->gid = user->gid;
	emit_chdir(c, true);
	umask_step = program_add(c->program, STEP_UMASK, "/process/user/umask");
	umask_step->umask = user->has_umask ? user->umask : c->options->umask;
}

void user_emit_caps(struct compile *c, const struct user_caps *caps)
{
	struct step_caps *step = program_add(c->program, STEP_CAPS, "/process/capabilities");

	step->effective = caps->effective;
	step->permitted = caps->permitted;
	step->inheritable = caps->inheritable;
	step->ambient = caps->ambient;
}
