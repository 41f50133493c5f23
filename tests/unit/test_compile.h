/*
 * test_compile.h - what the tests of the compiler share: fixed hosts, and config text -> program.
 */
#ifndef TARE_TEST_COMPILE_H
#define TARE_TEST_COMPILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check/check.h"
#include "compile/create.h"
#include "ocispec/read.h"

enum test_host {
	V2,       /* root with all capabilities, cgroup v2 */
	V1,       /* the same with cgroup v1 */
	HYBRID,   /* the same, a v2 hierarchy beside v1 */
	ROOTLESS, /* uid 1000, gid 100, no capability, cgroup v2 */
	APPARMOR, /* as V2, confined by AppArmor itself */
	SELINUX,  /* as V2, with SELinux */
	NOTHING,  /* root, no cgroup filesystem is mounted */
};

/* The hierarchies of a host with cgroup v1, and the container's cgroup in each. */
static inline struct host_cgroup_v1 *test_hierarchies(void)
{
	static char top[] = "/", scope[] = "/init.scope";
	static char cpu[] = "cpu,cpuacct", cpu_at[] = "/sys/fs/cgroup/cpu,cpuacct";
	static char memory[] = "memory", memory_at[] = "/sys/fs/cgroup/memory";
	static char systemd[] = "name=systemd", systemd_at[] = "/sys/fs/cgroup/systemd";
	static struct host_cgroup_v1 hierarchies[] = {
		{ cpu, cpu_at, top, top },
		{ memory, memory_at, top, top },
		{ systemd, systemd_at, top, scope },
	};

	return hierarchies;
}

static inline void test_set_cgroups(struct host_cgroups *cgroups, enum test_host host)
{
	static char unified[] = "/sys/fs/cgroup/unified", pure[] = "/sys/fs/cgroup", top[] = "/";
	static const enum host_cgroup_mode modes[] = {
		[V2] = HOST_CGROUP_V2,         [V1] = HOST_CGROUP_V1,
		[HYBRID] = HOST_CGROUP_HYBRID, [ROOTLESS] = HOST_CGROUP_V2,
		[APPARMOR] = HOST_CGROUP_V2,   [SELINUX] = HOST_CGROUP_V2,
		[NOTHING] = HOST_CGROUP_NONE,
	};

	cgroups->mode = modes[host];
	if (host == V1 || host == HYBRID) {
		cgroups->v1 = test_hierarchies();
		cgroups->v1_count = 3;
	}
	if (host != V1 && host != NOTHING) {
		cgroups->v2_mount_point = host == HYBRID ? unified : pure;
		cgroups->v2_mount_root = top;
		cgroups->v2_own = top;
	}
}

static inline struct host_facts test_facts(enum test_host host)
{
	struct host_facts facts = {
		.kernel_major = 5,
		.kernel_minor = 14,
		.privileged = host != ROOTLESS,
		.euid = host == ROOTLESS ? 1000 : 0,
		.egid = host == ROOTLESS ? 100 : 0,
		.last_capability = 40,
		.apparmor = host == APPARMOR,
		.apparmor_confined = host == APPARMOR,
		.selinux = host == SELINUX,
		.capabilities = host == ROOTLESS ? 0 : (UINT64_C(2) << 40) - 1,
	};

	test_set_cgroups(&facts.cgroups, host);
	return facts;
}

/* A config as the compiler gets it, and what it made of it. */
struct compiled {
	struct arena arena;
	struct log log;
	struct problems problems;
	struct program program;
	struct error err;
	int rc; /* of compile_create() */
};

/* The compiler may rely on what check_spec() lets through, and on nothing else. */
static inline void test_check(struct compiled *c, const struct oci_config *config,
			      const struct host_facts *facts)
{
	problems_init(&c->problems);
	check_spec(config, facts, &c->problems);
	for (const struct problem *p = c->problems.first; p; p = p->next) {
		if (p->severity == PROBLEM_ERROR)
			fail_msg("check refuses %s: %s", p->pointer, p->message);
	}
}

static inline void test_compile(struct compiled *c, const char *text, enum test_host host,
				const struct compile_options *more)
{
	static const char *const v1_paths[] = { "/tare-golden", "/tare-golden",
						"/init.scope/golden" };
	static const char *const entrances[] = { "/sys/fs/cgroup/memory/tare-golden",
						 "/sys/fs/cgroup/freezer/tare-golden" };
	const struct host_facts facts = test_facts(host);
	struct compile_options options = *more;
	struct oci_issues issues = { 0 };
	struct oci_config *config;

	memset(c, 0, sizeof(*c));
	log_init(&c->log);
	if (oci_config_read(&c->arena, text, strlen(text), &config, &issues) < 0)
		fail_msg("line %u: %s %s", issues.first->line, issues.first->pointer,
			 issues.first->message);
	test_check(c, config, &facts);
	options.facts = &facts;
	options.arena = &c->arena;
	options.log = &c->log;
	options.id = "golden";
	options.bundle = "/bundle";
	options.umask = 022;
	options.nofile_soft = 1024;
	options.nofile_hard = options.nofile_hard ? options.nofile_hard : 4096;
	options.cgroup_v1_paths = v1_paths;
	options.cgroup_v2_path = "/tare-golden";
	options.entrances = entrances;
	options.entrance_count = facts.cgroups.v1_count ? 2 : 0;
	c->rc = compile_create(config, &options, &c->program, &c->err);
}

static inline void test_release(struct compiled *c)
{
	program_free(&c->program);
	problems_free(&c->problems);
	log_free(&c->log);
	arena_free(&c->arena);
}

#endif
